// The weights of a network: on the host as a user sees them, and in a backend's memory as the products read them.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/kernels/parameter.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/memory.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace eirnn {

/// Sums that a group of tiles adds to.
template <class T>
struct partial_sums {
    view<T> weights[16];      ///< per operation, as its matrix
    view<T> initial[16];      ///< per variable
    view<T> omega;            ///< units x units
};

/// Host weights, `W[post][pre]`. A cell with several weighted equations (gates) has one entry of `input`, `recurrent` and `bias` for each,
/// in the order of its equations; `initial` has one vector per variable with an initial value of its own. The rate cell has one of each.
template <class T>
struct weight_set {
    owned_list<matrix<T>> input;              ///< [gate](unit, input)
    owned_list<matrix<T>> recurrent;          ///< [gate](unit, unit)
    owned_list<std::vector<T>> bias;          ///< [gate][unit]
    matrix<T> output;                         ///< (output, unit)
    std::vector<T> output_bias;               ///< [output]
    owned_list<std::vector<T>> initial;       ///< [variable][unit]
    friend bool operator==(const weight_set&, const weight_set&) = default;
};

/// A rectangle of a parameter matrix.
struct patch {
    long row = 0, rows = 0, column = 0, columns = 0;
};

/// What else is trained beside the weights.
struct trainables {
    bool bias = false;             ///< biases of the units (0 and untrained in the networks of Song et al.)
    bool output_bias = false;      ///< biases of the outputs
    bool initial_state = true;     ///< the state before the first step, one number per unit
    friend bool operator==(trainables, trainables) = default;
};

/// A rectangle of a parameter matrix in which one sign rule and one kind of penalty hold.
struct parameter_region {
    enum class kind : unsigned char { input, recurrent, output, bias, initial } what = kind::recurrent;
    long row = 0, rows = 0, column = 0, columns = 0;
    sign_rule rule = sign_rule::free;
    long rows_of_matrix = 1, columns_of_matrix = 1;  ///< of the whole weight matrix: what a penalty's mean is taken over
};

/// One parameter matrix in a backend's memory, column-major, and everything that goes with it element by element.
template <class B>
struct parameter_block {
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    long rows = 0, columns = 0, ld = 0;
    buffer raw, coefficient, fixed, effective, gradient, first_moment, second_moment;
    std::vector<parameter_region> regions;

    parameter_block(long r, long c, long unit) : rows(r), columns(c), ld(round_up(r, unit)) {
        for (buffer* b : {&raw, &coefficient, &fixed, &effective, &gradient}) *b = buffer(ld * columns + 16);
    }
    view<T> of(buffer& b) const { return {b.data(), ld}; }
    /// Calls f(rule constant, region) for each region.
    template <class F>
    void by_rule(const F& f) const {
        for (const auto& r : regions) switch (r.rule) {
                case sign_rule::free: f(std::integral_constant<sign_rule, sign_rule::free>{}, r); break;
                case sign_rule::rectify: f(std::integral_constant<sign_rule, sign_rule::rectify>{}, r); break;
                case sign_rule::absolute: f(std::integral_constant<sign_rule, sign_rule::absolute>{}, r); break;
                case sign_rule::soft_rectify: f(std::integral_constant<sign_rule, sign_rule::soft_rectify>{}, r); break;
            }
    }
};

/// Effective weights of every block from its raw ones, on the device.
template <class B>
void update_effective(B& device, std::vector<parameter_block<B>>& blocks) {
    for (auto& p : blocks)
        p.by_rule([&](auto rule, const parameter_region& r) {
            using functor = kernels::effective_weight<rule.value, typename B::scalar>;
            const functor f{p.of(p.raw), p.of(p.coefficient), p.of(p.fixed), p.of(p.effective)};
            device.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
        });
}
/// The squared norm of a block's gradient; `column_sums` is memory for it.
template <class B>
double squared_norm(B& device, parameter_block<B>& p, typename parameter_block<B>::buffer& column_sums) {
    if (column_sums.size() < p.columns) column_sums = typename parameter_block<B>::buffer(p.columns);
    device.column_squares(p.of(p.gradient), p.rows, p.columns, column_sums.data());
    return device.sum(p.columns, kernels::number_at<typename B::scalar>{column_sums.data()});
}
/// One quantity of every block on the host, [block][column * ld + row].
template <class B>
std::vector<std::vector<typename B::scalar>> download(const std::vector<parameter_block<B>>& blocks,
                                                      typename parameter_block<B>::buffer parameter_block<B>::*what) {
    std::vector<std::vector<typename B::scalar>> host;
    for (const auto& b : blocks) {
        const auto& from = b.*what;
        host.emplace_back(static_cast<std::size_t>(from.size()));
        if (from.size() > 0) from.download(host.back().data(), from.size());
    }
    return host;
}

namespace detail {

/// Cuts a matrix of sign rules into rectangles: runs of rows with one rule, merged over neighbouring columns with the same runs.
inline std::vector<parameter_region> regions_of(const matrix<sign_rule>& rule, parameter_region::kind what, long row, long column) {
    using run_list = std::vector<parameter_region>;
    std::vector<parameter_region> all;
    run_list open;
    for (long c = 0; c < rule.cols; ++c) {
        run_list runs;
        for (long r = 0; r < rule.rows; ++r)
            if (runs.empty() || runs.back().rule != rule(r, c))
                runs.push_back({what, row + r, 1, column + c, 1, rule(r, c), rule.rows, rule.cols});
            else ++runs.back().rows;
        bool same = runs.size() == open.size();
        for (std::size_t k = 0; same && k < runs.size(); ++k) same = runs[k].rule == open[k].rule && runs[k].row == open[k].row;
        if (same) {
            for (auto& o : open) ++o.columns;
        } else {
            all.insert(all.end(), open.begin(), open.end());
            open = runs;
        }
    }
    all.insert(all.end(), open.begin(), open.end());
    return all;
}

/// Rectangles that hold every entry of a column-major matrix that is not 0, each entry in one of them at most. They begin at multiples of
/// `unit` rows.
template <class T>
std::vector<patch> patches_of(const std::vector<T>& m, long rows, long columns, long ld, long unit) {
    std::vector<patch> all;
    std::vector<stretch> open, here;  // columns of the rows from `first`, of the rows from `row`
    long first = 0;
    const auto close = [&](long end) {
        for (const stretch& s : open) all.push_back({first, end - first, s.begin, s.end - s.begin});
    };
    for (long row = 0; row < rows; row += unit) {
        find_stretches(here, columns, [&](long c) {
            const auto begin = m.begin() + (c * ld + row);
            return std::any_of(begin, begin + (std::min)(unit, rows - row), [](T x) { return x != 0; });
        });
        if (here == open) continue;
        close(row);
        open = here, first = row;
    }
    close(rows);
    return all;
}

inline void require(bool ok, const char* what, const std::string& where, const std::string& expected, const std::string& got,
                    const char* repair) {
    if (!ok) throw invalid_argument({what, where, expected, got, repair});
}

}  // namespace detail
}  // namespace eirnn
