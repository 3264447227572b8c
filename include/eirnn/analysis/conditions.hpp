// Which trials belong together: a table of what each trial was, and the distinct rows in it.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE::analysis {

/// The label of a trial that belongs to no condition.
inline constexpr long no_condition = -1;

/// A table [row][column] from its columns, which must have one length.
inline matrix<double> table_of(const std::vector<std::vector<double>>& columns) {
    const auto rows = columns.empty() ? std::size_t{0} : columns.front().size();
    matrix<double> table(static_cast<long>(rows), static_cast<long>(columns.size()));
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].size() != rows)
            throw invalid_argument({"the columns of a table differ in length", "table_of, column " + std::to_string(c),
                                    std::to_string(rows), std::to_string(columns[c].size()), "give every trial every variable"});
        for (std::size_t k = 0; k < rows; ++k) table(static_cast<long>(k), static_cast<long>(c)) = columns[c][k];
    }
    return table;
}

/// Some of the columns, in the given order.
inline matrix<double> select_columns(const matrix<double>& table, std::span<const long> columns) {
    matrix<double> out(table.rows, static_cast<long>(columns.size()));
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c] < 0 || columns[c] >= table.cols)
            throw invalid_argument({"a table has no such column", "select_columns", "0 .. " + std::to_string(table.cols - 1),
                                    std::to_string(columns[c]), "count columns from 0"});
        for (long k = 0; k < table.rows; ++k) out(k, static_cast<long>(c)) = table(k, columns[c]);
    }
    return out;
}

/// The rows that have the value in the column.
inline std::vector<long> rows_where(const matrix<double>& table, long column, double value) {
    const long columns[] = {column};
    const matrix<double> values = select_columns(table, columns);
    std::vector<long> rows;
    for (long k = 0; k < table.rows; ++k)
        if (values(k, 0) == value) rows.push_back(k);
    return rows;
}

/// The distinct rows of a table, and which of them every row is.
struct condition_groups {
    matrix<double> value;     ///< [group][column], sorted by the first column, then the second, ...
    std::vector<long> group;  ///< of every row
};

/// Throws invalid_argument for a number that is not finite.
inline condition_groups group_rows(const matrix<double>& table) {
    if (const long bad = first_not_finite(table.data); bad >= 0)
        throw invalid_argument({"a condition is not a finite number", "group_rows", "finite numbers",
                                "NaN or infinity in row " + std::to_string(bad / table.cols), "leave such trials out of the table"});
    const auto row = [&](long k) {
        std::vector<double> r(table.data.begin() + k * table.cols, table.data.begin() + (k + 1) * table.cols);
        for (double& v : r) v += 0.0;  // -0 and 0 are one condition
        return r;
    };
    std::map<std::vector<double>, long> found;
    for (long k = 0; k < table.rows; ++k) found.emplace(row(k), 0);
    condition_groups out{matrix<double>(static_cast<long>(found.size()), table.cols), {}};
    long next = 0;
    for (auto& [values, place] : found) {
        std::copy(values.begin(), values.end(), out.value.data.begin() + next * table.cols);
        place = next++;
    }
    for (long k = 0; k < table.rows; ++k) out.group.push_back(found.at(row(k)));
    return out;
}

/// Percent of the trials of every condition that were correct; NaN for one without trials. Trials of no condition do not count.
inline std::vector<double> percent_correct_by(std::span<const long> condition, std::span<const int> correct, long conditions) {
    if (condition.size() != correct.size())
        throw invalid_argument({"every trial needs a condition and a score", "percent_correct_by", std::to_string(condition.size()),
                                std::to_string(correct.size()), "pass arrays of one length"});
    std::vector<double> hits(static_cast<std::size_t>(conditions), 0), trials(hits);
    for (std::size_t k = 0; k < condition.size(); ++k) {
        if (condition[k] == no_condition) continue;
        if (condition[k] < 0 || condition[k] >= conditions)
            throw invalid_argument({"a trial has a condition that is not there", "percent_correct_by, trial " + std::to_string(k),
                                    "-1 .. " + std::to_string(conditions - 1), std::to_string(condition[k]), "count conditions from 0"});
        trials[static_cast<std::size_t>(condition[k])] += 1;
        hits[static_cast<std::size_t>(condition[k])] += correct[k] != 0 ? 1 : 0;
    }
    for (std::size_t c = 0; c < hits.size(); ++c) hits[c] *= 100 / trials[c];
    return hits;
}

}  // namespace EIRNN_NAMESPACE::analysis
