// Small stacks of areas with everything that a gradient can go wrong in, built by hand from numbers: kernels, strides, pooling, signs,
// channel counts that are no multiple of a packet.
#pragma once
#include <eirnn/cell/multicell.hpp>
#include <eirnn/model/engine.hpp>
#include <eirnn/model/maps.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace stacks {
using namespace eirnn;

/// The engine of areas on maps. `Cells`: one per area, the readout's last.
template <class B, class... Cells>
class stack_engine : public engine<B, grid_area<planned<Cells, equations::way::grid>, B>...> {
public:
    using typename runner<B>::T;
    stack_engine(const layout& l, B b, long frames = 1)
        : engine<B, grid_area<planned<Cells, equations::way::grid>, B>...>(l, {}, {frames}, std::move(b)), layout_(l) {}
    const layout& structure() const { return layout_; }

    /// With `batch_statistics` as in training, otherwise with running statistics and without dropout.
    recording<T> run(const trial_batch<T>& batch, const std::vector<probe>& probes = {}, bool batch_statistics = false) {
        run_request<T> ask;
        ask.probes = probes, ask.batch_statistics = batch_statistics;
        return this->run_trials(batch, {}, {}, ask);
    }
    template <class Loss>
    gradient_report gradient(const trial_batch<T>& batch, noise_key key, Loss loss, double scale = 0) {
        return this->gradient_of(batch, {}, key, erase_loss<Loss, identity_t, B>(loss, scale), {});
    }

private:
    layout layout_;
};

/// What a test varies about a recurrent area and its stack.
struct variation {
    sign_rule rule = sign_rule::absolute;
    kernel_entry kernel{};               ///< of every term of a recurrent area
    bool self = true;
    int steps = 2;
    bool sum = false, shared = false;
    long frames = 1;
    double strength = 1;                 ///< of the kernels: a strong output gate silences a state that is not normalised
};

template <class Cell>
map_entry make_area(long inputs, grid_entry grid, std::vector<long> channels, pooling_entry pool, const variation& v) {
    map_entry a;
    a.drivers = {{-1, 0, inputs, grid}}, a.grid = grid, a.pooling = pool;
    channels.resize(static_cast<std::size_t>(planned<Cell>::plan.shapes.size));
    a.channels = channels;
    constexpr auto terms = equations::terms_of<Cell>();
    for (const auto& t : terms) a.terms.push_back({t.equation, t.source, v.kernel, v.rule, v.self, static_cast<int>(a.terms.size())});
    return a;
}
inline map_entry convolution_map(long inputs, grid_entry grid, long channels, kernel_entry kernel, pooling_entry pool = {}) {
    map_entry a = make_area<feed_forward>(inputs, grid, {channels}, pool, {.rule = sign_rule::free, .kernel = kernel});
    a.grid = strided(grid, kernel.stride);
    return a;
}
inline map_entry readout_map(const map_entry& below, long outputs, bool averaged = true) {
    map_entry a;
    a.drivers = {{-1, 0, below.channels[0], below.output_grid()}}, a.averaged_input = averaged;
    if (!averaged) a.grid = below.output_grid();
    a.channels = {outputs};
    a.terms = {{0, -1, {kernel_form::pointwise, 1, 1}, sign_rule::free, true}};
    return a;
}
/// A chain: each area is driven by the one before it.
inline layout make_layout(const variation& v, grid_entry image, long channels, std::vector<map_entry> areas) {
    layout l;
    l.steps = v.steps, l.sum_over_steps = v.sum, l.shared_normalisation = v.shared;
    l.images = {{-1, 0, channels, image}};
    l.maps = std::move(areas);
    for (std::size_t k = 0; k < l.maps.size(); ++k) l.maps[k].drivers[0].area = static_cast<int>(k) - 1;
    return l;
}
inline constexpr kernel_entry ordinary{kernel_form::ordinary, 3, 1}, every_second{kernel_form::ordinary, 3, 2},
    one_by_one{kernel_form::pointwise, 1, 1};

/// Colour image 6 x 6, ordinary kernels and maxima at every position, ordinary kernels every second position, one recurrent area, maxima
/// every second position, averaged readout.
template <class Cell>
layout complete_layout(const variation& v) {
    const auto a = convolution_map(3, {6, 6}, 4, ordinary, {3, 1}), b = convolution_map(4, {6, 6}, 3, every_second);
    const auto c = make_area<Cell>(3, {3, 3}, {5, 3, 2}, {3, 2}, v);
    return make_layout(v, {6, 6}, 3, {a, b, c, readout_map(c, 3)});
}
template <class B, class Cell>
using complete_stack = stack_engine<B, feed_forward, feed_forward, Cell, readout_cell>;

/// Weights of a seed, the same for every backend: away from the kinks at 0, so large that gates neither close nor stand open.
template <class B>
void set_weights(runner<B>& e, std::uint64_t number, double strength = 1) {
    using T = typename B::scalar;
    random_sequence r(key_of(number, random_stream::analysis), 1);
    tensor_list<T> all;
    for (const auto& t : e.parameters().tensors()) {
        const double taps = t.shape.size() > 2 ? static_cast<double>(t.shape[t.shape.size() - 1] * t.shape[t.shape.size() - 2]) : 1;
        const double fan_in = t.role == tensor_role::weights ? taps * static_cast<double>(t.shape[1]) : taps;
        auto& v = all.emplace_back(static_cast<std::size_t>(t.size()));
        for (T& to : v) {
            double x = r.normal();
            switch (t.role) {
                case tensor_role::depthwise:
                case tensor_role::weights:
                    x = strength * ((x < 0 ? -0.2 : 0.2) + x) / std::pow(fan_in, 0.75);
                    if (t.rule == sign_rule::soft_rectify) x -= 2;
                    break;
                case tensor_role::initial:
                case tensor_role::bias: x *= 0.3; break;
                case tensor_role::scale: x = 1 + 0.2 * x; break;
                case tensor_role::shift: x = 0.8 + 0.2 * x; break;
                case tensor_role::trained: x *= 0.5; break;
            }
            to = static_cast<T>(x);
        }
    }
    e.parameters().upload(all, &parameter_block<B>::raw);
}

/// Random images with targets of class k mod outputs.
template <class T>
trial_batch<T> make_images(const layout& l, long images, long frames = 1, std::uint64_t number = 5) {
    trial_batch<T> b;
    const driver_entry& image = l.images.front();
    b.trials = images, b.frames = frames, b.inputs = image.channels, b.grid = image.grid;
    random_sequence r(key_of(number, random_stream::analysis), 2);
    for (long k = 0; k < frames * images * image.grid.positions() * image.channels; ++k) b.input.push_back(static_cast<T>(r.normal()));
    const auto& last = l.maps.back();
    const long outputs = last.channels[0], positions = last.grid.positions();
    b.target.resize(static_cast<std::size_t>(images * positions * outputs));
    for (long k = 0; k < images * positions; ++k) b.target[static_cast<std::size_t>(k * outputs + k % outputs)] = 1;
    for (long k = 0; k < images; ++k) b.id.push_back(static_cast<std::uint32_t>(100 + k));
    return b;
}

}  // namespace stacks
