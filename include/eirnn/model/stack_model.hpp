// A network on grids with weights: the same `model<Net>` as for dense networks, of images instead of trials.
#pragma once
#include <eirnn/backend/fwd.hpp>
#include <eirnn/config.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/model/stack.hpp>
#include <eirnn/spec/lower_stack.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class Net>
concept GridNetwork = Network<Net> && network_traits<Net>::on_grid;

namespace detail {
template <class B, class List>
struct engine_of_cells;
template <class B, class... Cells>
struct engine_of_cells<B, type_list<Cells...>> {
    using type = stack_engine<B, Cells...>;
};
EIRNN_COLD inline model_identity identify(const stack_layout& l, std::string network) {
    const auto size = [](grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); };
    model_identity id{std::move(network), {}, l.image_channels, l.areas.back().channels[0], {}, {}, {}};
    id.parts["image"] = size(l.image);
    id.parts["time_steps"] = std::to_string(l.steps);
    id.parts["readout"] = l.sum_over_steps ? "sum of steps" : "last step";
    id.parts["normalisation"] = l.shared_normalisation ? "shared by the steps" : "of each step";
    for (std::size_t k = 0; k < l.areas.size(); ++k) {
        const stacked_area& a = l.areas[k];
        id.parts["area " + std::to_string(k + 1)] =
            size(a.grid) + ", pooled to " + size(a.output_grid()) + " by windows of " + std::to_string(a.pooling.size);
    }
    return id;
}
/// The arrays of a network's tensors and those of its running statistics, by name.
struct stack_names {
    weight_arrays arrays, running;
};
EIRNN_COLD inline stack_names name_tensors(const network_facts& net, const stack_layout& l, const std::vector<parameter_tensor>& tensors) {
    stack_names all;
    const auto terms = names_of_terms(net);
    std::vector<std::size_t> first;  // of each area
    std::size_t n = 0;
    for (const auto& a : l.areas) first.push_back(n), n += a.terms.size();
    const auto name = [&](const parameter_tensor& t) -> std::string {
        const auto a = static_cast<std::size_t>(t.area), e = static_cast<std::size_t>(t.equation);
        const bool readout = a == net.areas.size();
        const auto area = readout ? net.outputs.front().name : net.areas[a].name;
        const auto of_variable = [&](const char* what) {
            return std::string(area) + "." + (readout ? "z" : std::string(net.areas[a].equations.variables[e])) + what;
        };
        switch (t.role) {
            case tensor_role::depthwise:
                return terms[first[a] + static_cast<std::size_t>(t.term)] + ".depthwise";
            case tensor_role::weights:
                return terms[first[a] + static_cast<std::size_t>(t.term)] + ".kernel";
            case tensor_role::bias:
                return of_variable(".bias");
            case tensor_role::initial:
                return of_variable(".initial");
            case tensor_role::scale:
                return of_variable(".scale");
            case tensor_role::shift:
                return of_variable(".shift");
            default:
                return std::string(area) + ".trained." + std::to_string(t.equation);
        }
    };
    for (std::size_t k = 0; k < tensors.size(); ++k) {
        const parameter_tensor& t = tensors[k];
        std::string running = name(t);
        all.arrays.push_back(array_of_tensor(running, t, k));
        if (t.role != tensor_role::scale) continue;
        // Where there is a scale, there are a mean and a variance of each of its numbers.
        running.replace(running.rfind('.'), std::string::npos, ".running");
        all.running.push_back(
            {std::move(running), {static_cast<std::uint64_t>(t.shape[0]), 2, static_cast<std::uint64_t>(t.shape[1])}, {}});
    }
    return all;
}
}  // namespace detail

/// A model on grids whatever its network.
template <backend::Backend B>
class stack_model : public any_model<B> {
public:
    using typename any_model<B>::scalar;

    const stack_layout& structure() const& { return layout_; }
    const model_options& options() const& { return options_; }
    stack_layout structure() && { return std::move(layout_); }  // of a temporary: what stays
    model_options options() && { return std::move(options_); }

    /// A loss of this network's outputs, which are logits.
    template <class Loss>
    static loss_of_outputs<B> loss_here(Loss loss) {
        return erase_loss<Loss, identity_t, B>(loss);
    }
    using any_model<B>::gradient;
    template <class Loss>
    gradient_report gradient(const trial_batch<scalar>& images, noise_key key, Loss loss, const objective& o = {}) {
        return any_model<B>::gradient(images, key, loss_here(loss), o);
    }

protected:
    stack_model(seed s, const model_options& options, stack_layout l, std::unique_ptr<runner<B>> engine, detail::stack_names names,
                std::string name)
        : any_model<B>(s, std::move(engine), loss_here(categorical_cross_entropy), std::move(names.arrays),
                       detail::identify(l, std::move(name)), {}, std::move(names.running)),
          options_(options),
          layout_(std::move(l)) {}

private:
    model_options options_;
    stack_layout layout_;
};

template <GridNetwork Net, backend::Backend B>
class model<Net, B> : public stack_model<B> {
public:
    using network_type = Net;
    using engine_type = typename detail::engine_of_cells<B, typename network_traits<Net>::cells>::type;

    explicit model(seed s, const model_options& options = {}, B device = B()) : model(s, options, make(s, options, std::move(device))) {}
    model(const model&) = delete;  // whoever wants two makes two, and gives one of them the raw() of the other
    model(model&&) = default;
    model& operator=(model&&) = default;
    template <class... Other>
        requires((!std::derived_from<Other, model>) && ...)
    explicit model(const Other&...) : model(seed{0}) {
        detail::say_how_models_are_made<Other...>();
    }

private:
    struct parts {
        stack_layout structure;
        detail::stack_names names;
        std::unique_ptr<engine_type> engine;
    };
    static parts make(seed s, const model_options& options, B device) {
        detail::check_options(options, true);
        parts p{lower_stack<Net>(options.sizes), {}, {}};
        p.engine = std::make_unique<engine_type>(p.structure, std::move(device));
        p.engine->set_running_share(options.running_share);
        p.engine->build(options.frames);
        p.engine->initialize(s);
        p.names = detail::name_tensors(network_traits<Net>::facts, p.structure, p.engine->parameters().tensors());
        return p;
    }
    model(seed s, const model_options& options, parts made)
        : stack_model<B>(s, options, std::move(made.structure), std::move(made.engine), std::move(made.names),
                         detail::network_name<Net>()) {}
};

}  // namespace EIRNN_NAMESPACE
