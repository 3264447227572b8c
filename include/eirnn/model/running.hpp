// Statistics of batch norm: of a batch, where its tiles meet; running ones, as they follow and as lists of numbers.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/kernels/grid.hpp>
#include <eirnn/model/normalised.hpp>
#include <eirnn/model/parameter_set.hpp>
#include <eirnn/model/schedule.hpp>

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
template <class B>
auto running_of(const normalised_variables<B>& a, int e) {
    using T = typename B::scalar;
    const long n = a[e].rows, ld = a[e].ld;
    std::vector<T> host(static_cast<std::size_t>(a[e].running.size())), values;
    a[e].running.download(host.data(), a[e].running.size());
    for (long s = 0; s < 2 * a.own_steps(); ++s)
        for (long k = 0; k < n; ++k) values.push_back(host[static_cast<std::size_t>(s * ld + k)]);
    return values;
}
/// Throws invalid_argument unless list number `which` of `all` can be those of normalised variable `e`.
template <class B, class T>
void require_running(const normalised_variables<B>& a, int e, const std::vector<std::vector<T>>& all, std::size_t which) {
    const auto n = static_cast<std::size_t>(a[e].rows), size = 2 * static_cast<std::size_t>(a.own_steps()) * n;
    require(which < all.size() && all[which].size() == size, "running statistics do not fit the network", "set_running_statistics",
            std::to_string(size), which < all.size() ? std::to_string(all[which].size()) : "none", "use those of this network");
    for (std::size_t k = 0; k < size; ++k) {
        const T x = all[which][k];
        const bool variance = k / n % 2 == 1;
        if (!is_finite(x) || (variance && x < 0))
            throw invalid_argument({"a running statistic makes no sense", "set_running_statistics",
                                    variance ? "a variance, >= 0" : "a finite mean", std::to_string(double(x)), "use those of a trained network"});
    }
}
template <class B, class T>
void set_running(normalised_variables<B>& a, int e, const std::vector<T>& values) {
    const long n = a[e].rows, ld = a[e].ld;
    std::vector<T> host(static_cast<std::size_t>(2 * a.own_steps() * ld));
    for (long k = 0; k < 2 * a.own_steps() * n; ++k)
        host[static_cast<std::size_t>(k / n * ld + k % n)] = values[static_cast<std::size_t>(k)];
    a[e].running.upload(host.data(), static_cast<long>(host.size()));
}

template <class B>
void use_running(B& b, const normalised_variables<B>& a, int e) {
    for (long s = 1; s <= a.steps(); ++s) b.for_index(a[e].rows, kernels::use_running_statistics<typename B::scalar>{a.at(e, s)});
}

/// Where the sums of all tiles lie that become the statistics of a batch.
template <class T>
struct sums_of_tiles {
    const T* memory;      ///< of the first tile
    long tiles, stride;
    double columns;       ///< of all tiles
};
/// How running statistics follow: gradient steps with this one, their share in the long run. 0 steps: not at all.
struct following {
    std::uint64_t steps = 0;
    double long_run = 0;
    // Statistics that the time steps share follow each of them.
    template <class B>
    double share(const normalised_variables<B>& a, long step) const {
        if (steps == 0) return 0;
        const auto per_run = static_cast<std::uint64_t>(a.steps());
        return running_share_of(a.own_steps() == 1 ? (steps - 1) * per_run + static_cast<std::uint64_t>(step) : steps, long_run);
    }
};

/// All tiles have met: statistics of a normalised variable become scale and shift, or its adjoint's way back.
template <class B>
void meet(B& b, parameter_set<B>& parameters, const normalised_variables<B>& a, const stage& s,
          const sums_of_tiles<typename B::scalar>& where, following f) {
    using T = typename B::scalar;
    a.each([&](int e) {
        if (a.plan.variables[e].segment != (s.what == doing::forward ? s.segment - 1 : s.segment)) return;
        const kernels::tile_sums<T> sums{where.memory + a[e].statistics.offset, where.tiles, where.stride, a[e].ld};
        const auto norm = a.at(e, s.step);
        const long n = a[e].rows, column = a.own_step(s.step);
        if (s.what == doing::forward)
            b.for_index(n, kernels::finish_statistics<T>{norm, sums, where.columns, f.share(a, s.step)});
        else
            b.for_index(n,
                        kernels::finish_adjoint<T>{norm, sums, where.columns, parameters.partial(0, a[e].gamma_block).column(column).data,
                                                   parameters.partial(0, a[e].beta_block).column(column).data});
    });
}

}  // namespace detail

}  // namespace EIRNN_NAMESPACE
