// A case of the reference: parameters, inputs, every state, loss and gradients, as an independent program wrote them in float64.
#pragma once
#include "../dense_engine.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace reference {
using nlohmann::json;
using eirnn::matrix;

/// The folder of the cases: EIRNN_REFERENCE_CASES where it is set, else those in the tree.
inline std::filesystem::path folder() {
    if (const char* p = std::getenv("EIRNN_REFERENCE_CASES")) return p;
    return EIRNN_TEST_DATA;
}
inline json load(const std::string& name) {
    const auto path = folder() / (name + ".json");
    std::ifstream in(path);
    if (!in) throw std::runtime_error("no reference case at " + path.string());
    return json::parse(in);
}
template <class T>
std::vector<T> flat(const json& j) {
    std::vector<T> v;
    const auto walk = [&](auto& self, const json& x) -> void {
        if (x.is_array()) for (const auto& y : x) self(self, y);
        else v.push_back(x.get<T>());
    };
    walk(walk, j);
    return v;
}
template <class T>
matrix<T> matrix_of(const json& j) {
    matrix<T> m(static_cast<long>(j.size()), static_cast<long>(j.at(0).size()));
    m.data = flat<T>(j);
    return m;
}

/// The network of a rate case as a layout.
inline eirnn::layout layout_of(const json& c) {
    using namespace eirnn;
    const auto& o = c.at("options");
    const long E = o.at("n_exc"), I = o.at("n_inh"), N = E + I, in = o.at("n_in"), out = o.at("n_out");
    const std::string positive = o.at("positive");
    const sign_rule rule = positive == "free" ? sign_rule::free : positive == "abs" ? sign_rule::absolute : sign_rule::rectify;
    const auto M = matrix_of<double>(c.at("structure").at("M_rec")), F = matrix_of<double>(c.at("structure").at("W_rec_fixed")),
               M_out = matrix_of<double>(c.at("structure").at("M_out"));
    const auto D = flat<double>(c.at("structure").at("D"));
    const auto make = [&](long posts, long pres) {
        connectivity k;
        k.plastic = matrix<std::uint8_t>(posts, pres, 1);
        k.fixed = matrix<double>(posts, pres);
        k.sign = matrix<signed char>(posts, pres, 1);
        k.rule = matrix<sign_rule>(posts, pres, rule);
        return k;
    };
    layout l;
    l.units = N, l.inputs = in, l.outputs = out;
    l.populations = {{0, E, 0, positive == "free" ? polarity::free : polarity::excitatory, false}};
    if (I > 0) l.populations.push_back({E, I, 0, polarity::inhibitory, true});
    l.recurrent = make(N, N), l.input = make(N, in), l.output = make(out, N);
    for (long i = 0; i < N; ++i)
        for (long j = 0; j < N; ++j) {
            l.recurrent.plastic(i, j) = M(i, j) != 0;
            l.recurrent.fixed(i, j) = F(i, j);
            l.recurrent.sign(i, j) = D[static_cast<std::size_t>(j)] < 0 ? -1 : 1;
        }
    for (long k = 0; k < out; ++k)
        for (long j = 0; j < N; ++j) {
            l.output.plastic(k, j) = M_out(k, j) != 0;
            l.output.sign(k, j) = D[static_cast<std::size_t>(j)] < 0 ? -1 : 1;
        }
    return l;
}
template <class T>
eirnn::weight_set<T> weights_of(const json& p) {
    eirnn::weight_set<T> w;
    for (const char* name : {"W_in", "W_rec", "b_rec", "W_out", "b_out", "x0"}) {
        const auto& a = p.at(name);
        std::vector<std::uint64_t> shape{a.size()};
        if (name[0] == 'W') shape.push_back(static_cast<std::uint64_t>(matrix_of<T>(a).cols));
        w.tensors.emplace_back(name, shape, flat<T>(a));
    }
    return w;
}
template <class T>
eirnn::trial_batch<T> batch_of(const json& c, double dt) {
    const auto& o = c.at("options");
    eirnn::trial_batch<T> b(o.at("B"), o.at("T"), o.at("n_in"), o.at("n_out"), dt);
    b.input = flat<T>(c.at("inputs").at("u"));
    b.target = flat<T>(c.at("inputs").at("target"));
    b.mask = flat<T>(c.at("inputs").at("mask"));
    return b;
}
/// Largest difference relative to the largest number of the expected array.
template <class T>
double distance(const std::vector<T>& got, const std::vector<double>& expected) {
    if (got.size() != expected.size()) return 1e300;
    double worst = 0, scale = 1e-300;
    for (std::size_t k = 0; k < got.size(); ++k) {
        worst = std::max(worst, std::abs(double(got[k]) - expected[k]));
        scale = std::max(scale, std::abs(expected[k]));
    }
    return worst / scale;
}

}  // namespace reference
