// A tile of trials forward through time.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/kernels/step.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE {

using backend::section;

/// What every tile of a run shares.
template <class Cell, backend::Backend B>
struct run_context {
    using T = typename B::scalar;
    using plan_type = std::remove_cvref_t<decltype(planned<Cell>::plan)>;
    const geometry<plan_type>& rows;
    const tile_memory<plan_type>& memory;
    const typename B::packed* forward;            ///< per operation: [cells ; readout] x [sources ; inputs ; 1]
    const typename B::packed* backward;           ///< its transpose, sources only
    const std::vector<patch>* trained;            ///< per operation: where its matrix has trained weights
    const T* const* initial;                      ///< per variable: its initial value, one per unit
    const int* initial_block;                     ///< per variable: the parameter block of that value
    run_data<T> data;

    [[gnu::noinline]] kernels::frame<planned<Cell>, T> frame(T* base, long columns, const backend::tile& t, long s) const {
        constexpr auto& plan = planned<Cell>::plan;
        kernels::frame<planned<Cell>, T> m;
        kernels::unroll<plan.variables.size>([&](auto e) {
            constexpr auto v = planned<Cell>::plan.variables[e.value];
            const trace& home = v.operand < 0 ? memory.own[e.value] : memory.operand[v.operand < 0 ? 0 : v.operand];
            const long row = source_row<e.value>(v.operand);
            if (home.offset >= 0) {
                m.value[e.value] = home.block(base, s, columns).row(row);
                if (s > 0) m.before[e.value] = home.block(base, s - 1, columns).row(row);
            }
            const trace& a = memory.adjoint[e.value];
            if (a.offset >= 0) {
                m.adjoint[e.value] = a.block(base, s, columns);
                if (s > 0) m.adjoint_before[e.value] = a.block(base, s - 1, columns);
            }
            if (memory.weighted_input[e.value].offset >= 0)
                m.weighted_input[e.value] = memory.weighted_input[e.value].block(base, s, columns);
            if constexpr (v.weighted)
                m.delta[e.value] = memory.result[v.product].block(base, s, columns).row(rows.operation[v.product].part[v.section]);
            if constexpr (v.noisy) m.noise = noise_block<e.value>(base, columns, s);
        });
        kernels::unroll<plan.operations.size>([&](auto o) {
            kernels::unroll<plan.operations[o.value].from.size>([&](auto k) {
                m.operand[o.value][k.value] = memory.operand[o.value].block(base, s, columns).row(rows.operation[o.value].source[k.value]);
            });
        });
        for (int k = 0; k < 4; ++k) m.coefficient[k] = data.coefficient[k];
        m.live = data.live + t.first;
        m.rate_penalty = data.rate_penalty;
        if (memory.slope.offset >= 0) {
            m.slope = memory.slope.block(base, s, columns);
            m.state_adjoint = memory.state_adjoint.block(base, s, columns);
        }
        return m;
    }
    /// Where the noise of variable e waits for step s.
    template <int e>
    view<T> noise_block(T* base, long columns, long s) const {
        constexpr int home = planned<Cell>::plan.variables[e].noise_home;
        constexpr int operand = planned<Cell>::plan.variables[home].operand;
        if constexpr (operand < 0) return memory.own[home].block(base, s, columns);
        else return memory.operand[operand].block(base, s, columns).row(source_row<home>(operand));
    }
    template <int e>
    long source_row(int o) const {
        return o < 0 ? 0 : rows.source_row(planned<Cell>::plan, o, e);
    }
};

namespace detail {

template <class Cell>
inline constexpr int noisy_variable = [] {
    constexpr auto& p = planned<Cell>::plan;
    for (int e = 0; e < p.variables.size; ++e)
        if (p.variables[e].noisy) return e;
    return -1;
}();

/// The sections of operation o, one functor per part, handed to f.
template <class Cell, int o, template <int> class Functor, class Rows, class Frame, class F>
void with_sections(const Rows& rows, const Frame& m, const F& f) {
    [&]<int... q>(std::integer_sequence<int, q...>) {
        f(section{rows.operation[o].part[q], rows.operation[o].part[q] + rows.units, rows.operation[o].part[q],
                  typename Functor<q>::type{m}}...);
    }(std::make_integer_sequence<int, planned<Cell>::plan.operations[o].parts.size>{});
}
template <class Cell, class T, int o>
struct forward_part {
    template <int q>
    struct of {
        using type = kernels::compute<planned<Cell>, T, o, q>;
    };
};

}  // namespace detail

namespace detail {
// Rows between stacked sources or parts belong to nobody. Their weights are 0, but memory may hold what is not finite.
template <class Cell, class B>
void clear_gaps(B& b, const run_context<Cell, B>& c, long columns, typename B::scalar* base) {
    using T = typename B::scalar;
    constexpr auto& plan = planned<Cell>::plan;
    kernels::unroll<plan.operations.size>([&](auto o) {
        constexpr auto op = planned<Cell>::plan.operations[o.value];
        if constexpr (op.from.size > 1 || op.parts.size > 1) {
            const auto& g = c.rows.operation[o.value];
            const trace &operand = c.memory.operand[o.value], &result = c.memory.result[o.value];
            const auto clear = [&](const trace& t, long from, long to) {
                for (long s = 0; s < t.ring; ++s)
                    if (from < to) b.each(columns, section{from, to, 0l, kernels::fill_rows<T>{t.block(base, s, columns), T(0)}});
            };
            if (op.weighted)
                for (int k = 1; k < op.from.size; ++k) clear(operand, g.source[k - 1] + c.rows.units, g.source[k]);
            if (op.weighted)
                for (int q = 1; q < op.parts.size; ++q) clear(result, g.part[q - 1] + c.rows.units, g.part[q]);
        }
    });
}
}  // namespace detail

/// What happens after a step. A pointer and not a template parameter, so that training and inference share one compiled forward pass.
class after_step {
public:
    template <class F>
    explicit after_step(const F& f) : object_(&f), call_([](const void* object, long s) { (*static_cast<const F*>(object))(s); }) {}
    void operator()(long s) const { call_(object_, s); }

private:
    const void* object_;
    void (*call_)(const void*, long);
};

/// Runs steps 1 .. steps of one tile. `after(s)` is called when the readout of step s stands in its rows of the result.
template <class Cell, class B>
void trial_forward(B& b, const run_context<Cell, B>& c, const backend::tile& t, typename B::scalar* base, const after_step& after) {
    using T = typename B::scalar;
    using kernels::unroll;
    constexpr auto& plan = planned<Cell>::plan;
    const auto& d = c.data;
    const long columns = t.columns, N = c.rows.units;
    const auto& main_rows = c.rows.operation[plan.main];
    const auto readout = [&](long s) {  // z of step s - 1 stands beside the weighted input of step s: they are one product
        const long begin = s > 1 ? main_rows.cells : 0, end = s > 1 ? main_rows.results : 0;
        return section{begin, end, 0l, kernels::store_rows<T>{c.memory.result[plan.main].block(base, s, columns)}};
    };

    detail::clear_gaps(b, c, columns, base);
    unroll<plan.variables.size>([&](auto e) {
        constexpr auto v = planned<Cell>::plan.variables[e.value];
        if constexpr (v.read_before && !v.computed_at_start)
            b.each(columns, section{0l, N, 0l, kernels::spread_rows<T>{c.frame(base, columns, t, 0).value[e.value], c.initial[e.value]}});
    });
    b.each(columns, section{0l, N, 0l, kernels::start<planned<Cell>, T>{c.frame(base, columns, t, 0)}});

    for (long s = 1; s <= d.steps; ++s) {
        if (const long block = (s - 1) / noise_steps; (s - 1) % noise_steps == 0) {
            const int count = static_cast<int>((std::min)(d.steps - s + 1, long{noise_steps}));
            view<T> to[noise_steps], in[noise_steps];
            constexpr int noisy = detail::noisy_variable<Cell>;
            if constexpr (noisy >= 0) {
                for (int j = 0; j < count; ++j) to[j] = c.template noise_block<(noisy < 0 ? 0 : noisy)>(base, columns, s + j);
                if (d.unit_noise)
                    b.normals(to, count, N, columns, block, d.id + t.first, d.iteration, d.unit_key, d.unit_noise);
                else if (d.given_noise)
                    for (int j = 0; j < count; ++j) b.for_index(columns * N, kernels::copy_noise<T>{d, to[j], N, t.first, s - 1 + j});
                else
                    for (int j = 0; j < count; ++j) b.each(columns, section{0l, N, 0l, kernels::fill_rows<T>{to[j], T(0)}});
            }
            for (int j = 0; j < count; ++j) in[j] = c.memory.input_noise.block(base, j, columns);
            if (d.input_noise) b.normals(in, count, c.rows.inputs, columns, block, d.id + t.first, d.iteration, d.input_key, d.input_noise);
            unroll<plan.operations.size>([&](auto o) {
                constexpr auto op = planned<Cell>::plan.operations[o.value];
                if constexpr (op.weighted) {
                    const auto& r = c.rows.operation[o.value];
                    kernels::place_inputs<T> place{d, {}, {}, r.input, op.input ? c.rows.inputs : 0, columns, t.first, s - 1};
                    for (int j = 0; j < count; ++j) {
                        place.to[j] = c.memory.operand[o.value].block(base, s + j - (op.previous() ? 1 : 0), columns);
                        if (d.input_noise) place.noise[j] = in[j];
                    }
                    b.for_index(count * columns, place);
                }
            });
        }
        const auto m = c.frame(base, columns, t, s);
        unroll<plan.operations.size>([&](auto o) {
            constexpr auto op = planned<Cell>::plan.operations[o.value];
            detail::with_sections<Cell, o.value, detail::forward_part<Cell, T, o.value>::template of>(c.rows, m, [&](auto... parts) {
                if constexpr (planned<Cell>::plan.operations[o.value].weighted) {
                    const view<T> in = c.memory.operand[o.value].block(base, op.previous() ? s - 1 : s, columns);
                    const backend::product<typename B::packed, T> p{c.forward[o.value], 0, c.rows.operation[o.value].operands, in};
                    if constexpr (o.value == plan.main) b.product_map(columns, p, parts..., readout(s));
                    else b.product_map(columns, p, parts...);
                } else {
                    b.each(columns, parts...);
                }
            });
        });
        if (s > 1) after(s - 1);
    }
    const view<T> last = c.memory.operand[plan.main].block(base, d.steps, columns);
    b.each(columns, section{main_rows.input, main_rows.one, 0l, kernels::fill_rows<T>{last, T(0)}},
           section{main_rows.one, main_rows.operands, 0l, kernels::fill_rows<T>{last, T(1)}});
    b.product_map(columns, backend::product<typename B::packed, T>{c.forward[plan.main], 0, main_rows.operands, last},
                  readout(d.steps + 1));
    after(d.steps);
}

}  // namespace EIRNN_NAMESPACE
