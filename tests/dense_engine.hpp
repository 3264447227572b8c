// The engine of units alone, with its weights as the matrices that users see: what tests of the numerics use without a declared network.
#pragma once
#include <eirnn/model/engine.hpp>
#include <eirnn/model/units.hpp>

#include <utility>
#include <vector>

namespace eirnn {

template <class Cell, class Output, backend::Backend B>
class dense_engine : public engine<B, dense_area<planned<Cell>, Output, B>> {
    using base = engine<B, dense_area<planned<Cell>, Output, B>>;

public:
    using typename runner<B>::T;
    static constexpr auto& plan = planned<Cell>::plan;

    dense_engine(const layout& l, trainables t, B b)
        : base(l, t, {}, std::move(b)), arrays_(detail::arrays_of_dense(this->parameters().tensors(), l, {})) {}

    /// A weight_set of this network's shape, all zero.
    weight_set<T> empty() const { return detail::empty_weights<T>(arrays_); }
    weight_set<T> raw() const { return detail::as_weights(arrays_, this->parameters().tensors(), this->parameters().raw()); }
    weight_set<T> exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return detail::as_weights(arrays_, this->parameters().tensors(), this->parameters().exported(what));
    }
    void set_raw(const weight_set<T>& w) { this->parameters().set_raw(detail::as_tensors(arrays_, this->parameters().tensors(), w)); }
    recording<T> run(const trial_batch<T>& batch, const dynamics& how, noise_key key, const run_request<T>& ask = {}) {
        return this->run_trials(batch, how, key, ask);
    }
    template <class Loss>
    gradient_report gradient(const trial_batch<T>& batch, const dynamics& how, noise_key key, Loss loss, const objective& o,
                             const std::vector<T>* noise = nullptr, std::vector<T>* state_adjoints = nullptr) {
        return this->gradient_of(batch, how, key, erase_loss<Loss, Output, B>(loss), o, noise, state_adjoints);
    }

private:
    detail::weight_arrays arrays_;
};

}  // namespace eirnn
