// Where everything of a tile of trials lies: sizes and offsets as numbers, found once per run from the plan of the cell.
#pragma once
#include <eirnn/cell/cell.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <cstdint>

namespace EIRNN_NAMESPACE {

constexpr long round_up(long n, long unit) { return (n + unit - 1) / unit * unit; }
/// The leading dimension of n rows. Columns a multiple of 512 bytes apart would meet in the same few places of the first cache: sums over
/// columns lost 12 % of their speed at 128 floats, 20 % at 512.
constexpr long leading_dimension(long n, long unit) {
    const long ld = round_up(n, unit);
    return ld % 128 == 0 ? ld + unit : ld;
}

/// Numbers per unit lie in one array of the device, and those of each cell begin at a multiple of this.
inline constexpr long numbers_unit = 64;

/// Units, inputs and outputs of an area on one position, and the rows of its operands that hold units of other cells.
struct extents {
    long units = 0, inputs = 0, outputs = 0, others = 0;
};

/// A buffer of `ring` blocks; a block holds one time step of a tile, one column per trial. Step s lies in block s mod ring.
struct trace {
    long offset = -1, ld = 0, ring = 1;
    bool in_scratch = false;  ///< offset from the worker's scratch, not from the tile: for what no later stage needs
    bool passing = false;     ///< offset from what the worker has beside it: for what is over when tiles meet next
    template <class T>
    EIRNN_INLINE view<T> block(T* base, long s, long columns) const {
        return {base + offset + (s % ring) * columns * ld, ld};
    }
    /// Of bytes: offset in numbers of T, the rest in bytes.
    template <class T>
    EIRNN_INLINE view<std::uint8_t> bytes(T* base, long s, long columns) const {
        return {reinterpret_cast<std::uint8_t*>(base + offset) + (s % ring) * columns * ld, ld};
    }
};

/// A tile where and when one of its stages runs.
template <class T>
struct tile_place {
    T *base, *scratch;       ///< memory of the tile, kept over its stages; of the worker
    long trials, columns;    ///< of the tile: those of the batch, and with the empty ones that fill it
    long first;              ///< its first trial
    int group;               ///< whose partial sums it adds to
    bool fresh;              ///< nothing has been added there yet
    long step;               ///< from 1; 0: initial values
    bool training;           ///< every step is kept
    T* passing = nullptr;    ///< memory of the worker, kept over the stages until tiles meet

    T* home(const trace& t) const { return t.passing ? passing : t.in_scratch ? scratch : base; }
};

/// Rows of the operand [sources ; units of other cells and maps ; inputs ; 1] and of the result [weighted inputs ; readout] of each
/// operation.
template <class Plan>
struct geometry {
    static constexpr std::size_t most_operations = sizeof(Plan::operations.item) / sizeof(Plan::operations.item[0]);
    long units = 0, inputs = 0, outputs = 0, others = 0;
    geometry() = default;
    struct operation_rows {
        long source[equations::max_sources]{};
        long other = 0, input = 0, one = 0, operands = 0;  ///< rows of the operand: first of each, the constant 1, and their number
        long part[8]{};
        long cells = 0, results = 0;                 ///< rows of the result without and with the readout
        long operand_ld = 0, result_ld = 0;
    } operation[most_operations];

    geometry(const Plan& plan, const extents& n, long unit) : units(n.units), inputs(n.inputs), outputs(n.outputs), others(n.others) {
        for (int o = 0; o < plan.operations.size; ++o) {
            const auto& op = plan.operations[o];
            auto& g = operation[o];
            if (!op.weighted) continue;
            long row = 0;
            for (int k = 0; k < op.from.size; ++k) {
                g.source[k] = row;
                row += k + 1 < op.from.size ? round_up(units, unit) : units;
            }
            if (others > 0 && op.input) row = round_up(row, unit);
            g.other = row;
            if (op.input) row += others;
            g.input = row;
            if (op.input) row += inputs;
            g.one = row;
            g.operands = row + 1;
            for (int q = 0; q < op.parts.size; ++q) g.part[q] = q * round_up(units, unit);
            g.cells = op.parts.size > 0 ? g.part[op.parts.size - 1] + units : 0;
            g.results = g.cells + (o == plan.main ? outputs : 0);
            g.operand_ld = leading_dimension(g.operands, unit);
            g.result_ld = leading_dimension(g.results, unit);
        }
    }
    /// The first row of a variable in the operand of an operation that reads it.
    long source_row(const Plan& plan, int o, int variable) const {
        const auto& from = plan.operations[o].from;
        for (int k = 0; k < from.size; ++k)
            if (from[k].variable == variable) return operation[o].source[k];
        return 0;
    }
};

/// The scratch memory of one tile.
template <class Plan>
struct tile_memory {
    static constexpr std::size_t O = sizeof(Plan::operations.item) / sizeof(Plan::operations.item[0]),
                                 E = sizeof(Plan::variables.item) / sizeof(Plan::variables.item[0]);
    trace operand[O], result[O];                          ///< per operation
    trace own[E], adjoint[E], weighted_input[E], kept[E];  ///< per variable, where it has such memory
    trace input_noise;                               ///< of as many steps as are made at once
    trace flow, state_adjoint, slope;                ///< for Omega
    trace share[4];                                  ///< per trained number, its adjoint over the steps
    long columns_offset = 0;                         ///< small arrays, one number per column
    long size = 0;                                   ///< where the memory ends

    tile_memory() = default;
    /// From `begin` on. `training` keeps every step; otherwise a few steps in a ring. `chunk`: steps whose outer products are added at
    /// once; `delay`: how much later the output is read by others.
    tile_memory(const Plan& plan, const geometry<Plan>& g, long unit, long begin, long columns, long steps, bool training, bool omega,
                long chunk, long delay)
        : size(begin) {
        constexpr long slack = 16;  // a product reads a few rows beyond the last column
        const long short_ring = noise_steps + 1;  // what waits for the noise of so many steps, and the step before
        auto take = [&](long ld, long ring) {
            const trace t{size, ld, ring};
            size += round_up(ld * ring * columns + slack, 64);
            return t;
        };
        const long all = training || plan.looks_back ? steps + 2 : short_ring + delay - 1, n = round_up(g.units, unit);
        for (int o = 0; o < plan.operations.size; ++o)
            if (plan.operations[o].weighted) {
                operand[o] = take(g.operation[o].operand_ld, all);
                result[o] = take(g.operation[o].result_ld, training ? steps + 2 : 2);
            }
        for (int e = 0; e < plan.variables.size; ++e) {
            const auto& v = plan.variables[e];
            if (v.stored && v.operand < 0) own[e] = take(n, v.traced || v.keeps_noise ? all : 2);
            if (v.input_stored) weighted_input[e] = take(n, training ? steps + 2 : 2);
            if (v.dropped) kept[e] = take(n, training ? steps + 2 : 2);
            if (training && (v.adjoint || (v.read_before && !v.computed_at_start)))
                adjoint[e] = take(n, plan.looks_back && v.cleared ? steps + 2 : e == plan.output() ? 1 + delay : 2);
        }
        for (int k = 0; training && k < plan.trainables.size; ++k) share[k] = take(n, 1);
        input_noise = take(round_up(g.inputs, unit), noise_steps);
        if (omega) flow = take(n, 1), state_adjoint = take(n, 1), slope = take(n, chunk);
        columns_offset = size;
        size += round_up(8 * columns, 64);
    }
};

}  // namespace EIRNN_NAMESPACE
