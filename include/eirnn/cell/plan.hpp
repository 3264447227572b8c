// What a cell's equations become for the numerics: a plan. Nothing here is a template of a cell; a plan is a value, arrays of small
// structs.
#pragma once
#include <eirnn/cell/evaluate.hpp>
#include <eirnn/cell/fixed_list.hpp>

namespace EIRNN_NAMESPACE::equations {

inline constexpr int max_arguments = 8, max_sources = 4;

/// How units are wired. `dense`: one position, all units of a kind in one matrix, sources and inputs side by side in the operand of a
/// product. `grid`: channels on a map of positions; each part of a product gathers its own operand through kernels.
enum class way { dense, grid };

/// Kinds of arguments that an adjoint reaches.
constexpr bool has_partial(leaf_kind k) { return k == leaf_kind::now || k == leaf_kind::previous || k == leaf_kind::trainable; }

/// One equation as the notation says it.
struct equation {
    tag_identity variable, shape;
    fixed_list<leaf, max_sources> from;              ///< sources of its weighted input
    fixed_list<leaf, max_arguments> with;            ///< what it reads element by element
    unsigned needs[max_arguments + 1]{};             ///< per argument (0: the weighted input), the values that its partial needs
    bool normalised = false;                         ///< over trials and positions
    gathering gathers = gathering::none;             ///< it is what it reads, summed over units or looked up in the steps before
    int roles[3]{};                                  ///< of the latter: which arguments are query, key and value
    double decay = 1;                                ///< per step
    double keep = 1;                                 ///< of dropout
    flaw error = flaw::none;
};
template <int E>
using equation_list = fixed_list<equation, E>;

/// A source of a product: a variable, now or at the previous step.
struct source {
    int variable = -1;
    bool previous = false;
    bool negative = false;
    bool first = false;                              ///< its product is the first to touch its adjoint
    friend constexpr bool operator==(source a, source b) { return a.variable == b.variable && a.previous == b.previous; }
};
/// Which source of its operation a part reads, and whether with a minus.
struct reading {
    int source = 0;
    bool negative = false;
};
/// A range of rows of a product: the weighted input of `target`, and the equations that run on it in registers, in order.
struct part {
    int target = -1;
    int shape = 0;
    fixed_list<reading, max_sources> reads;  ///< in the order in which the equation names them
    signed char input = 0;                   ///< whether it reads signals from outside: 1, or -1 with a minus; 2: more than once
    fixed_list<int, 8> run;
};
/// One stacked product (or, without sources, one pass over the units).
struct operation {
    fixed_list<source, max_sources> from;
    bool input = false;                              ///< signals from outside ride in its operand
    bool weighted = false;
    gathering gathers = gathering::none;  ///< of the one equation in it
    int roles[3]{};                       ///< of one that looks back: its arguments that are query, key and value
    double decay = 1;
    int segment = 0;                                 ///< between two points where the whole batch is needed
    fixed_list<part, 8> parts;
    constexpr bool previous() const { return from.size == 0 || from[0].previous; }
    constexpr int find(source s) const {
        for (int k = 0; k < from.size; ++k)
            if (from[k] == s) return k;
        return -1;
    }
};
struct argument {
    leaf_kind kind = leaf_kind::now;
    int index = -1;                                  ///< variable or coefficient
    bool local = false;                              ///< in a register: computed in the same part
    bool first = false;                              ///< the first to touch the adjoint of what it reads
};
struct variable {
    int shape = 0;
    int product = -1, section = -1;                  ///< where its weighted input is made
    int operation = -1, part = -1;                   ///< where its equation runs
    bool weighted = false, noisy = false;
    int segment = 0;
    bool normalised = false;                         ///< kept as it was before; read through a scale and a shift per unit
    bool dropped = false;
    double keep = 1;
    bool read_before = false;                        ///< read at the next step: it needs a value at step 0
    bool computed_at_start = false;                  ///< and that value follows from the other initial values
    bool stored = false, traced = false;             ///< in memory at all; kept over time
    int operand = -1;                                ///< the operation in whose operand it lives, -1: memory of its own
    bool input_stored = false;                       ///< its weighted input goes through memory
    bool adjoint = false;                            ///< its adjoint goes through memory
    int noise_home = -1;  ///< noise waits in the memory of this variable, which is stored after the noise is read
    bool keeps_noise = false;
    bool arrives = false;                            ///< the backward product of the recurrence brings its adjoint
    bool short_lived = false;                        ///< on grids: its adjoint is made and used within one segment of one step
    bool sign_kept = false;                          ///< on grids: whether it is above 0 is all that the way back needs of it
    bool cleared = false;                            ///< its adjoint becomes 0 when it has been used: whoever reads it adds to it
    fixed_list<argument, max_arguments> with;
    unsigned needs[max_arguments + 1]{};
};
template <int E>
struct plan {
    flaw error = flaw::none;
    int where = 0, culprit = 0;                      ///< equations: the one at fault, the one it reads
    fixed_list<variable, E> variables;
    fixed_list<operation, 2 * E> operations;
    fixed_list<tag_identity, E> shapes;
    fixed_list<tag_identity, 4> coefficients;
    fixed_list<tag_identity, 4> trainables;          ///< trained numbers per unit
    int trainable_shape[4]{};
    int segments = 1;                                ///< of a time step
    bool recurrent = false;                          ///< something is read at the next step
    int main = -1;                                   ///< the operation that reads the previous output; inputs and readout ride in it
    tag_identity signals;                            ///< the name of what comes from outside
    bool looks_back = false;                         ///< at all steps before
    bool feeds_back = false;                         ///< an equation reads the previous output through weights
    constexpr int output() const { return variables.size - 1; }
    constexpr bool drops() const {  ///< whether there is dropout
        for (const variable& v : variables)
            if (v.dropped) return true;
        return false;
    }
    constexpr int noisy() const {  ///< the variable with noise, -1: none
        for (int e = 0; e < variables.size; ++e)
            if (variables[e].noisy) return e;
        return -1;
    }
};

}  // namespace EIRNN_NAMESPACE::equations
