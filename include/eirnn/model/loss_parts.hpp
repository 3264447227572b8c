// The parts of a readout, and by what the loss of each is multiplied.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/runner.hpp>
#include <eirnn/model/trials.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

/// Where the parts of a readout of so many channels lie: one part, or one for each output.
inline std::vector<index_range> rows_of_outputs(std::size_t parts, const std::vector<index_range>& outputs, long channels) {
    if (parts == 1) return {{0, channels}};
    detail::require(outputs.size() == parts, "activations or losses are not one for each output", "layout::output_channels",
                    std::to_string(parts), std::to_string(outputs.size()), "give one for each output, or one for all");
    return outputs;
}

/// Each loss is divided by the sum of its own mask, or the one of images by their number. `positions` of a readout of images; 0: trials
/// with masks. Throws invalid_argument if the targets of images do not fit, or if nothing has both a mask and a loss.
template <class T, class B>
loss_parts parts_of_loss(const trial_batch<T>& batch, const loss_of_outputs<B>& loss, const std::vector<index_range>& outputs,
                         long channels, long positions) {
    loss_parts all{rows_of_outputs(loss.recorded.parts, outputs, channels), {}};
    if (positions > 0) {
        const long wanted = batch.trials * positions * channels;
        require(static_cast<long>(batch.target.size()) == wanted, "targets have the wrong size", "trial_batch::target",
                std::to_string(wanted), std::to_string(batch.target.size()), "give one target per image and output");
        all.scale = {loss.scale != 0 ? loss.scale : 1 / static_cast<double>(batch.trials)};
        return all;
    }
    bool any = false;
    for (const index_range& rows : all.rows) {
        const recorded_part& part = loss.recorded.part[all.scale.size()];
        const auto size = static_cast<std::size_t>(rows.size);
        double sum = 0;
        for (auto n = static_cast<std::size_t>(rows.begin); n < batch.mask.size(); n += static_cast<std::size_t>(channels))
            for (std::size_t o = 0; o < size; ++o) sum += double(batch.mask[n + o]);
        if (part.per_point) sum /= static_cast<double>(rows.size);
        any = any || (sum > 0 && part.trained);
        all.scale.push_back(loss.scale != 0 ? loss.scale : sum > 0 ? 1 / sum : 0);
    }
    require(any, "the mask of the batch leaves nothing to learn from", "trial_batch::mask", "a positive sum", "0",
            "mask in at least one output of one step, one that has a loss");
    return all;
}

}  // namespace EIRNN_NAMESPACE::detail
