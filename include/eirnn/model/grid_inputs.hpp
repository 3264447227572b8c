// What comes into an area on a map and goes back: operands that are gathered through kernels, images, noise, dropout, averages.
#pragma once
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/stage.hpp>

#include <algorithm>
#include <utility>

namespace EIRNN_NAMESPACE {

namespace detail {

// What the terms of an area read at a step, where their adjoints go, and the sums that gradients of their weights are added to.
template <class B>
struct term_ends {
    using T = typename B::scalar;
    const stage_context<B>& c;
    const map_area<B>& a;
    const tile_place<T>& at;

    view<T> source(const gathered_term& t) const {
        if (t.what.source < 0) return a.flow(a.input(t.what.driver), at, false);
        return a.block(a[t.what.source].value, at, at.step - (t.previous ? 1 : 0));
    }
    view<T> adjoint(const gathered_term& t) const {
        if (t.what.source < 0) return a.flow(a.input(t.what.driver), at, true);
        if (t.previous && at.step == 1 && a[t.what.source].initial_block < 0) return {};  // of a state that is not trained
        return a.block(a[t.what.source].adjoint, at, at.step - (t.previous ? 1 : 0));
    }
    view<T> sums(int block) const { return c.parameters.partial(at.group, block); }
};

// Rows of the operand of a part: all; those from below and that of ones (once per run where they do not change); the others; none.
enum class terms : unsigned char { all, from_below, other, none };
// Where the others read only states before the first step that are 0, it does without them.
template <class B>
terms needed(const map_area<B>& a, int e, long step) {
    const bool hoisted = a[e].from_below.offset >= 0;
    bool others = false;
    for (const auto& t : a[e].part.terms) others = others || (t.what.source >= 0 && !(t.previous && step == 1 && !a.begins(t.what.source)));
    if (hoisted) return others ? terms::other : terms::none;
    return others ? terms::all : terms::from_below;
}
constexpr bool takes(terms which, const gathered_term& t) {
    return which == terms::all || (which != terms::none && (which == terms::from_below) == (t.what.source < 0));
}
inline std::pair<long, long> operand_range(const gathered_part& part, terms which) {
    return {which == terms::from_below ? part.from_below : 0, which == terms::other ? part.from_below : part.operands()};
}

// The usual size of a kernel as a constant where the window is of the kind that a functor wants, else 0.
void with_size(const kernels::window& w, bool wanted, const auto& f) {
    if (w.size == 3 && wanted)
        f(equations::index_constant<3>{});
    else
        f(equations::index_constant<0>{});
}

template <bool add, class B>
void convolve(B& b, const stage_context<B>& c, const gathered_term& t, long images, const kernels::window& w, view<typename B::scalar> from,
              view<typename B::scalar> to) {
    using T = typename B::scalar;
    with_size(w, w.centred(), [&](auto n) {
        b.each(images * w.height,
               section{0l, t.ld, 0l, kernels::depthwise<T, add, n.value>{from, to, c.parameters.effective(t.depthwise), t.ld, w}});
    });
}

/// Rows of the operand of a part, counted from the first one.
template <class B>
void gather(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
            const tile_place<typename B::scalar>& at, view<typename B::scalar> operand, const auto& ends) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions(), skipped = operand_range(part, which).first;
    for (const auto& t : part.terms) {
        if (!takes(which, t)) continue;
        const view<T> from = ends.source(t), to = operand.row(t.offset - skipped);
        const kernels::window w = a.windows[static_cast<std::size_t>(t.window)].forward();
        if (!from.data)
            b.each(columns, section{0l, t.operand_rows(), 0l, kernels::fill_rows<T>{to, T(0)}});
        else if (t.depthwise >= 0)
            convolve<false>(b, c, t, at.trials, w, from, to);
        else if (t.enlarges())
            b.for_index(columns * t.ld, kernels::enlarge<T>{from, to, t.rows, t.ld, a.enlarged(a.input(t.what.driver).grid)});
        else
            with_size(w, !w.strided_input, [&](auto n) {
                b.each(at.trials * w.height, section{0l, t.ld, 0l, kernels::gather_patches<T, n.value>{from, to, t.ld, w}});
            });
    }
    if (which != terms::other) b.each(columns, section{0l, 1l, 0l, kernels::fill_rows<T>{operand.row(part.one - skipped), T(1)}});
}

/// Adds the gradients of a part's weights for the adjoint `delta` of its weighted input, where `ends` has sums for them, and hands adjoints
/// on to its sources.
template <class B>
void scatter(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
             const tile_place<typename B::scalar>& at, view<typename B::scalar> delta, const auto& ends) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const long columns = at.trials * a.positions(), ld = part.operand_ld(B::row_unit);
    const view<T> operand{c.first_operand(at.scratch), ld}, adjoint{c.second_operand(at.scratch), ld}, sums = ends.sums(part.block);
    if (sums.data) {
        gather(b, c, a, part, which, at, operand, ends);
        b.accumulate(sums.column(begin), part.rows, delta, end - begin, operand, columns, true);
    }
    bool wanted = false;
    for (const auto& t : part.terms)
        wanted = wanted || (takes(which, t) && (ends.adjoint(t).data || (sums.data && t.depthwise >= 0 && ends.source(t).data)));
    if (!wanted) return;
    // rows of the transposed weights: the operand from its start, of which those from `begin` on are wanted
    b.product_map(columns, backend::product<typename B::packed, T>{c.parameters.backward()[part.block], 0, part.rows, delta},
                  section{begin, (std::min)(end, part.one), begin, kernels::store_rows<T>{adjoint}});
    for (const auto& t : part.terms) {
        if (!takes(which, t) || !ends.source(t).data) continue;
        const auto& windows = a.windows[static_cast<std::size_t>(t.window)];
        const kernels::window forward = windows.forward(), backward = windows.backward();
        const view<T> arrived = adjoint.row(t.offset - begin), to = ends.adjoint(t);
        if (t.depthwise >= 0) {
            if (sums.data)
                with_size(forward, forward.centred(), [&](auto n) {
                    b.each(1, section{0l, t.ld, 0l,
                                      kernels::depthwise_gradient<T, n.value>{ends.source(t), arrived, ends.sums(t.depthwise),
                                                                              at.trials * forward.height, forward}});
                });
            if (to.data) convolve<true>(b, c, t, at.trials, backward, arrived, to);
        } else if (to.data && t.enlarges()) {
            const grid_entry smaller = a.input(t.what.driver).grid;
            b.for_index(at.trials * smaller.positions() * t.rows, kernels::add_covered<T>{arrived, to, t.rows, a.enlarged(smaller)});
        } else if (to.data) {
            with_size(backward, !backward.strided_input, [&](auto n) {
                b.each(at.trials * backward.height,
                       section{0l, t.ld, 0l, kernels::scatter_patches<T, n.value>{arrived, to, t.ld, backward}});
            });
        }
    }
}

template <class B>
void multiply_into(B& b, const stage_context<B>& c, const map_area<B>& a, const gathered_part& part, terms which,
                   const tile_place<typename B::scalar>& at, const auto& section_of_part) {
    using T = typename B::scalar;
    const auto [begin, end] = operand_range(part, which);
    const view<T> operand{c.first_operand(at.scratch), part.operand_ld(B::row_unit)};
    gather(b, c, a, part, which, at, operand, term_ends<B>{c, a, at});
    b.product_map(at.trials * a.positions(),
                  backend::product<typename B::packed, T>{c.parameters.forward(at.step)[part.block], begin, end, operand}, section_of_part);
}

// The noise of a film, a position after the other as in `draw_noise`, in all frames.
template <class B>
void draw_noise_of_film(B& b, const stage_context<B>& c, const port& image, const tile_place<typename B::scalar>& at, std::uint32_t number,
                        const typename B::scalar* scale) {
    using T = typename B::scalar;
    const auto& d = c.data;
    const long positions = image.grid.positions(), ld = image.value.ld;
    const random_key key = key_of_part(d.input_key, 0x10000u + number);
    view<T> to[noise_steps];
    for (long first = 0; first < d.steps; first += noise_steps) {
        const int count = static_cast<int>((std::min)(d.steps - first, long{noise_steps}));
        for (long p = 0; p < positions; ++p) {
            for (int j = 0; j < count; ++j)
                to[j] = {image.value.block(at.base, first + j + 1, at.trials * positions).data + p * ld, positions * ld};
            b.normals(to, count, image.channels, at.trials, d.first_block + first / noise_steps, d.id + at.first, d.iteration,
                      key_of_part(key, static_cast<std::uint32_t>(p)), scale);
        }
    }
}
// Of the images, which lie one behind the other in the batch's memory, what this tile needs in all steps: another area may read a film some
// steps ahead of the first one.
template <class B>
void place_images(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    T* batch = const_cast<T*>(c.data.image);
    const T* scale = c.data.image_noise;
    for (std::uint32_t k = 0; k < a.placed.size(); ++k) {
        const port& image = a.placed[k];
        const bool noisy = scale && !image.constant;
        if (noisy) draw_noise_of_film(b, c, image, at, k, scale);
        if (scale) scale += image.value.ld;
        const long positions = image.grid.positions(), ld = image.value.ld, columns = at.trials * positions;
        for (long frame = 0; frame < (image.constant ? 1 : c.data.steps); ++frame, batch += c.data.trials * positions * ld) {
            const view<T> from{batch + at.first * positions * ld, ld}, to = image.value.block(at.base, frame + 1, columns);
            if (noisy)
                b.each(columns, section{0l, ld, 0l, kernels::add_rows<T>{from, to}});
            else
                b.each(columns, section{0l, ld, 0l, kernels::copy_rows<T>{from, to}});
        }
    }
}

// The noise of the next steps; at.step is the first of them. A position is a key of its own, a channel the unit.
template <class B>
void draw_noise(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const auto& d = c.data;
    const int e = a.plan.noisy, count = static_cast<int>((std::min)(a.steps - at.step + 1, long{noise_steps}));
    const long rows = a.rows[a.shape_of(e)], ld = a.ld[a.shape_of(e)], positions = a.positions();
    const random_key key = key_of_part(d.unit_key, 0x10000u + static_cast<std::uint32_t>(a.index));
    view<T> block[noise_steps], to[noise_steps];
    for (int j = 0; j < count; ++j) {
        block[j] = a.block(a[e].noise, at, at.step - 1 + j);
        if (!d.unit_noise) b.each(at.trials * positions, section{0l, ld, 0l, kernels::fill_rows<T>{block[j], T(0)}});
    }
    for (long p = 0; d.unit_noise && p < positions; ++p) {
        for (int j = 0; j < count; ++j) to[j] = {block[j].data + p * ld, positions * ld};
        b.normals(to, count, rows, at.trials, d.first_block + (at.step - 1) / noise_steps, d.id + at.first, d.iteration,
                  key_of_part(key, static_cast<std::uint32_t>(p)), d.unit_noise + a.first_number[a.shape_of(e)]);
    }
}
// The values at step 0 of what the first step reads of the one before: 0, trained, or given.
template <class B>
void place_states(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions();
    a.each_state([&](int e) {
        const view<T> to = a.block(a[e].value, at, 0);
        const long rows = a.rows[a.shape_of(e)];
        b.each(columns, section{0l, a.ld[a.shape_of(e)], 0l, kernels::fill_rows<T>{to, T(0)}});
        if (a.start[e])
            b.for_index(columns * rows,
                        kernels::load_states<T>{a.start[e], to, c.data.trials * a.positions(), rows, at.first * a.positions()});
        else if (a.initial[e])
            b.each(columns, section{0l, rows, 0l, kernels::spread_rows<T>{to, a.initial[e]}});
    });
}
// Before the first segment: what comes in is averaged, summed, or multiplied once for all steps; before the first step there are states.
template <class B>
void enter_step(B& b, const stage_context<B>& c, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const long columns = at.trials * a.positions();
    if (at.step == 1) place_states(b, c, a, at);
    if (a.hoists && at.step == 1)
        for (int e = 0; e < a.plan.variables.size; ++e)
            if (a[e].from_below.offset >= 0)
                multiply_into(b, c, a, a[e].part, terms::from_below, at,
                              section{0l, a[e].part.rows, 0l, kernels::store_rows<T>{a.block(a[e].from_below, at, 1)}});
    if (a.plan.noisy >= 0 && (at.step - 1) % noise_steps == 0) draw_noise(b, c, a, at);
    for (int e = 0; e < a.plan.variables.size; ++e) {
        const auto& v = a.plan.variables[e];
        if (!v.dropped) continue;
        draw_dropout(b, c, at, a.block(a[e].kept, at, at.step), a.rows[v.shape], a.positions(), columns, a.index * 16 + e, v.keep);
    }
}

// Before the last segment of a step runs backward: what comes in has been read by nobody.
template <class B>
void clear_received(B& b, const map_area<B>& a, int segment, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    if (a.receives() && segment == a.plan.segments - 1)
        b.each(at.trials * a.received.grid.positions(),
               section{0l, a.received.adjoint.ld, 0l, kernels::fill_rows<T>{a.flow(a.received, at, true), T(0)}});
}

}  // namespace detail

/// Averages, and sums over the steps, what comes into an area that wants that.
template <class B>
void receive(B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const port& below = a.drivers.front();
    const long per = a.shape.averaged_input ? below.grid.positions() : 1;
    b.each(at.trials * a.received.grid.positions(),
           section{0l, below.channels, 0l,
                   kernels::average_positions<T>{a.flow(below, at, false), a.flow(a.received, at, false), per, a.sums && at.step > 1}});
}
/// Hands the adjoint of what was received back to the area below, at one step.
template <class B>
void hand_back(B& b, const map_area<B>& a, const tile_place<typename B::scalar>& at) {
    using T = typename B::scalar;
    const port& below = a.drivers.front();
    const view<T> to = a.flow(below, at, true);
    const long per = a.shape.averaged_input ? below.grid.positions() : 1;
    if (to.data)
        b.each(at.trials * below.grid.positions(),
               section{0l, below.channels, 0l, kernels::spread_average<T>{a.flow(a.received, at, true), to, per}});
}

}  // namespace EIRNN_NAMESPACE
