// The engine of a stack of areas on grids, each driven by the one below, the last one its readout.
#pragma once
#include <eirnn/model/engine.hpp>
#include <eirnn/model/grid_outputs.hpp>
#include <eirnn/model/grid_stage.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/stack_build.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// `Cells`: one per area, the readout's last.
template <backend::Backend B, class... Cells>
class stack_engine : public engine<B, grid_area<planned<Cells, equations::way::grid>, B>...> {
    using base = engine<B, grid_area<planned<Cells, equations::way::grid>, B>...>;

public:
    using typename runner<B>::T;
    using base::areas;

    stack_engine(const stack_layout& l, B b) : base(std::move(b)), layout_(l) {
        detail::check_stack({equations::plan_view_of<planned<Cells, equations::way::grid>>()...}, l);
        this->steps_ = l.steps;
    }
    const stack_layout& structure() const { return layout_; }

    /// Builds areas and parameters for images of `frames` frames; frames = 1: the same image in every step.
    void build(long frames) {
        detail::require(frames == 1 || frames == layout_.steps, "a film has one frame per time step", "build",
                        "1 or " + std::to_string(layout_.steps), std::to_string(frames), "change the frames, or the steps of the network");
        parameters_ = {};
        port below;
        below.grid = layout_.image, below.channels = layout_.image_channels, below.constant = frames == 1;
        this->input_ = below;
        areas_.each([&](auto& a, int i) {
            a = std::remove_reference_t<decltype(a)>{};
            detail::build_area(a, i, layout_, i + 1 == areas, below, parameters_);
        });
        parameters_.finish();
        areas_.forget();
    }

    /// Gives every tensor its initial values.
    void initialize(seed s) {
        tensor_list<T> values;
        for (const auto& t : parameters_.tensors()) {
            bool feed_forward = false;
            areas_.at(t.area, [&](auto& a) { feed_forward = !a.plan.recurrent && !a.last; });
            values.push_back(initial_values<T>(t, feed_forward, static_cast<std::uint32_t>(values.size()), s));
        }
        parameters_.set_raw(values);
    }

    /// Runs images without learning: running statistics, no dropout. With `batch_statistics`, as in training (running ones stay).
    recording<T> run(const trial_batch<T>& batch, const std::vector<probe>& probes = {}, bool batch_statistics = false) {
        run_request<T> ask;
        ask.probes = probes, ask.batch_statistics = batch_statistics;
        return this->run_trials(batch, {}, {}, ask);
    }
    /// The gradient of the loss, averaged over the images (or times `scale`), by every raw weight. Running statistics follow.
    template <class Loss>
    gradient_report gradient(const trial_batch<T>& batch, noise_key key, Loss loss, double scale = 0) {
        return this->gradient_of(batch, {}, key, erase_loss<Loss, identity_t, B>(loss, scale), {});
    }

private:
    using base::areas_;
    using runner<B>::parameters_;
    stack_layout layout_;
};

}  // namespace EIRNN_NAMESPACE
