// Running statistics of batch norm between the memory of an area and lists of numbers.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/model/grid_area.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The share of a batch in the running statistics of batch norm in the long run, as in the authors' code.
inline constexpr double long_run_share = 0.003;

namespace detail {

/// The share of update number `n` (from 1): statistics are the plain mean over all updates until 1 / n has fallen to `long_run`. Where they
/// begin, mean 0 and variance 1, so leaves no trace after the first update.
constexpr double running_share_of(std::uint64_t n, double long_run) {
    const double share = n > 0 ? 1 / static_cast<double>(n) : 1;
    return share > long_run ? share : long_run;
}

/// Those of normalised variable `e`: [step][mean, variance][unit].
template <class A>
auto running_of(const A& a, int e) {
    using T = typename A::T;
    const long n = a.rows[a.shape_of(e)], ld = a.ld[a.shape_of(e)];
    std::vector<T> host(static_cast<std::size_t>(a.running[e].size())), values;
    a.running[e].download(host.data(), a.running[e].size());
    for (long s = 0; s < 2 * a.norm_steps; ++s)
        for (long k = 0; k < n; ++k) values.push_back(host[static_cast<std::size_t>(s * ld + k)]);
    return values;
}
/// Throws invalid_argument unless list number `which` of `all` can be those of normalised variable `e`.
template <class A, class T>
void require_running(const A& a, int e, const std::vector<std::vector<T>>& all, std::size_t which) {
    const auto n = static_cast<std::size_t>(a.rows[a.shape_of(e)]), size = 2 * static_cast<std::size_t>(a.norm_steps) * n;
    require(which < all.size() && all[which].size() == size, "running statistics do not fit the network", "set_running_statistics",
            std::to_string(size), which < all.size() ? std::to_string(all[which].size()) : "none", "use those of this network");
    for (std::size_t k = 0; k < size; ++k) {
        const T x = all[which][k];
        const bool variance = k / n % 2 == 1;
        if (!is_finite(x) || (variance && x < 0))
            throw invalid_argument({"a running statistic makes no sense", "set_running_statistics",
                                    variance ? "a variance, >= 0" : "a finite mean", std::to_string(x), "use those of a trained network"});
    }
}
template <class A, class T>
void set_running(A& a, int e, const std::vector<T>& values) {
    const long n = a.rows[a.shape_of(e)], ld = a.ld[a.shape_of(e)];
    std::vector<T> host(static_cast<std::size_t>(2 * a.norm_steps * ld));
    for (long k = 0; k < 2 * a.norm_steps * n; ++k)
        host[static_cast<std::size_t>(k / n * ld + k % n)] = values[static_cast<std::size_t>(k)];
    a.running[e].upload(host.data(), static_cast<long>(host.size()));
}

}  // namespace detail

}  // namespace EIRNN_NAMESPACE
