// What the plan finds in the equations: asserted while compiling, since a plan is a value.
#include <eirnn/cell/cells.hpp>
#include <eirnn/cell/direction.hpp>
#include <eirnn/cell/multicell.hpp>

#include "../catch.hpp"

using namespace eirnn;

TEST_CASE("the rate cell is one product, one part, one kept variable") {
    constexpr auto p = planned<rate<relu>>::plan;
    STATIC_REQUIRE(p.error == equations::flaw::none);
    STATIC_REQUIRE(p.operations.size == 1);
    STATIC_REQUIRE(p.operations[0].input);
    STATIC_REQUIRE(p.operations[0].parts.size == 1);
    STATIC_REQUIRE(p.operations[0].parts[0].run.size == 2);
    constexpr auto x = p.variables[0], r = p.variables[1];
    STATIC_REQUIRE(x.weighted);
    STATIC_REQUIRE(x.noisy);
    STATIC_REQUIRE_FALSE(x.traced);  // its derivative needs no value
    STATIC_REQUIRE(x.noise_home == 1);
    STATIC_REQUIRE(r.traced);        // its slope is told by its value
    STATIC_REQUIRE(r.arrives);
    STATIC_REQUIRE(r.computed_at_start);
    STATIC_REQUIRE_FALSE(x.computed_at_start);
}
TEST_CASE("a linear activation keeps the rate for the outer product only") {
    constexpr auto p = planned<rate<identity>>::plan;
    STATIC_REQUIRE(p.variables[1].needs[1] == equations::result_bit);
}

namespace gates {
using namespace eirnn::equations;
inline constexpr symbol<struct h> h;
inline constexpr symbol<struct z> z;
inline constexpr symbol<struct q> q;
inline constexpr input_symbol<struct u> u;
struct gru {
    static constexpr auto equations = system(
        z[h] = logistic(W(prev(h)) + W(u)),
        q[h] = logistic(W(prev(h)) + W(u)) * prev(h),
        h    = (1 - z) * prev(h) + z * hyperbolic_tangent(W(q) + W(u)));
};
}  // namespace gates

TEST_CASE("equations with the same sources share a product, a gate before a projection makes a second one") {
    constexpr auto p = planned<gates::gru>::plan;
    STATIC_REQUIRE(p.operations.size == 2);
    STATIC_REQUIRE(p.operations[0].parts.size == 2);
    STATIC_REQUIRE(p.operations[0].previous());
    STATIC_REQUIRE_FALSE(p.operations[1].previous());
    STATIC_REQUIRE(p.main == 0);
    STATIC_REQUIRE(p.variables[1].operand == 1);  // q lives where its product reads it
    STATIC_REQUIRE(p.variables[2].operand == 0);
    STATIC_REQUIRE(p.variables[2].adjoint);       // read element by element, too
    STATIC_REQUIRE(p.variables[1].input_stored);  // logistic is not the last operation of its equation
}

TEST_CASE("on a grid the adjoint of a gate that one equation of its segment reads is short-lived, and written first by that equation") {
    constexpr auto& p = planned<multicell::standard, equations::way::grid>::plan;
    enum { f, IG, OG, i, o, C, PN };
    REQUIRE(p.variables.size == 7);
    CHECK(p.variables[f].short_lived);
    // the others are read through weights, in the next step, or behind batch norm
    for (const int e : {IG, OG, C, PN}) CHECK_FALSE(p.variables[e].short_lived);
    for (const auto& a : p.variables[C].with) CHECK(a.first == (a.index == f));
    for (const auto& a : p.variables[PN].with) CHECK_FALSE(a.first);
    // without batch norm there is one segment, but C is carried on to the next step
    constexpr auto& q = planned<multicell::no_pn_cell_bn, equations::way::grid>::plan;
    CHECK(q.segments == 1);
    CHECK(q.variables[f].short_lived);
    CHECK_FALSE(q.variables[C].short_lived);
}

TEST_CASE("on a grid whether it is above 0 is all that is kept of what a relu makes for an equation that does not need its value") {
    enum { f, IG, OG, i, o, C, PN };
    constexpr auto& p = planned<multicell::standard, equations::way::grid>::plan;
    for (int e = 0; e < p.variables.size; ++e) CHECK(p.variables[e].sign_kept == (e == o));
    CHECK_FALSE(p.variables[o].traced);
    CHECK(p.variables[o].stored);  // a run may look at it
    for (const int e : {f, IG, OG, i, C, PN}) CHECK(p.variables[e].traced);
    // read by another equation, or through weights
    constexpr auto& q = planned<multicell::standard_gates<multicell::gate::subtract, multicell::gate::multiply>, equations::way::grid>::plan;
    for (const auto& v : q.variables) CHECK_FALSE(v.sign_kept);
    constexpr auto& r = planned<rate<relu>>::plan;
    for (const auto& v : r.variables) CHECK_FALSE(v.sign_kept);
}

namespace ends_normalised {
using namespace eirnn::equations;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct r> r;
inline constexpr input_symbol<struct X> X;
struct cell {
    static constexpr auto equations = system(c[r] = relu(W(X)), r = batch_norm(c));
};
}  // namespace ends_normalised

TEST_CASE("the last variable, which others read through weights, may not be normalised") {
    STATIC_REQUIRE(planned<ends_normalised::cell, equations::way::grid>::plan.error == equations::flaw::normalised_source);
}

namespace directions {
using namespace eirnn::equations;
using eirnn::notation::alpha;
inline constexpr symbol<struct x> x;
inline constexpr symbol<struct c> c;
inline constexpr symbol<struct r> r;
inline constexpr input_symbol<struct u> u;
struct behind_a_minus {
    static constexpr auto equations = system(x[r] = (1 - alpha) * prev(x) - alpha * W(prev(r)), r = relu(x));
};
struct by_a_variable {
    static constexpr auto equations = system(c[r] = softplus(W(prev(r)) + W(u)), x[r] = 0.5 * prev(x) - c / 2, r = relu(x));
};
struct twice {
    static constexpr auto equations = system(x[r] = prev(x) - (W(u) - W(prev(r))), r = relu(x));
};
struct divided {
    static constexpr auto equations = system(c[r] = softplus(W(prev(r))), r = 1 / (1 + exp(c)));
};
struct gated {
    static constexpr auto equations = system(c[r] = logistic(W(prev(r)) + W(u)), r = (1 - c) * prev(r) + c * relu(W(prev(r)) + W(u)));
};
template <class Cell>
constexpr bool falls(bool units, bool input) {
    constexpr auto s = subtracted_by<Cell>();
    return s.units == units && s.input == input;
}
}  // namespace directions

TEST_CASE("what a cell subtracts is found in its equations, as far as signs tell") {
    STATIC_REQUIRE(directions::falls<rate<relu>>(false, false));
    STATIC_REQUIRE(directions::falls<directions::behind_a_minus>(true, false));
    STATIC_REQUIRE(directions::falls<directions::by_a_variable>(true, true));
    STATIC_REQUIRE(directions::falls<directions::twice>(false, true));
    STATIC_REQUIRE(directions::falls<directions::divided>(true, false));
    STATIC_REQUIRE(directions::falls<directions::gated>(false, false));
    STATIC_REQUIRE(equations::directions_of<directions::gated>()[0] == equations::direction::unknown);
    STATIC_REQUIRE(equations::directions_of<directions::gated>()[1] == equations::direction::unknown);
}
