// What the compiler says when the equations of a cell do not make sense: one sentence, with the repair.
#pragma once
#include <eirnn/cell/expression.hpp>

namespace EIRNN_NAMESPACE::equations {

// One sentence per flaw; the compiler adds the tags of the two equations.
template <flaw F, class Equation, class Reads>
struct report {
    static_assert(F != flaw::two_inputs,
                  "eirnn[C01]: an equation has one weighted input; write its W(...) terms side by side, or give the second one an equation "
                  "of its own.");
    static_assert(
        F != flaw::unknown_variable,
        "eirnn[C02]: this equation reads a variable that no equation of the cell computes; add its equation, or declare it as an input.");
    static_assert(
        F != flaw::read_too_early,
        "eirnn[C03]: this equation reads a variable before it is computed in the step; move the equation down, or read prev of it.");
    static_assert(F != flaw::twice, "eirnn[C04]: two equations compute the same variable; remove one, or give it a name of its own.");
    static_assert(F != flaw::different_shape,
                  "eirnn[C05]: this equation reads element by element a variable of another shape; project it through W(...) instead.");
    static_assert(F != flaw::too_long,
                  "eirnn[C07]: an equation reads at most 4 sources through weights and 8 variables element by element; split it in two.");
    static_assert(F != flaw::inner_normalisation,
                  "eirnn[C08]: batch_norm(...) stands around the whole right side of an equation; give what is normalised an equation of "
                  "its own.");
    static_assert(
        F != flaw::normalised_source,
        "eirnn[C09]: W(...), sum(...) or mean(...) reads a variable that is normalised, or it is the last one, which other areas and "
        "outputs read; read it element by element in an equation of its own, such as relu(...), and project or sum that.");
    static_assert(
        F != flaw::foreign_term,
        "eirnn[C10]: an equation contains what the notation does not have. A term is a number, a variable, prev(variable), W(...), a "
        "coefficient, noise, f(term) of an activation f, square, abs, exp or sqrt of a term, batch_norm(term) or dropout(keep, term); terms "
        "are joined by +, -, * and /. Correct it.");
    static_assert(F != flaw::foreign_source,
                  "eirnn[C11]: W(...) takes one variable, prev(variable) or input. Give what is to be weighted an equation of its own, and "
                  "write W(variable).");
    static_assert(
        F != flaw::foreign_state,
        "eirnn[C12]: prev(...) takes one variable, whose value at the step before it is. Give it a variable; a value from two steps "
        "before needs an equation that keeps it.");
    static_assert(F != flaw::no_equation,
                  "eirnn[C13]: the equations of a cell are system(variable = term, ...), with at least one equation and a variable on each "
                  "left side. Correct it: x = ... or x[unit] = ..., separated by commas.");
    static_assert(F != flaw::not_constant,
                  "eirnn[C14]: the equations of a cell are not known to the compiler. Declare them static constexpr, of numbers that are "
                  "constexpr.");
    static_assert(F != flaw::bare_input,
                  "eirnn[C15]: an equation reads an input element by element, but inputs reach units through weights. Write W(...) of it.");
    static_assert(
        F != flaw::no_activation,
        "eirnn[C16]: an activation is an object of a class F : activation<F> with constexpr static members value(x) and slope(y). "
        "Give relu, softplus or another of <eirnn/cell/activation.hpp>, as a value, or complete your own.");
    static_assert(F != flaw::misplaced_sum,
                  "eirnn[C17]: sum(variable), mean(variable), hebbian(decay, prev(variable)) and attention(query, prev(key), prev(value)) "
                  "take variables and stand alone on the right side of an equation that is not the last one. Give what they take, and "
                  "what they are, equations of their own: q = square(x), s = sum(q).");
    static_assert(
        F != flaw::dense_twice,
        "eirnn[C27]: a sum of this cell adds W(...) of one variable, or of what comes from outside, and subtracts it. Between units "
        "on one position two matrices are one: write it once. Kernels may differ: on grids it is possible.");
    static_assert(F != flaw::second_input,
                  "eirnn[C26]: this cell has two names for what comes from outside, but W(...) of either would read all of it. Use one "
                  "name, and say at projections which equations they enter: project<cue, cortex, into<gain>>.");
    static_assert(
        F != flaw::noise_inside,
        "eirnn[C28]: noise is multiplied by a variable, or stands in a function that more is done with, so that a derivative needs "
        "its value, which is not kept. Give it an equation of its own, n = 1 * noise, and read that.");
    static_assert(F != flaw::second_noise,
                  "eirnn[C25]: two equations of this cell have noise, but a unit has noise once. Leave it in one of them; where several "
                  "variables need the same noise, give it an equation of its own: n = 1 * noise.");
    static_assert(F != flaw::look_back_on_grid,
                  "eirnn[C24]: this cell looks back at the steps before, by hebbian(...) or attention(...), which is not possible on grids "
                  "yet, only for units on one position. Remove it, or give the areas no kernels.");
    static_assert(F != flaw::dense_same_step,
                  "eirnn[C20]: this cell reads W(...) of a variable of this step beside W(prev(...)), which is not possible in dense "
                  "networks yet, only on grids. Give one of the two an equation of its own.");
    static_assert(
        F != flaw::dense_shapes,
        "eirnn[C21]: this cell has several kinds of units, C[PN] = ..., which is not possible in dense networks yet, only on grids. "
        "Use one kind for all its equations; populations tell units apart.");
    static_assert(
        F != flaw::foreign_coefficient,
        "eirnn[C22]: this cell has a coefficient that no run supplies: notation::alpha, which is dt / tau, is the only one. Use it, "
        "or a number.");
    static_assert(F != flaw::dense_two_products,
                  "eirnn[C23]: this cell reads one variable through W(...) in two sums, one of which waits for what the other makes, or "
                  "which read more than four variables together; that is possible on grids only. Write the same W(...) terms in both "
                  "equations, or read the variable through one of them only.");
};

}  // namespace EIRNN_NAMESPACE::equations
