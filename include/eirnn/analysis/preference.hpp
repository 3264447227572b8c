// Conditions as every unit sees them: relative to the choice that it prefers (Mante et al. 2013; Song et al. 2016, Fig 4).
#pragma once
#include <eirnn/analysis/condition_averages.hpp>
#include <eirnn/analysis/conditions.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// +1 for a unit that prefers choice 1 (d' > 0), else -1.
inline std::vector<int> preferred_choice(std::span<const double> d_prime) {
    std::vector<int> sign;
    for (const double d : d_prime) sign.push_back(d > 0 ? 1 : -1);
    return sign;
}

namespace detail {
inline void require_preferences(std::span<const int> preferred, long units, const char* where) {
    const bool signs = std::all_of(preferred.begin(), preferred.end(), [](int s) { return s == 1 || s == -1; });
    if (static_cast<long>(preferred.size()) != units || !signs)
        throw invalid_argument({"every unit needs a preferred choice", where, std::to_string(units) + " numbers, +1 or -1",
                                std::to_string(preferred.size()) + (signs ? " numbers" : " numbers, others among them"),
                                "take preferred_choice of d'"});
}
}  // namespace detail

/// A variable of a task by which trials are sorted: its column in the table of conditions, and whether its sign is turned for units that
/// prefer the other choice, so that positive always means towards the preferred one.
struct sorting_variable {
    long column = 0;
    bool by_preference = false;
};

/// Averages by what the sorting variables were.
struct sorted_averages {
    matrix<double> value;         ///< [group][variable], as the units see them
    condition_averages averages;  ///< [group][sample][unit]
};

/// Merges conditions that agree in the sorting variables, trial by trial and not average by average. `table` is [condition][column]; of its
/// conditions only the `included` ones count, for example those with a correct choice. Where a unit has no trial of a group, it is missing.
inline sorted_averages sort_by_preference(const condition_averages& by_condition, const matrix<double>& table,
                                          std::span<const int> preferred, const std::vector<sorting_variable>& variables,
                                          std::span<const long> included) {
    const long units = by_condition.mean.units, samples = by_condition.mean.samples;
    detail::require_preferences(preferred, units, "sort_by_preference");
    detail::require_indices(included, by_condition.mean.series, "sort_by_preference", "condition");
    if (table.rows != by_condition.mean.series || variables.empty())
        throw invalid_argument({"the table does not say what every condition was", "sort_by_preference",
                                std::to_string(by_condition.mean.series) + " rows, one variable or more",
                                std::to_string(table.rows) + " rows, " + std::to_string(variables.size()) + " variables",
                                "pass the table that the conditions were grouped by"});
    std::vector<long> columns;
    for (const auto& v : variables) columns.push_back(v.column);
    const matrix<double> values = select_columns(table, columns);

    // Only signs that a unit has: a group that nobody sees would be a row of nothing.
    std::vector<int> signs;
    for (const int s : {1, -1})
        if (std::find(preferred.begin(), preferred.end(), s) != preferred.end()) signs.push_back(s);
    const auto n = static_cast<long>(included.size());
    matrix<double> seen(n * static_cast<long>(signs.size()), values.cols);
    for (std::size_t s = 0; s < signs.size(); ++s)
        for (long c = 0; c < n; ++c)
            for (long v = 0; v < values.cols; ++v)
                seen(static_cast<long>(s) * n + c, v) = values(included[static_cast<std::size_t>(c)], v) *
                                                        (variables[static_cast<std::size_t>(v)].by_preference ? signs[s] : 1);
    const condition_groups groups = group_rows(seen);

    const long count = groups.value.rows;
    std::vector<running_moments> cells(static_cast<std::size_t>(count * samples * units));
    for (std::size_t s = 0; s < signs.size(); ++s)
        for (long c = 0; c < n; ++c) {
            const long group = groups.group[static_cast<std::size_t>(static_cast<long>(s) * n + c)];
            for (long k = 0; k < samples; ++k)
                for (long u = 0; u < units; ++u)
                    if (preferred[static_cast<std::size_t>(u)] == signs[s])
                        cells[static_cast<std::size_t>((group * samples + k) * units + u)].add(
                            by_condition.moments_at(included[static_cast<std::size_t>(c)], k, u));
        }
    return {groups.value, detail::averages_of(cells, count, samples, units)};
}

/// Sorts by all conditions.
inline sorted_averages sort_by_preference(const condition_averages& by_condition, const matrix<double>& table,
                                          std::span<const int> preferred, const std::vector<sorting_variable>& variables) {
    std::vector<long> all(static_cast<std::size_t>(by_condition.mean.series));
    for (std::size_t c = 0; c < all.size(); ++c) all[c] = static_cast<long>(c);
    return sort_by_preference(by_condition, table, preferred, variables, all);
}

}  // namespace EIRNN_NAMESPACE::analysis
