// The cells of Sun et al.: principal neurons (PN) with input-gating (IG) and output-gating (OG) interneurons, the simpler StandardEI cell,
// and every variant of the paper as a choice of lines. Equations: appendix A; what they leave open is as in the authors' code.
#pragma once
#include <eirnn/cell/cells.hpp>

#include <tuple>

namespace eirnn::multicell {

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

/// The Standard cell and its variants.
template <form F = form{}>
struct standard_cell {
    static constexpr auto equations = [] {
        using namespace notation;
        constexpr auto drive = [] {
            if constexpr (F.inhibitory_principal) return W(X) - W(prev(PN));
            else return W(X) + W(prev(PN));
        }();
        constexpr auto first = [=] {  // equations of PN come first: their populations are named in this order
            if constexpr (F.leaky) return system(current[PN] = batch_norm(drive - W(prev(IG))));
            else return system(f[PN] = logistic(drive + 1));
        }();
        constexpr auto forget = [=] {
            if constexpr (F.leaky) return logistic(leak + 1);
            else return f;
        }();
        constexpr auto input_gating = [=] {
            if constexpr (F.leaky)
                return system(IG = logistic(leak_I + 1) * prev(IG) + (1 - logistic(leak_I + 1)) * relu(drive - W(prev(IG))));
            else if constexpr (F.normalised_IG) return system(current_IG[IG] = batch_norm(drive), IG = relu(current_IG));
            else return system(IG = relu(drive));
        }();
        constexpr auto output_gating = [=] {
            if constexpr (F.output == gate::none) return system();
            else if constexpr (F.normalised_OG) return system(current_OG[OG] = batch_norm(drive), OG = relu(current_OG));
            else if constexpr (F.dropped_OG) return system(OG = relu(dropout(keep_probability, drive)));
            else return system(OG = relu(drive));
        }();
        constexpr auto gates = [=] {
            constexpr auto in = [=] {
                if constexpr (F.gate_in_current || F.leaky) return system();
                else if constexpr (F.input == gate::multiply) return system(i[PN] = logistic(W(IG)));
                else return system(i[PN] = relu(W(IG)));
            }();
            if constexpr (F.output == gate::none) return in;
            else if constexpr (F.output == gate::multiply) return std::tuple_cat(in, system(o[PN] = logistic(W(OG))));
            else return std::tuple_cat(in, system(o[PN] = relu(W(OG))));
        }();
        constexpr auto normalised = [=] {
            if constexpr (F.leaky) return system();
            else if constexpr (F.gate_in_current) return system(current[PN] = batch_norm(drive - W(IG)));
            else if constexpr (F.normalised_current) return system(current[PN] = batch_norm(drive));
            else return system();
        }();
        constexpr auto candidate = [=] {
            constexpr auto into = [=] {
                if constexpr (F.normalised_current || F.gate_in_current || F.leaky) return current;
                else return drive;
            }();
            if constexpr (F.leaky) return (1 - logistic(leak + 1)) * relu(into);
            else if constexpr (F.gate_in_current) return relu(into);
            else if constexpr (F.input == gate::subtract) return relu(into - i);
            else if constexpr (F.inhibitory_principal) return i * relu(into);
            else return (1 - i) * relu(into);
        }();
        constexpr auto result = [=] {
            if constexpr (F.output == gate::none) return system(PN = forget * prev(PN) + candidate);
            else {
                constexpr auto state = [=] {
                    constexpr auto next = forget * prev(C) + candidate;
                    if constexpr (F.state == keeping::normalised) return C[PN] = batch_norm(next);
                    else if constexpr (F.state == keeping::dropped) return C[PN] = dropout(keep_probability, next);
                    else return C[PN] = next;
                }();
                if constexpr (F.output == gate::multiply) return system(state, PN = (1 - o) * relu(C));
                else if constexpr (F.inhibitory_principal) return system(state, PN = relu(C + o - 1));
                else return system(state, PN = relu(C - o));
            }
        }();
        return std::tuple_cat(first, input_gating, output_gating, gates, normalised, result);
    }();
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
    static constexpr auto equations = [] {
        using namespace notation;
        constexpr auto drive = [] {
            if constexpr (Flip) return W(X) - W(prev(E)) + W(prev(I_));
            else return W(X) + W(prev(E)) - W(prev(I_));
        }();
        constexpr auto currents = [=] {
            constexpr auto e = [=] {
                if constexpr (NormalisedE) return current_E[E] = batch_norm(drive);
                else return current_E[E] = drive;
            }();
            if constexpr (NormalisedI) return system(e, current_I[I_] = batch_norm(drive));
            else return system(e);
        }();
        constexpr auto into_I = [=] {
            if constexpr (NormalisedI) return current_I;
            else return drive;
        }();
        return std::tuple_cat(currents, system(
            I_ = logistic(leak_I + 1) * prev(I_) + (1 - logistic(leak_I + 1)) * relu(into_I),
            E  = logistic(leak + 1) * prev(E) + (1 - logistic(leak + 1)) * relu(current_E)));
    }();
};
using standard_ei = standard_ei_cell<>;
using standard_ei_inhibitory = standard_ei_cell<true, false, true>;
using ei_curr_bn_i_curr_bn = standard_ei_cell<true, true>;

}  // namespace eirnn::multicell
