// What every stage of a run shares, whatever area it belongs to.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/schedule.hpp>

namespace EIRNN_NAMESPACE {

using backend::section;

/// The value of Omega in a tile: its terms added, and their number.
struct omega_sum {
    double sum = 0, count = 0;
    void add(double terms, double number) { sum += terms, count += number; }
};

template <class B>
struct stage_context {
    using T = typename B::scalar;
    const parameter_set<B>& parameters;
    run_data<T> data;                              ///< the batch, noise, keys
    bool adds = false;                             ///< partial sums hold those of an earlier pass
    omega_sum* omega = nullptr;                    ///< [tile]: the way back is that of Omega and leaves its value here
    T* state_adjoints = nullptr;                   ///< where dL/dx goes, [step][trial][unit]; with Omega only
    long local_scratch = 0, operand_scratch = 0;   ///< scalars of what stays inside a stage; of each of the two operands behind it
    T* first_operand(T* scratch) const { return scratch + local_scratch; }
    T* second_operand(T* scratch) const { return first_operand(scratch) + operand_scratch; }
    T* share(T* scratch) const { return second_operand(scratch) + operand_scratch; }
};

namespace detail {

/// What dropout multiplies with in this step, in `columns` of so many rows: drawn where gradients are taken or a run asks
/// for it, else 1. `address`: of the variable among all of the network.
template <class B, class T = typename B::scalar>
void draw_dropout(B& b, const stage_context<B>& c, const tile_place<T>& at, view<T> kept, long rows, long positions, long columns,
                  int address, double keep) {
    if (at.training || c.data.drops)
        b.for_index(rows * columns, kernels::draw_kept<T>{kept, rows, positions, c.data.id + at.first, static_cast<std::uint32_t>(at.step),
                                                          c.data.iteration, static_cast<std::uint32_t>(address), c.data.dropout_key, keep});
    else
        b.each(columns, section{0l, rows, 0l, kernels::fill_rows<T>{kept, T(1)}});
}

}  // namespace detail
}  // namespace EIRNN_NAMESPACE
