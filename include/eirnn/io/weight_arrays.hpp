// Arrays from elsewhere that hold the weights of a model: where they come from, how they are named and turned, as exact doubles.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/io/tensor.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Where an array of a model stands in a file, if not under its own name and as it is.
struct array_source {
    std::string name;               ///< the model's: "W_rec"
    std::vector<std::string> from;  ///< the file's; several are added (the two biases of PyTorch), none is zeros
    std::vector<int> axes = {};     ///< axis k of the model is axis axes[k] of the file, as in numpy.transpose; {1, 0}: W[pre][post]
};

/// How arrays from elsewhere are matched with those of a model. Every array of the model must be found and every array of the file used,
/// except those that are named here.
struct weight_options {
    std::vector<array_source> sources = {};  ///< where arrays stand that have another name or order of axes
    std::vector<std::string> keep = {};      ///< arrays of the model that stay as they are where the file has none
    std::vector<std::string> ignore = {};    ///< arrays of the file that are not for the model
};

/// What loading weights did.
struct weight_report {
    double largest_rounding = 0;    ///< max |effective weight - the file's number|: of doubles in a model of floats; 0 otherwise
    std::vector<std::string> kept;  ///< arrays of the model that stayed as they were
};

namespace detail {

/// Named arrays that are read one by one: of an archive, or in memory.
struct array_list {
    std::string where;
    bool file = false;
    std::vector<tensor> in_memory;
    std::unique_ptr<npz_archive> archive = {};
    std::vector<std::string> names = {};

    /// Type and shape alone.
    tensor head(std::size_t k) const {
        if (archive) return archive->head(k);
        return {in_memory[k].name, in_memory[k].type, in_memory[k].shape, {}};
    }
    tensor read(std::size_t k) const { return archive ? archive->read(k) : in_memory[k]; }
};

EIRNN_COLD inline double half_to_double(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
    const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -magnitude : magnitude;
}

/// What is done with such arrays. A template, so that a program that loads no weights does not pay for it: T are the model's numbers.
template <class T>
struct foreign_arrays {
    /// The numbers of a tensor of floating-point numbers of any width, each exactly. Call find_non_finite first: NaN and infinity of F16
    /// are read as numbers.
    EIRNN_COLD static std::vector<double> as_doubles(const tensor& t) {
        const auto copied = [&]<class U>(U) {
            std::vector<U> values(static_cast<std::size_t>(t.size()));
            if (!values.empty()) std::memcpy(values.data(), t.data.data(), t.data.size());
            return values;
        };
        std::vector<double> values;
        switch (t.type) {
            case dtype::f64:
                return copied(double{});
            case dtype::f32: {
                const auto narrow = copied(float{});
                return {narrow.begin(), narrow.end()};
            }
            case dtype::bf16:
                for (const std::uint16_t x : copied(std::uint16_t{})) values.push_back(std::bit_cast<float>(std::uint32_t{x} << 16));
                return values;
            default:
                for (const std::uint16_t x : copied(std::uint16_t{})) values.push_back(half_to_double(x));
                return values;
        }
    }
    static constexpr bool is_floating(dtype t) { return t == dtype::f16 || t == dtype::bf16 || t == dtype::f32 || t == dtype::f64; }

    /// numpy.transpose: axis k of the result is axis axes[k].
    EIRNN_COLD static std::vector<double> transposed(const std::vector<double>& from, const std::vector<std::uint64_t>& shape,
                                                     const std::vector<int>& axes) {
        const std::size_t dims = shape.size();
        std::vector<std::size_t> stride(dims, 1), step(dims), extent(dims), index(dims);
        for (std::size_t d = dims; d-- > 1;) stride[d - 1] = stride[d] * static_cast<std::size_t>(shape[d]);
        for (std::size_t d = 0; d < dims; ++d) {
            step[d] = stride[static_cast<std::size_t>(axes[d])];
            extent[d] = static_cast<std::size_t>(shape[static_cast<std::size_t>(axes[d])]);
        }
        std::vector<double> to(from.size());
        for (std::size_t k = 0, at = 0; k < to.size(); ++k) {
            to[k] = from[at];
            for (std::size_t d = dims; d-- > 0;) {
                at += step[d];
                if (++index[d] < extent[d]) break;
                at -= step[d] * extent[d];
                index[d] = 0;
            }
        }
        return to;
    }

    EIRNN_COLD static array_list in_memory(std::vector<tensor> given, std::string where = "memory", bool file = false) {
        array_list a{std::move(where), file, std::move(given)};
        for (const tensor& t : a.in_memory) a.names.push_back(t.name);
        return a;
    }

    /// The arrays of a file, by its suffix. Of a compressed NPZ file nothing is inflated yet.
    EIRNN_COLD static array_list of_file(const std::filesystem::path& path) {
        const std::string suffix = path.extension().string();
        if (suffix == ".safetensors") return in_memory(read_safetensors(path).tensors, path.string(), true);
        if (suffix != ".npz")
            throw invalid_argument({"weights are not read from files of this kind", path.string(), ".npz or .safetensors",
                                    printable(suffix),
                                    "save the arrays by numpy.savez(path, W_rec=..., ...); pickled files (.pt, .pkl) are never read"});
        array_list a{path.string(), true, {}};
        a.archive = std::make_unique<npz_archive>(read_file(path, npy_limits{}.file), npy_limits{}, a.where);
        for (std::size_t k = 0; k < a.archive->size(); ++k) a.names.push_back(a.archive->name(k));
        return a;
    }
};

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
