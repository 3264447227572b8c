// The arrays of an analysis as an NPZ file.
#pragma once
#include <eirnn/analysis/named_array.hpp>
#include <eirnn/io/npy.hpp>

#include <filesystem>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Writes the arrays of an analysis, as `arrays_of` gives them, for `numpy.load`. Throws as `write_npz` for tensors.
inline void write_npz(const std::filesystem::path& path, const std::vector<analysis::named_array>& arrays) {
    std::vector<tensor> tensors;
    for (const auto& a : arrays) tensors.push_back(make_tensor(a.name, {a.shape.begin(), a.shape.end()}, a.values));
    write_npz(path, tensors);
}

}  // namespace EIRNN_NAMESPACE
