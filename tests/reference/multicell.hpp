// The multi-cell cases of the reference: one area, driven by a film, read out by the map of its principal neurons times given numbers.
#pragma once
#include "case.hpp"

#include "../catch.hpp"
#include "../linear_loss.hpp"

#include <eirnn/cell/multicell.hpp>
#include <eirnn/cell/plan_view.hpp>
#include <eirnn/model/engine.hpp>
#include <eirnn/model/maps.hpp>

#include <map>
#include <string>
#include <vector>

namespace reference {

/// Names of the variables of a case, by the index of their equation, and of what the weights of an equation drive.
struct naming {
    std::vector<std::string> variables, driven;
};
inline naming naming_of(const json& c) {
    const auto& o = c.at("options");
    if (c.at("kind") == "standard") return {{"f", "IG", "OG", "i", "o", "C", "PN"}, {"f", "IG", "OG", "i", "o", "PN", ""}};
    if (o.at("bn_i")) return {{"", "", "I", "E"}, {"E", "I", "", ""}};
    return {{"", "I", "E"}, {"E", "I", ""}};
}
/// The name of a tensor of the area in the case's lists, and the depthwise or pointwise part of it.
inline const json& find(const json& list, const naming& names, const eirnn::parameter_tensor& t) {
    using eirnn::tensor_role;
    const std::string to = names.driven[static_cast<std::size_t>(t.equation)];
    const bool standard = names.variables[0] == "f";
    switch (t.role) {
        case tensor_role::bias: return list.at("b_" + (t.equation == 3 ? "i" : t.equation == 4 ? "o" : to));
        case tensor_role::scale: return list.at(standard ? "gamma" : "gamma_" + to);
        case tensor_role::shift: return list.at(standard ? "beta" : "beta_" + to);
        case tensor_role::trained: return list.at(t.equation == 0 ? "f_I" : "f_E");
        default: break;
    }
    const std::string from = t.source < 0 ? "X" : names.variables[static_cast<std::size_t>(t.source)];
    const std::string post = standard && (t.equation == 3 || t.equation == 4) ? "PN" : to;
    return list.at(from + "_to_" + post).at(t.role == tensor_role::depthwise ? "depthwise" : "pointwise");
}

/// [frame][image][channel][row][column] to [frame][image][row][column][channel].
template <class T>
std::vector<T> channels_last(const std::vector<T>& v, long channels, long positions) {
    std::vector<T> out(v.size());
    for (std::size_t k = 0; k < v.size(); ++k) {
        const auto n = static_cast<long>(k), p = n % positions, c = n / positions % channels, i = n / positions / channels;
        out[static_cast<std::size_t>((i * positions + p) * channels + c)] = v[k];
    }
    return out;
}

/// The area of a case and its readout.
inline eirnn::layout layout_of(const json& c, const eirnn::equations::plan_view& plan) {
    using namespace eirnn;
    const json& o = c.at("options");
    const bool standard = c.at("kind") == "standard";
    const sign_rule rule = o.at("variant") == "no_constraint" ? sign_rule::free : sign_rule::absolute;
    const long side = o.at("H"), inputs = o.at("c_in");
    layout l;
    l.steps = static_cast<int>(o.at("T"));
    l.sum_over_steps = standard && o.at("readout") == "sum";
    const grid_entry image{side, side};
    l.images = {{-1, 0, inputs, image}};
    map_entry area;
    area.drivers = {{-1, 0, inputs, image}}, area.grid = image;
    area.channels = standard ? std::vector<long>{o.at("pn"), o.at("ig"), o.at("og")} : std::vector<long>{o.at("e"), o.at("i")};
    if (plan.shapes < 3) area.channels.resize(2);
    for (const auto& t : plan.terms) area.terms.push_back({t.equation, t.source, {}, rule, true, static_cast<int>(area.terms.size())});
    map_entry readout;
    const long outputs = area.channels[static_cast<std::size_t>(plan.variables[plan.output()].shape)];
    readout.drivers = {{0, 0, outputs, image}}, readout.grid = image, readout.channels = {outputs};
    readout.terms.push_back({0, -1, {kernel_form::pointwise, 1, 1}, sign_rule::free, true});
    l.maps = {area, readout};
    return l;
}

/// Compares what a network built for a case computes with the case.
template <class B>
void compare(const json& c, eirnn::runner<B>& net, const eirnn::layout& l, const eirnn::equations::plan_view& plan, double tolerance) {
    using namespace eirnn;
    using T = typename B::scalar;
    const naming names = naming_of(c);
    const grid_entry image = l.images.front().grid;
    const long channels = l.images.front().channels, positions = image.positions(), outputs = l.maps.back().channels[0];
    tensor_list<T> raw;
    for (const auto& t : net.parameters().tensors()) {
        if (t.area == 0) raw.push_back(flat<T>(find(c.at("params"), names, t)));
        else raw.emplace_back(static_cast<std::size_t>(t.size()));
        if (t.area == 1 && t.role == tensor_role::weights)
            for (long k = 0; k < outputs; ++k) raw.back()[static_cast<std::size_t>(k * outputs + k)] = 1;
    }
    net.parameters().check(raw, "case");
    net.parameters().upload(raw, &parameter_block<B>::raw);

    trial_batch<T> batch;
    batch.trials = c.at("options").at("B"), batch.frames = l.steps, batch.inputs = channels, batch.grid = image;
    batch.input = channels_last(flat<T>(c.at("inputs").at("X")), channels, positions);
    batch.target = channels_last(flat<T>(c.at("inputs").at("cotangent")), outputs, positions);

    std::vector<probe> probes;
    std::vector<std::string> probed;
    for (const auto& [state, unused] : c.at("states").items())
        for (std::size_t k = 0; k < names.variables.size(); ++k)
            if (names.variables[k] == state && plan.variables[static_cast<int>(k)].stored)
                probes.push_back({0, static_cast<int>(k), false}), probed.push_back(state);
    const auto r = net.run_trials(batch, {}, {}, {.probes = probes, .batch_statistics = true});
    for (std::size_t k = 0; k < probes.size(); ++k) {
        INFO("state " << probed[k]);
        const auto& state = c.at("states").at(probed[k]);
        const auto expected = channels_last(flat<double>(state), static_cast<long>(state.at(0).at(0).size()), positions);
        CHECK(distance(r.probed[k], expected) < tolerance);
    }
    const auto loss = erase_loss<linear::loss, identity_t, B>({}, 1);
    for (int twice = 0; twice < 2; ++twice) {  // the second time in memory that has been used
        const auto report = net.gradient_of(batch, {}, {1, 0}, loss, {});
        CHECK(report.loss == Approx(c.at("loss").get<double>()).epsilon(tolerance));
        const auto gradient = net.parameters().exported(&parameter_block<B>::gradient);
        for (std::size_t k = 0; k < gradient.size(); ++k) {
            const auto& t = net.parameters().tensors()[k];
            if (t.area != 0) continue;
            INFO("gradient of tensor " << k << ", role " << static_cast<int>(t.role) << ", equation " << t.equation << ", source "
                                       << t.source);
            const auto expected = flat<double>(find(c.at("grads"), names, t));
            double size = 0, difference = 0;  // a bias in front of a batch norm has gradient 0: compared absolutely
            for (std::size_t i = 0; i < expected.size(); ++i) {
                size = std::max(size, std::abs(expected[i]));
                difference = std::max(difference, std::abs(expected[i] - double(gradient[k][i])));
            }
            CHECK(difference < tolerance * std::max(size, 1.));
        }
    }
}

template <class Cell, class B>
void check_multicell(const std::string& name, double tolerance) {
    INFO(name << " on " << B::name());
    const json c = load(name);
    constexpr auto plan = eirnn::equations::plan_view_of<eirnn::planned<Cell, eirnn::equations::way::grid>>();
    const eirnn::layout l = layout_of(c, plan);
    constexpr auto grid = eirnn::equations::way::grid;
    eirnn::engine<B, eirnn::grid_area<eirnn::planned<Cell, grid>, B>, eirnn::grid_area<eirnn::planned<eirnn::readout_cell, grid>, B>> net(
        l, {}, {l.steps}, B());
    compare<B>(c, net, l, plan, tolerance);
}

/// All cases on one backend.
template <class B>
void check_multicell_cases(double tolerance) {
    using namespace eirnn::multicell;
    check_multicell<standard, B>("standard", tolerance);
    check_multicell<standard, B>("standard_sum_t", tolerance);
    check_multicell<standard_inhibitory, B>("standard_inh_pn", tolerance);
    check_multicell<standard, B>("standard_no_constraint", tolerance);
    check_multicell<standard_cell<form{.input = gate::subtract, .state = keeping::plain}>, B>("standard_sub_sub_no_bn", tolerance);
    check_multicell<standard_gates<gate::multiply, gate::multiply>, B>("standard_mul_mul", tolerance);
    check_multicell<standard_ei, B>("standard_ei", tolerance);
    check_multicell<ei_curr_bn_i_curr_bn, B>("standard_ei_bn_i", tolerance);
    check_multicell<standard_ei_inhibitory, B>("standard_ei_inh_pn", tolerance);
}

}  // namespace reference
