// The engine of a network on one position, with its weights as the matrices that users see.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/dense_outputs.hpp>
#include <eirnn/model/dense_parameters.hpp>
#include <eirnn/model/dense_stage.hpp>
#include <eirnn/model/engine.hpp>

#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class Cell, class Output, backend::Backend B>
class dense_engine : public engine<B, dense_area<planned<Cell>, Output, B>> {
public:
    using typename runner<B>::T;
    static constexpr auto& plan = planned<Cell>::plan;
    static_assert(plan.main >= 0, "eirnn: a dense network is recurrent: its cell reads W(prev(...)) of its last variable");
    static_assert(plan.shapes.size == 1, "eirnn: in a dense network every equation has one value per unit");
    static_assert(plan.coefficients.size == 0 ||
                      (plan.coefficients.size == 1 && plan.coefficients[0] == equations::identity_of_tag<struct notation::alpha>),
                  "eirnn: the only number per unit that a run supplies is notation::alpha, dt / tau");

    dense_engine(const layout& l, trainables t, B b) : engine<B, dense_area<planned<Cell>, Output, B>>(std::move(b)) {
        this->areas_.last().build(parameters_, l, t);
        parameters_.finish();
        arrays_ = detail::arrays_of_dense(parameters_.tensors(), l);
    }

    /// The arrays of its weights.
    const detail::weight_arrays& arrays() const { return arrays_; }

    /// A weight_set of this network's shape, all zero.
    weight_set<T> empty() const { return detail::empty_weights<T>(arrays_); }
    /// Raw weights: entries that are not trained read 0, biases and initial values stand as they are used.
    weight_set<T> raw() const { return detail::as_weights(arrays_, parameters_.tensors(), parameters_.raw()); }
    /// One quantity of every weight: effective weights, gradients, moments of an optimiser.
    weight_set<T> exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return detail::as_weights(arrays_, parameters_.tensors(), parameters_.exported(what));
    }
    /// Takes raw weights over, see parameter_set::set_raw.
    void set_raw(const weight_set<T>& w) { parameters_.set_raw(detail::as_tensors(arrays_, parameters_.tensors(), w)); }

    /// See runner.
    recording<T> run(const trial_batch<T>& batch, const dynamics& how, noise_key key, const run_request<T>& ask = {}) {
        return this->run_trials(batch, how, key, ask);
    }
    template <class Loss>
    gradient_report gradient(const trial_batch<T>& batch, const dynamics& how, noise_key key, Loss loss, const objective& o,
                             const std::vector<T>* noise = nullptr, std::vector<T>* state_adjoints = nullptr) {
        return this->gradient_of(batch, how, key, erase_loss<Loss, Output, B>(loss), o, noise, state_adjoints);
    }

private:
    using runner<B>::parameters_;
    detail::weight_arrays arrays_;
};

}  // namespace EIRNN_NAMESPACE
