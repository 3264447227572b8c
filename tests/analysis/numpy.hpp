// What NumPy and SciPy made of small arrays: analyses.json, which tests/data/make_analyses.py writes.
#pragma once
#include "catch.hpp"

#include <eirnn/analysis/unit_series.hpp>
#include <eirnn/linalg/matrix.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

namespace numpy {

inline nlohmann::json load(const std::string& name) {
    std::ifstream in(EIRNN_TEST_DATA "/analyses.json");
    REQUIRE(in);
    return nlohmann::json::parse(in).at(name);
}
template <class T = double>
std::vector<T> flat(const nlohmann::json& j) {
    std::vector<T> v;
    const auto walk = [&](auto& self, const nlohmann::json& x) -> void {
        if (x.is_array())
            for (const auto& y : x) self(self, y);
        else
            v.push_back(x.get<T>());
    };
    walk(walk, j);
    return v;
}
inline eirnn::matrix<double> matrix_of(const nlohmann::json& j) {
    eirnn::matrix<double> m(static_cast<long>(j.size()), static_cast<long>(j.at(0).size()));
    m.data = flat(j);
    return m;
}
inline eirnn::analysis::unit_series series_of(const nlohmann::json& j) {
    const auto n = [](const nlohmann::json& x) { return static_cast<long>(x.size()); };
    eirnn::analysis::unit_series s(n(j), n(j.at(0)), n(j.at(0).at(0)));
    s.values = flat(j);
    return s;
}

/// Every number is there, and within `margin` of what is expected.
inline void check_near(const std::vector<double>& got, const std::vector<double>& expected, double margin = 1e-11) {
    REQUIRE(got.size() == expected.size());
    double worst = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
        REQUIRE(std::isfinite(got[k]));
        worst = std::max(worst, std::abs(got[k] - expected[k]) / std::max(1.0, std::abs(expected[k])));
    }
    CHECK(worst <= margin);
}
inline void check_near(const std::vector<double>& got, const nlohmann::json& expected, double margin = 1e-11) {
    check_near(got, flat(expected), margin);
}

}  // namespace numpy
