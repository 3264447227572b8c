// Effective weights from elsewhere against a network: names, shapes, signs, masks and fixed weights, and back to raw weights.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/io/json.hpp>
#include <eirnn/io/weight_arrays.hpp>
#include <eirnn/model/identity.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

/// An array of a model, what may stand in it, and what has been read for it.
struct weight_slot {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::vector<weight_rule> rules = {};                 ///< of every entry; empty: any finite number
    const std::vector<named_range>*posts = nullptr, *pres = nullptr;  ///< whose names the rows have, and the columns of a matrix
    bool scaled = false;                                 ///< one factor may stand before all fixed weights
    bool variances = false;                              ///< [step][mean, variance][unit]
    bool found = false;
    double precision = 1e-12;  ///< relative, of the least precise array that was read
    std::vector<double> effective = {}, raw = {};

    std::size_t size() const {
        std::size_t n = 1;
        for (const std::uint64_t extent : shape) n *= static_cast<std::size_t>(extent);
        return n;
    }
    /// "to E 3 from I 1": the units of entry k. A cell that projects from several variables has one block of columns for each.
    EIRNN_COLD std::string units(std::size_t k) const {
        const auto at = static_cast<long>(k);
        if (!pres) return part_text(*posts, at);
        const auto columns = static_cast<long>(shape[1]);
        const long sources = pres->empty() ? 1 : pres->back().begin + pres->back().size;
        return "to " + part_text(*posts, at / columns) + " from " + part_text(*pres, at % columns % sources);
    }
};

/// Fills the slots of a model of numbers T from arrays, or tells everything that is wrong at once.
template <class T>
class weight_loader : foreign_arrays<T> {
public:
    weight_loader(const array_list& arrays, const weight_options& how) : arrays_(arrays), how_(how), used_(arrays.names.size()) {}

    EIRNN_COLD weight_report fill(std::vector<weight_slot>& slots) {
        for (weight_slot& s : slots) take(s);
        check_options(slots);
        for (std::size_t k = 0; k < used_.size(); ++k)
            if (!used_[k] && !listed(how_.ignore, arrays_.names[k])) {
                problem(printable(arrays_.names[k]) + ": the model has no such array", by_name);
                if (arrays_.names[k].ends_with(".raw")) repairs_.insert("load what save(model, path) has written by load(model, path)");
            }
        for (weight_slot& s : slots)
            if (s.found) judge(s);
        if (count_ > 0) refuse(slots);
        return report_;
    }

private:
    using foreign_arrays<T>::as_doubles, foreign_arrays<T>::is_floating, foreign_arrays<T>::transposed;
    static constexpr const char* by_name =
        "rename the arrays, or say in weight_options where they stand (sources), which may be missing (keep) and which are not for the "
        "model (ignore)";
    static bool listed(const std::vector<std::string>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    }
    const array_source* source_of(const std::string& name) const {
        const auto it = find_by(how_.sources, name, &array_source::name);
        return it == how_.sources.end() ? nullptr : &*it;
    }
    void problem(std::string text, const char* repair) {
        constexpr long shown = 40;
        if (++count_ <= shown) problems_ += (problems_.empty() ? "" : "; ") + std::move(text);
        repairs_.insert(repair);
    }
    template <class Number>
    static std::string text_of(Number x) {
        if (!is_finite(x)) return "infinity";
        std::string s;
        append_json_number(s, x);
        return s;
    }

    // Names, types and shapes; the numbers of what fits, summed.
    void take(weight_slot& s) {
        const array_source* source = source_of(s.name);
        const std::vector<std::string> names = source ? source->from : std::vector{s.name};
        std::vector<std::size_t> at;
        for (const std::string& n : names) {
            const auto it = std::find(arrays_.names.begin(), arrays_.names.end(), n);
            if (it != arrays_.names.end()) at.push_back(static_cast<std::size_t>(it - arrays_.names.begin()));
        }
        for (const std::size_t k : at) used_[k] = true;
        if (s.size() == 0 && at.empty()) return;  // a network without inputs
        if (at.empty() && !names.empty() && listed(how_.keep, s.name)) return report_.kept.push_back(s.name);
        for (const std::string& n : names)
            if (!listed(arrays_.names, n)) problem(s.name + ": missing" + (n == s.name ? "" : " (" + printable(n) + ")"), by_name);
        s.effective.assign(s.size(), 0);
        bool fits = at.size() == names.size();
        for (const std::size_t k : at) fits = add(s, k, source ? source->axes : std::vector<int>{}) && fits;
        s.found = fits;
    }
    bool add(weight_slot& s, std::size_t k, const std::vector<int>& axes) {
        const tensor head = arrays_.head(k);
        const std::string name = s.name + (head.name == s.name ? "" : " (" + printable(head.name) + ")");
        if (!is_floating(head.type)) {
            problem(name + ": numbers of type " + std::string(row_of(head.type).name) + " instead of F16, BF16, F32 or F64",
                    "save weights as floating-point numbers; integers are taken for a mask or an index");
            return false;
        }
        std::vector<std::uint64_t> shape = head.shape;
        if (!axes.empty()) {
            bool permutation = axes.size() == shape.size();
            for (int d = 0; permutation && d < static_cast<int>(axes.size()); ++d)
                permutation = std::find(axes.begin(), axes.end(), d) != axes.end();
            if (!permutation) {
                problem(name + ": array_source::axes is no order of the " + std::to_string(shape.size()) + " axes of the array",
                        "name each axis of the file once, from 0");
                return false;
            }
            for (std::size_t d = 0; d < axes.size(); ++d) shape[d] = head.shape[static_cast<std::size_t>(axes[d])];
        }
        if (without_ones(shape) != without_ones(s.shape)) {
            wrong_shape(s, name, shape);
            return false;
        }
        const tensor t = arrays_.read(k);
        if (byte_size(t.type, t.shape) != t.data.size()) {
            problem(name + ": its shape does not fit its data", "make it by make_tensor");
            return false;
        }
        if (const auto bad = find_non_finite(t); bad.count > 0) {
            problem(name + ": " + std::to_string(bad.count) + " numbers are NaN or infinite, first at " +
                        bracketed(t.shape, static_cast<std::size_t>(bad.first)) + (axes.empty() ? "" : " of the file"),
                    "the run that wrote them diverged: take earlier weights");
            return false;
        }
        s.precision = (std::max)(s.precision, t.type == dtype::f64   ? 1e-12
                                              : t.type == dtype::f32 ? 1e-6
                                              : t.type == dtype::f16 ? 2e-3
                                                                     : 2e-2);
        const auto values = axes.empty() ? as_doubles(t) : transposed(as_doubles(t), t.shape, axes);
        for (std::size_t i = 0; i < values.size(); ++i) s.effective[i] += values[i];
        return true;
    }
    // Extents of 1 move no number: (1, N) is as good as (N).
    static std::vector<std::uint64_t> without_ones(std::vector<std::uint64_t> shape) {
        std::erase(shape, std::uint64_t{1});
        return shape;
    }
    void wrong_shape(const weight_slot& s, const std::string& name, const std::vector<std::uint64_t>& shape) {
        std::string text = name + ": shape " + shape_text(shape) + " instead of " + shape_text(s.shape);
        if (s.shape.size() == 2 && shape == std::vector{s.shape[1], s.shape[0]})
            return problem(text + " (it looks transposed, W[pre][post])", transpose);
        if (std::is_permutation(shape.begin(), shape.end(), s.shape.begin(), s.shape.end()))
            return problem(text + " (the same axes in another order)", transpose);
        problem(text, "load the weights into a network of their sizes");
    }

    void check_options(const std::vector<weight_slot>& slots) {
        const auto check = [&](const std::string& name, const char* option) {
            if (find_by(slots, name, &weight_slot::name) == slots.end())
                problem(std::string("weight_options::") + option + " names " + printable(name) + ", which the model does not have",
                        by_name);
        };
        for (const auto& s : how_.sources) check(s.name, "sources");
        for (const auto& k : how_.keep) check(k, "keep");
        std::set<std::string_view> seen;
        for (const auto& n : arrays_.names)
            if (!seen.insert(n).second) problem(printable(n) + ": given twice", "give each array once");
    }

    // Rounds to T, holds every entry against its rule, and inverts the rule.
    void judge(weight_slot& s) {
        for (std::size_t k = 0; k < s.effective.size(); ++k) {
            const double given = s.effective[k];
            const auto rounded = static_cast<double>(static_cast<T>(given));
            if (!is_finite(rounded)) {
                problem(entry(s, k, given) + ": too large for a model of " + (std::is_same_v<T, float> ? "float" : "double"),
                        "use a model of double");
                s.found = false;
                return;
            }
            s.effective[k] = rounded;
            report_.largest_rounding = (std::max)(report_.largest_rounding, std::abs(rounded - given));
        }
        s.raw = s.effective;
        if (s.variances)
            for (std::size_t k = 0, units = static_cast<std::size_t>(s.shape[2]); k < s.raw.size(); ++k)
                if (k / units % 2 == 1 && s.raw[k] < 0) {
                    problem(entry(s, k, s.raw[k]) + ", expected a variance, at least 0", "the order is [step][mean, variance][unit]");
                    break;
                }
        if (s.rules.empty()) return;
        const long broken = check_rules(s, s.effective, true);
        if (broken > 0 && s.shape.size() == 2 && s.shape[0] == s.shape[1] &&
            check_rules(s, transposed(s.effective, s.shape, {1, 0}), false) == 0)
            problem(s.name + " looks like W[pre][post]: transposed, it breaks no rule", transpose);
        for (std::size_t k = 0; k < s.raw.size(); ++k)
            if (const weight_rule& r = s.rules[k]; r.trained) {
                const double magnitude = r.negative ? -s.effective[k] : s.effective[k];
                s.raw[k] = r.rule == sign_rule::soft_rectify && magnitude > 0 ? softplus_inverse(magnitude) : magnitude;
            }
    }
    struct breach {
        const char* rule;
        const char* repair;
        long count = 0;
        std::string first = {};
    };
    // How many entries break a rule; tells the first of each kind if `tell`.
    long check_rules(const weight_slot& s, const std::vector<double>& values, bool tell) {
        breach sign{"break the sign of their source (Dale's law)",
                    "correct their signs, or declare the population or projection of either sign (free_sign, unconstrained)"};
        breach mask{"stand where the network has no connection", "set them to 0, or declare the connections"};
        breach fixed{s.scaled ? "are not the fixed weights of the network times one factor" : "are not the fixed weights of the network",
                     "declare the fixed weights that the file has"};
        breach zero{"are 0 under soft_rectify, which has no weight of magnitude 0",
                    "declare rectify or absolute, or no connection there, or give them a small magnitude"};
        const double tolerance = std::is_same_v<T, float> ? (std::max)(s.precision, 1e-6) : s.precision;
        const double factor = s.scaled ? common_factor(s, values) : 1;
        const auto add = [&](breach& b, std::size_t k, const std::string& expected) {
            if (++b.count <= 3 && tell) b.first += (b.count > 1 ? ", " : "") + entry(s, k, values[k]) + ", expected " + expected;
        };
        for (std::size_t k = 0; k < values.size(); ++k) {
            const weight_rule& r = s.rules[k];
            const double v = values[k];
            if (r.fixed != 0) {
                const double expected = r.fixed * factor;
                if (std::abs(v - expected) > tolerance * std::abs(expected)) add(fixed, k, text_of(static_cast<float>(expected)));
            } else if (!r.trained) {
                if (v != 0) add(mask, k, "0");
            } else if (r.rule != sign_rule::free && (r.negative ? v > 0 : v < 0)) {
                add(sign, k, r.negative ? "at most 0" : "at least 0");
            } else if (r.rule == sign_rule::soft_rectify && v == 0) {
                add(zero, k, "not 0");
            }
        }
        long all = 0;
        for (const breach* b : {&sign, &mask, &fixed, &zero}) {
            all += b->count;
            if (tell && b->count > 0) problem(std::to_string(b->count) + " weights " + b->rule + ": " + b->first, b->repair);
        }
        return all;
    }
    // Initial weights are scaled to a spectral radius together with the fixed ones, here and in the code of Song et al. 2016, so a file has
    // the declared table times a factor. The median ratio: one wrong entry must not make the others wrong.
    static double common_factor(const weight_slot& s, const std::vector<double>& values) {
        std::vector<double> ratios;
        for (std::size_t k = 0; k < values.size(); ++k)
            if (const double f = s.rules[k].fixed; f != 0) ratios.push_back(values[k] / f);
        if (ratios.empty()) return 1;
        const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>((ratios.size() - 1) / 2);
        std::nth_element(ratios.begin(), middle, ratios.end());
        return *middle > 0 ? *middle : 1;
    }
    std::string entry(const weight_slot& s, std::size_t k, double value) const {
        std::string text = s.name + bracketed(s.shape, k);
        if (s.posts) text += " (" + s.units(k) + ")";
        return text + " = " + text_of(value);
    }

    [[noreturn]] void refuse(const std::vector<weight_slot>& slots) const {
        std::string expected, repairs;
        for (const auto& s : slots) expected += (expected.empty() ? "" : ", ") + s.name + " " + shape_text(s.shape);
        for (const auto& r : repairs_) repairs += (repairs.empty() ? "" : "; ") + r;
        const error_text text{"the arrays do not fit the model, which is unchanged", arrays_.where, expected,
                              problems_ + (count_ > 40 ? "; and " + std::to_string(count_ - 40) + " more" : ""), repairs};
        if (arrays_.file) throw bad_file(text);
        throw invalid_argument(text);
    }

    static constexpr const char* transpose =
        "matrices of a model are W[post][pre]: save W.T, or state {name, {name}, {1, 0}} in "
        "weight_options::sources";

    const array_list& arrays_;
    const weight_options& how_;
    std::vector<bool> used_;
    weight_report report_;
    std::string problems_;
    std::set<std::string> repairs_;
    long count_ = 0;
};

}  // namespace EIRNN_NAMESPACE::detail
