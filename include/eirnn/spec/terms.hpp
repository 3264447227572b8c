// The terms of an area's equations with what the projections say about each: read by the rules, by lowering and by the description.
#pragma once
#include <eirnn/spec/facts.hpp>

namespace EIRNN_NAMESPACE {

/// W(source) in one equation of an area on a grid. W(X) of an area with several drivers is one for each of them.
struct term_facts {
    int number = 0;  ///< among the terms of the cell
    equations::term term;
    endpoint source;            ///< the population or input that it reads
    int target = 0;             ///< the population that it drives
    kernel_facts kernel;
    sign_rule rule = sign_rule::rectify;
    polarity sign = polarity::free;  ///< of what the source sends
    bool self = true;           ///< channels may connect to themselves at the centre of the kernel
    int projection = -1;        ///< the one that is about it, -1 if none is
    int driver = 0;             ///< of what comes from below: which of the area's drivers it reads

    constexpr bool from_below() const { return term.source < 0; }
};

namespace detail {

constexpr bool covers(endpoint e, int index) { return e.is_units() && e.begin <= index && index < e.end(); }

constexpr bool is_driver(const network_facts& net, const projection_facts& p, int area) {
    const area_facts& a = net.areas[static_cast<std::size_t>(area)];
    return (p.where == place::input || p.where == place::long_range) && p.target.is_units() && p.target.begin < a.first + a.count &&
           a.first < p.target.end();
}

/// How many projections lead into an area.
constexpr int drivers_of(const network_facts& net, int area) {
    int n = 0;
    for (const projection_facts& p : net.projections) n += is_driver(net, p, area);
    return n;
}
/// The projection of one of them.
constexpr int driver_of(const network_facts& net, int area, int driver) {
    for (std::size_t i = 0; i < net.projections.size(); ++i)
        if (is_driver(net, net.projections[i], area) && driver-- == 0) return static_cast<int>(i);
    return -1;
}

/// The projection in an area's wiring that is about a pair of populations, -1 if none is.
constexpr int wiring_about(const network_facts& net, int target, int source) {
    for (std::size_t i = 0; i < net.projections.size(); ++i) {
        const projection_facts& p = net.projections[i];
        if (p.where == place::local && covers(p.target, target) && covers(p.source, source)) return static_cast<int>(i);
    }
    return -1;
}

}  // namespace detail

/// The kernel of a projection that drives an area.
constexpr kernel_facts driving_kernel(const network_facts& net, const projection_facts& p, int area) {
    if (net.from_units(p)) return {kernel_facts::form::enlarged, 1, 1};
    return p.kernel.given() ? p.kernel : net.areas[static_cast<std::size_t>(area)].kernel;
}

constexpr map_facts map_of_area(const network_facts& net, int area);
/// The map of what leaves an area, or enters by an input.
constexpr map_facts map_of_source(const network_facts& net, endpoint source) {
    if (source.what == endpoint::kind::input) return net.inputs[static_cast<std::size_t>(source.begin)].map;
    const int area = net.populations[static_cast<std::size_t>(source.begin)].area;
    return map_of_area(net, area).every(net.areas[static_cast<std::size_t>(area)].pooling.stride);
}
/// The map of an area: what its first driver without a delay leaves of its own.
constexpr map_facts map_of_area(const network_facts& net, int area) {
    for (const projection_facts& p : net.projections)
        if (detail::is_driver(net, p, area) && p.delay == 0) return driving_kernel(net, p, area).reached(map_of_source(net, p.source));
    return {};
}

/// Number of terms of an area that something drives.
constexpr int terms_of_area(const network_facts& net, int area) {
    int n = 0;
    for (const equations::term& t : net.areas[static_cast<std::size_t>(area)].equations.terms)
        n += t.source < 0 ? detail::drivers_of(net, area) : 1;
    return n;
}
/// Term number `index` of such an area: those of its cell as written, in place of each W(X) one for each driver.
constexpr term_facts term_at(const network_facts& net, int area, int index) {
    const area_facts& a = net.areas[static_cast<std::size_t>(area)];
    term_facts t;
    const int drivers = detail::drivers_of(net, area);
    const auto entries = [&] { return a.equations.terms[static_cast<std::size_t>(t.number)].source < 0 ? drivers : 1; };
    for (; index >= entries(); ++t.number) index -= entries();
    t.term = a.equations.terms[static_cast<std::size_t>(t.number)];
    t.driver = index;
    t.target = a.first + t.term.shape;
    if (t.from_below()) {
        t.projection = detail::driver_of(net, area, t.driver);
        const projection_facts& p = net.projections[static_cast<std::size_t>(t.projection)];
        t.source = p.source;
        t.kernel = driving_kernel(net, p, area);
    } else {
        t.source = {endpoint::kind::population, a.first + t.term.source_shape, 1};
        t.projection = detail::wiring_about(net, t.target, t.source.begin);
        t.kernel = a.kernel.inside();
    }
    const projection_facts p = t.projection < 0 ? projection_facts{} : net.projections[static_cast<std::size_t>(t.projection)];
    const bool input = p.where == place::input;
    if (!t.from_below() && p.kernel.given()) t.kernel = p.kernel;
    const polarity natural = input ? polarity::excitatory : net.populations[static_cast<std::size_t>(t.source.begin)].sign;
    t.rule = weight_sign_of(net, p, t.source.begin).rule;
    t.sign = t.rule == sign_rule::free ? polarity::free : p.sign_given ? p.sign : natural;
    t.self = !p.no_self || t.from_below() || t.source.begin != t.target;
    return t;
}

}  // namespace EIRNN_NAMESPACE
