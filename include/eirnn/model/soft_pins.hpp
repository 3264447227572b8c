// Weights that are pulled towards given values while a network is trained.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/linalg/matrix.hpp>
#include <eirnn/model/parameters.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Soft pins: a penalty strength * sum of importance (w - value)^2 over the effective weights of an array that are trained (Yang &
/// Molano-Mazon 2021, equation 44, with strength as its beta and importance as its M), given by calls, one for each array:
///     objective{.pins = soft_pins{}.pull("W_rec", m.effective()["W_rec"], 0.1)}
/// Weights that shall not move at all are `training_options::frozen`.
class soft_pins {
public:
    /// Pulls the weights of the array of this name towards `values`, which has its shape ([post][pre], of kernels the rest beside each
    /// other, as a weight_set has them). `importance`: of each weight, 0 or more; empty: 1. Throws invalid_argument if a number is not
    /// finite or negative, if shapes differ, or if the array is pulled already.
    template <class T>
    soft_pins& pull(std::string array, const matrix<T>& values, double strength, const matrix<T>& importance = matrix<T>()) & {
        const auto sizes = [](const matrix<T>& m) { return std::to_string(m.rows) + " x " + std::to_string(m.cols); };
        for (std::size_t k = 0; k < count_; ++k)
            detail::require(name(k) != array, "an array is pulled twice", "soft_pins::pull", "one call for each array", array,
                            "add the strengths, and pull towards the weighted mean");
        detail::require(is_finite(strength) && strength >= 0, "a pull is not negative", "soft_pins::pull", "0 or more",
                        std::to_string(strength), "set how strongly weights are held");
        const bool all_alike = importance.data.empty();
        detail::require(all_alike || (importance.rows == values.rows && importance.cols == values.cols),
                        "importance has another shape than the values", "soft_pins::pull", sizes(values), sizes(importance),
                        "give one number for each weight, or none");
        std::vector<double> all = numbers_;
        all.resize(all.size() + 2 + 2 * values.data.size());
        double* to = all.data() + numbers_.size();
        *to++ = static_cast<double>(values.rows), *to++ = static_cast<double>(values.cols);
        for (std::size_t k = 0; k < values.data.size(); ++k) {
            const double x = static_cast<double>(values.data[k]), m = all_alike ? 1. : static_cast<double>(importance.data[k]);
            detail::require(is_finite(x) && is_finite(m) && m >= 0, "a value or its importance is no number that can hold a weight",
                            "soft_pins::pull", "finite numbers, importance 0 or more", array + ", number " + std::to_string(k),
                            "correct it before handing it in");
            *to++ = x, *to++ = strength * m;
        }
        names_ += array + '\n';
        numbers_.swap(all);
        ++count_;
        return *this;
    }
    template <class T>
    soft_pins pull(std::string array, const matrix<T>& values, double strength, const matrix<T>& importance = matrix<T>()) && {
        return std::move(pull(std::move(array), values, strength, importance));
    }

    /// How many arrays are pulled, and of each its name, rows and columns.
    std::size_t size() const { return count_; }
    std::string name(std::size_t k) const {
        std::size_t begin = 0;
        for (; k > 0; --k) begin = names_.find('\n', begin) + 1;
        return names_.substr(begin, names_.find('\n', begin) - begin);
    }
    long rows(std::size_t k) const { return static_cast<long>(numbers_[first(k)]); }
    long columns(std::size_t k) const { return static_cast<long>(numbers_[first(k) + 1]); }
    /// Of number i of array k the value, and how strongly the weight is pulled there: strength times importance.
    double value(std::size_t k, std::size_t i) const { return numbers_[first(k) + 2 + 2 * i]; }
    double pull(std::size_t k, std::size_t i) const { return numbers_[first(k) + 3 + 2 * i]; }
    friend bool operator==(const soft_pins&, const soft_pins&) = default;

private:
    std::size_t first(std::size_t k) const {
        std::size_t n = 0;
        for (; k > 0; --k) n += 2 + 2 * static_cast<std::size_t>(numbers_[n] * numbers_[n + 1]);
        return n;
    }
    // Few types: every program that trains compiles them.
    std::string names_;            // a line each
    std::vector<double> numbers_;  // of each array rows, columns, and for each weight the value and its pull
    std::size_t count_ = 0;
};

}  // namespace EIRNN_NAMESPACE
