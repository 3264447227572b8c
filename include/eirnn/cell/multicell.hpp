// The cells of Sun et al.: principal neurons (PN) with input-gating (IG) and output-gating (OG) interneurons, the simpler StandardEI cell,
// and every variant of the paper as a choice of lines. Equations: appendix A; what they leave open is as in the authors' code.
#pragma once
#include <eirnn/cell/cells.hpp>

#include <tuple>

namespace EIRNN_NAMESPACE::multicell {

namespace notation {
using equations::batch_norm;
using equations::dropout;
using equations::prev;
using equations::system;
using equations::W;
using eirnn::notation::X;
inline constexpr equations::symbol<struct PN> PN;  ///< principal neurons
inline constexpr equations::symbol<struct IG> IG;  ///< input-gating interneurons
inline constexpr equations::symbol<struct OG> OG;  ///< output-gating interneurons
inline constexpr equations::symbol<struct C> C;    ///< state of the principal neurons
inline constexpr equations::symbol<struct f> f;    ///< forget gate
inline constexpr equations::symbol<struct i> i;    ///< input gate: the inhibition
inline constexpr equations::symbol<struct o> o;    ///< output gate
inline constexpr equations::symbol<struct current> current;  ///< of PN, where it is normalised
inline constexpr equations::symbol<struct current_IG> current_IG;
inline constexpr equations::symbol<struct current_OG> current_OG;
inline constexpr equations::trainable<struct leak> leak;     ///< of PN or E, one number per channel
inline constexpr equations::trainable<struct leak_I> leak_I;
inline constexpr equations::symbol<struct E> E;    ///< excitatory neurons of StandardEI
inline constexpr equations::symbol<struct I_> I_;  ///< its inhibitory neurons (`I` is a macro of C)
inline constexpr equations::symbol<struct current_E> current_E;
inline constexpr equations::symbol<struct current_I> current_I;
}  // namespace notation

enum class gate { none, multiply, subtract };
enum class keeping { plain, normalised, dropped };

/// What the variants of the Standard cell change, each a line of it (names of the paper in the aliases below).
struct form {
    bool inhibitory_principal = false;     ///< all that PN send inside the area is inhibitory, interneurons excite (InhPN)
    gate input = gate::multiply, output = gate::subtract;
    keeping state = keeping::normalised;   ///< of C
    bool normalised_current = false;       ///< batch norm on the current of PN
    bool gate_in_current = false;          ///< the input gate is a simple subtraction in the current of PN
    bool leaky = false;                    ///< a trained leak in place of the forget gate; IG have one too, and recur
    bool normalised_IG = false, normalised_OG = false, dropped_OG = false;
};
inline constexpr double keep_probability = 0.9;

namespace detail {
/// The lines of the Standard cell and of its variants, as functions: nvcc does not take nested lambdas in constant expressions.
template <form F>
struct standard_lines {
    static constexpr auto drive() {
        using namespace notation;
        if constexpr (F.inhibitory_principal) return W(X) - W(prev(PN));
        else return W(X) + W(prev(PN));
    }
    static constexpr auto forget() {
        using namespace notation;
        if constexpr (F.leaky) return logistic(leak + 1);
        else return f;
    }
    // Equations of PN come first: populations are named in the order of the shapes.
    static constexpr auto first() {
        using namespace notation;
        if constexpr (F.leaky) return system(current[PN] = batch_norm(drive() - W(prev(IG))));
        else return system(f[PN] = logistic(drive() + 1));
    }
    static constexpr auto input_gating() {
        using namespace notation;
        if constexpr (F.leaky)
            return system(IG = logistic(leak_I + 1) * prev(IG) + (1 - logistic(leak_I + 1)) * relu(drive() - W(prev(IG))));
        else if constexpr (F.normalised_IG) return system(current_IG[IG] = batch_norm(drive()), IG = relu(current_IG));
        else return system(IG = relu(drive()));
    }
    static constexpr auto output_gating() {
        using namespace notation;
        if constexpr (F.output == gate::none) return system();
        else if constexpr (F.normalised_OG) return system(current_OG[OG] = batch_norm(drive()), OG = relu(current_OG));
        else if constexpr (F.dropped_OG) return system(OG = relu(dropout(keep_probability, drive())));
        else return system(OG = relu(drive()));
    }
    static constexpr auto input_gate() {
        using namespace notation;
        if constexpr (F.gate_in_current || F.leaky) return system();
        else if constexpr (F.input == gate::multiply) return system(i[PN] = logistic(W(IG)));
        else return system(i[PN] = relu(W(IG)));
    }
    static constexpr auto output_gate() {
        using namespace notation;
        if constexpr (F.output == gate::none) return system();
        else if constexpr (F.output == gate::multiply) return system(o[PN] = logistic(W(OG)));
        else return system(o[PN] = relu(W(OG)));
    }
    static constexpr auto normalised_current() {
        using namespace notation;
        if constexpr (F.leaky) return system();
        else if constexpr (F.gate_in_current) return system(current[PN] = batch_norm(drive() - W(IG)));
        else if constexpr (F.normalised_current) return system(current[PN] = batch_norm(drive()));
        else return system();
    }
    static constexpr auto into_state() {
        if constexpr (F.normalised_current || F.gate_in_current || F.leaky) return notation::current;
        else return drive();
    }
    static constexpr auto candidate() {
        using namespace notation;
        if constexpr (F.leaky) return (1 - logistic(leak + 1)) * relu(into_state());
        else if constexpr (F.gate_in_current) return relu(into_state());
        else if constexpr (F.input == gate::subtract) return relu(into_state() - i);
        else if constexpr (F.inhibitory_principal) return i * relu(into_state());
        else return (1 - i) * relu(into_state());
    }
    static constexpr auto state() {
        using namespace notation;
        if constexpr (F.output == gate::none) return system();
        else if constexpr (F.state == keeping::normalised) return system(C[PN] = batch_norm(forget() * prev(C) + candidate()));
        else if constexpr (F.state == keeping::dropped)
            return system(C[PN] = dropout(keep_probability, forget() * prev(C) + candidate()));
        else return system(C[PN] = forget() * prev(C) + candidate());
    }
    static constexpr auto principal() {
        using namespace notation;
        if constexpr (F.output == gate::none) return system(PN = forget() * prev(PN) + candidate());
        else if constexpr (F.output == gate::multiply) return system(PN = (1 - o) * relu(C));
        else if constexpr (F.inhibitory_principal) return system(PN = relu(C + o - 1));
        else return system(PN = relu(C - o));
    }
};

template <bool NormalisedE, bool NormalisedI, bool Flip>
struct ei_lines {
    static constexpr auto drive() {
        using namespace notation;
        if constexpr (Flip) return W(X) - W(prev(E)) + W(prev(I_));
        else return W(X) + W(prev(E)) - W(prev(I_));
    }
    static constexpr auto current_of_E() {
        using namespace notation;
        if constexpr (NormalisedE) return system(current_E[E] = batch_norm(drive()));
        else return system(current_E[E] = drive());
    }
    static constexpr auto current_of_I() {
        using namespace notation;
        if constexpr (NormalisedI) return system(current_I[I_] = batch_norm(drive()));
        else return system();
    }
    static constexpr auto into_I() {
        if constexpr (NormalisedI) return notation::current_I;
        else return drive();
    }
    static constexpr auto rates() {
        using namespace notation;
        return system(I_ = logistic(leak_I + 1) * prev(I_) + (1 - logistic(leak_I + 1)) * relu(into_I()),
                      E  = logistic(leak + 1) * prev(E) + (1 - logistic(leak + 1)) * relu(current_E));
    }
};
}  // namespace detail

/// The Standard cell and its variants.
template <form F = form{}>
struct standard_cell {
    using lines = detail::standard_lines<F>;
    static constexpr auto equations =
        std::tuple_cat(lines::first(), lines::input_gating(), lines::output_gating(), lines::input_gate(), lines::output_gate(),
                       lines::normalised_current(), lines::state(), lines::principal());
};

/// f = sigma(W X + W PN + b + 1), IG and OG = [W X + W PN + b]_+, i = sigma(W IG + b), o = [W OG + b]_+,
/// C = BN(f C + (1 - i) [W X + W PN + b]_+), PN = [C - o]_+ (equation 2).
using standard = standard_cell<>;
using standard_inhibitory = standard_cell<form{.inhibitory_principal = true}>;       ///< InhPN
template <gate Input, gate Output>
using standard_gates = standard_cell<form{.input = Input, .output = Output}>;        ///< MulSub is Standard
using no_og_e_curr_bn = standard_cell<form{.output = gate::none, .normalised_current = true}>;
using no_og_e_curr_bn_ssub = standard_cell<form{.output = gate::none, .gate_in_current = true}>;
using no_og_e_curr_bn_ssub_sfg_recurr_i = standard_cell<form{.output = gate::none, .leaky = true}>;  ///< is StandardEI
using no_pn_cell_bn = standard_cell<form{.state = keeping::plain}>;
using pn_cell_drpt = standard_cell<form{.state = keeping::dropped}>;
using pn_cell_drpt_add_og_drpt = standard_cell<form{.state = keeping::dropped, .dropped_OG = true}>;
using add_ig_curr_bn = standard_cell<form{.normalised_IG = true}>;
using add_og_curr_bn = standard_cell<form{.normalised_OG = true}>;

/// StandardEI (equation 1): both currents read the step before; E alone projects on. `Flip`: InhPN, what E and I send changes sign.
template <bool NormalisedE = true, bool NormalisedI = false, bool Flip = false>
struct standard_ei_cell {
    using lines = detail::ei_lines<NormalisedE, NormalisedI, Flip>;
    static constexpr auto equations = std::tuple_cat(lines::current_of_E(), lines::current_of_I(), lines::rates());
};
using standard_ei = standard_ei_cell<>;
using standard_ei_inhibitory = standard_ei_cell<true, false, true>;
using ei_curr_bn_i_curr_bn = standard_ei_cell<true, true>;

}  // namespace EIRNN_NAMESPACE::multicell
