// A network on grids with weights: the same `model<Net>` as for dense networks, of images instead of trials.
#pragma once
#include <eirnn/backend/fwd.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/model/stack.hpp>
#include <eirnn/spec/lower_stack.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Everything about a model on grids that is not in its type.
struct stack_options {
    eirnn::sizes sizes;  ///< of the populations that the network declares `dynamic`
    long frames = 1;     ///< of its images; 1: the same image in every step
    double running_share = long_run_share;  ///< of a batch in the running statistics of batch norm, once they no longer are plain means
};

template <class Net>
concept GridNetwork = Network<Net> && network_traits<Net>::on_grid;

namespace detail {
template <class B, class List>
struct engine_of_cells;
template <class B, class... Cells>
struct engine_of_cells<B, type_list<Cells...>> {
    using type = stack_engine<B, Cells...>;
};
}  // namespace detail

/// A model on grids whatever its network: weights, runs, gradients. What a trainer and an analysis need, compiled once for all cells.
template <backend::Backend B>
class stack_model {
public:
    using scalar = typename B::scalar;
    using weights_type = stack_weights<scalar>;
    using output_activation = softmax_t;

    long inputs() const { return structure().image_channels; }
    long outputs() const { return structure().areas.back().channels[0]; }
    const stack_layout& structure() const& { return layout_; }
    const stack_options& options() const& { return options_; }
    stack_layout structure() && { return std::move(layout_); }  // of a temporary: what stays
    stack_options options() && { return std::move(options_); }
    seed seed_of_weights() const { return seed_; }
    runner<B>& numerics() { return *engine_; }
    B& device() { return engine_->device(); }
    /// Number of trained numbers.
    long parameters() const { return engine_->parameters().count(); }
    /// What each tensor is, in their order.
    const std::vector<parameter_tensor>& tensors() const& { return engine_->parameters().tensors(); }
    std::vector<parameter_tensor> tensors() && { return engine_->parameters().tensors(); }

    /// Raw weights: what is trained, and the running statistics.
    weights_type raw() {
        weights_type w = named(engine_->parameters().raw());
        auto running = engine_->running_statistics();
        if (!running.empty()) w.running_steps = engine_->running_steps();
        for (std::size_t k = 0; k < running.size(); ++k) {
            const auto n = running[k].size() / 2 / running_steps_[k];
            w.running.push_back({running_names_[k], {running_steps_[k], 2, n}, std::move(running[k])});
        }
        return w;
    }
    /// Takes raw weights over, and running statistics where given. Throws invalid_argument, changing nothing, if a shape differs or a
    /// number is not finite.
    void set_raw(const weights_type& w) {
        tensor_list<scalar> values, running;
        for (const auto& t : w.tensors) values.push_back(t.values);
        for (const auto& t : w.running) running.push_back(t.values);
        engine_->parameters().check(values, "set_raw");
        if (!running.empty()) engine_->set_running_statistics(running, w.running_steps);
        engine_->parameters().set_raw(values);
    }
    /// Effective weights: sign and rule applied; what the network computes with, what figures show.
    weights_type effective() {
        engine_->parameters().prepare(engine_->device(), false);
        return exported(&parameter_block<B>::effective);
    }
    /// Another quantity that each weight has, in the shape of the weights: gradients, moments of an optimiser.
    weights_type exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return named(engine_->parameters().exported(what));
    }
    weights_type last_gradient() const { return exported(&parameter_block<B>::gradient); }

    /// Runs images without learning. `batch_statistics`: those of this batch and not the running ones.
    recording<scalar> run(const trial_batch<scalar>& images, noise_key key = {}, const std::vector<probe>& probes = {},
                          bool batch_statistics = false) {
        run_request<scalar> ask;
        ask.probes = probes, ask.batch_statistics = batch_statistics;
        auto r = engine_->run_trials(images, {}, key, ask);
        recording<scalar> out;
        out.trials = images.trials, out.outputs = outputs();
        out.steps = out.every = structure().steps;
        out.output = out.final_output = std::move(r.output);
        out.probed = std::move(r.probed);
        return out;
    }
    /// The gradient of the loss by every raw weight; running statistics follow the batch. Penalties other than the optimiser's weight decay
    /// are not offered for these networks.
    template <class Loss>
    gradient_report gradient(const trial_batch<scalar>& images, noise_key key, Loss loss, const objective& o = {}) {
        detail::require(o == objective{}, "a penalty is not offered for networks on grids", "objective", "0",
                        "Omega, or a penalty on rates or weights", "set it to 0; sgd has a weight_decay");
        return engine_->gradient_of(images, {}, key, erase_loss<Loss, identity_t, B>(loss), o);
    }
    /// Density is measured against a threshold in these networks; nothing is pruned.
    void prune(double) {}

protected:
    stack_model(seed s, const stack_options& options, stack_layout l, std::unique_ptr<runner<B>> engine)
        : options_(options), seed_(s), layout_(std::move(l)), engine_(std::move(engine)) {}
    std::vector<std::string> names_, running_names_;
    std::vector<std::size_t> running_steps_;

private:
    weights_type named(tensor_list<scalar> values) const {
        weights_type w;
        for (std::size_t k = 0; k < values.size(); ++k) {
            const auto& shape = tensors()[k].shape;
            w.tensors.push_back({names_[k], {shape.begin(), shape.end()}, std::move(values[k])});
        }
        return w;
    }
    stack_options options_;
    seed seed_;
    stack_layout layout_;
    std::unique_ptr<runner<B>> engine_;
};

template <GridNetwork Net, backend::Backend B>
class model<Net, B> : public stack_model<B> {
public:
    using network_type = Net;
    using engine_type = typename detail::engine_of_cells<B, typename network_traits<Net>::cells>::type;

    explicit model(seed s, const stack_options& options = {}, B device = B())
        : model(s, options, std::move(device), lower_stack<Net>(options.sizes)) {}
    template <class... Other>
        requires((!std::derived_from<Other, model>) && ...)
    explicit model(const Other&...) : model(seed{0}) {
        detail::say_how_models_are_made<Other...>();
    }

private:
    using stack_model<B>::names_;
    using stack_model<B>::running_names_;
    using stack_model<B>::running_steps_;
    model(seed s, const stack_options& options, B device, const stack_layout& l)
        : stack_model<B>(s, options, l, make(s, options, std::move(device), l)) {
        name_tensors();
    }
    static std::unique_ptr<runner<B>> make(seed s, const stack_options& options, B device, const stack_layout& l) {
        auto engine = std::make_unique<engine_type>(l, std::move(device));
        engine->set_running_share(options.running_share);
        engine->build(options.frames);
        engine->initialize(s);
        return engine;
    }
    void name_tensors() {
        const network_facts& net = network_traits<Net>::facts;
        const auto terms = term_names<Net>();
        std::vector<std::size_t> first;  // of each area
        std::size_t n = 0;
        for (const auto& a : this->structure().areas) first.push_back(n), n += a.terms.size();
        const auto area_name = [&](int a) {
            const auto k = static_cast<std::size_t>(a);
            return std::string(k < net.areas.size() ? net.areas[k].name : net.outputs.front().name);
        };
        for (const auto& t : this->tensors()) {
            const auto a = static_cast<std::size_t>(t.area);
            const auto variable = [&](int e) {
                return a < net.areas.size() ? std::string(net.areas[a].equations.variables[static_cast<std::size_t>(e)]) : std::string("z");
            };
            switch (t.role) {
                case tensor_role::depthwise:
                    names_.push_back(terms[first[a] + static_cast<std::size_t>(t.term)] + ".depthwise");
                    break;
                case tensor_role::weights:
                    names_.push_back(terms[first[a] + static_cast<std::size_t>(t.term)] + ".kernel");
                    break;
                case tensor_role::bias:
                    names_.push_back(area_name(t.area) + "." + variable(t.equation) + ".bias");
                    break;
                case tensor_role::initial:
                    names_.push_back(area_name(t.area) + "." + variable(t.equation) + ".initial");
                    break;
                case tensor_role::scale:
                    names_.push_back(area_name(t.area) + "." + variable(t.equation) + ".scale");
                    running_names_.push_back(area_name(t.area) + "." + variable(t.equation) + ".running");
                    running_steps_.push_back(static_cast<std::size_t>(t.shape[0]));
                    break;
                case tensor_role::shift:
                    names_.push_back(area_name(t.area) + "." + variable(t.equation) + ".shift");
                    break;
                case tensor_role::trained:
                    names_.push_back(area_name(t.area) + ".trained." + std::to_string(t.equation));
                    break;
            }
        }
    }
};

}  // namespace EIRNN_NAMESPACE
