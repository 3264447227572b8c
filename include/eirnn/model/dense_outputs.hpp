// What comes out of an area on one position: the loss of a tile, and what a run keeps of a step.
#pragma once
#include <eirnn/model/dense_area.hpp>
#include <eirnn/model/recorder.hpp>
#include <eirnn/model/stage.hpp>

namespace EIRNN_NAMESPACE {

/// The loss of a tile in all its steps; leaves its derivative where the way back begins.
template <class P, class Output, class B>
double take_loss(B& b, const stage_context<B>& c, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at,
                 const loss_of_outputs<B>& loss) {
    return loss.of_columns(b, c.data, a.readout(at, 1), c.data.steps * at.columns, at.columns, a.rows.outputs, at.first);
}

/// Before a run: memory for what will be kept of the area.
template <class P, class Output, class B>
void expect(recorder<B>& r, const dense_area<P, Output, B>& a) {
    using buffer = typename recorder<B>::buffer;
    const long samples = r.data.steps / r.ask.every * r.data.trials;
    r.output = buffer(samples * a.rows.outputs), r.final_output = buffer(r.data.trials * a.rows.outputs);
    r.rate = buffer(r.ask.rates ? samples * a.rows.units : 0), r.state = buffer(r.ask.states ? samples * a.rows.units : 0);
}
/// Keeps what was asked for of a step that is complete.
template <class P, class Output, class B>
void keep(recorder<B>& r, B& b, const dense_area<P, Output, B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const record_data<T> to{r.output.data(), r.final_output.data(), r.ask.rates ? r.rate.data() : nullptr,
                            r.ask.states ? r.state.data() : nullptr, r.ask.every};
    const auto m = a.frame(r.data, at, at.step);
    b.for_index(at.columns, kernels::save_step<Output, T>{r.data, to, a.readout(at, at.step), m.value[P::plan.output()], m.value[0], at.step,
                                                          at.first, a.rows.units, a.rows.outputs});
}

}  // namespace EIRNN_NAMESPACE
