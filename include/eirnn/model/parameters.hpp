// What a network's parameters are made of: named tensors on the host, matrices in a backend's memory, regions of one sign rule in them.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/kernels/parameter.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/memory.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Sums that a group of tiles adds to.
template <class T>
struct partial_sums {
    std::vector<view<T>> blocks;  ///< per parameter block
    std::vector<view<T>> omega;   ///< the gradient of Omega, in the same places; without data where a block has none
};

/// A rectangle of a parameter matrix.
struct patch {
    long row = 0, rows = 0, column = 0, columns = 0;
};

/// What else is trained beside the weights. The first three are of units on one position.
struct trainables {
    bool bias = false;               ///< biases of the units (0 and untrained in the networks of Song et al.)
    bool output_bias = false;        ///< biases of the outputs
    bool initial_state = true;       ///< the state before the first step, one number per unit
    bool map_initial_state = false;  ///< the same of areas on maps, one number per channel; without it they begin with 0
    friend bool operator==(trainables, trainables) = default;
};

/// What a tensor is: weights from channels to channels (a matrix, or what mixes the channels under a kernel), kernels of single channels,
/// numbers per unit, or values at step 0.
enum class tensor_role : unsigned char { weights, depthwise, bias, initial, scale, shift, trained };

/// What the penalties on weights call a tensor.
enum class weight_place : unsigned char { none, input, recurrent, output, kernel };

/// Multipliers of the penalties on raw trained weights; each is times the mean over its matrix of |w| or w^2. The readout of a map is an
/// output; all other weights of areas on maps are kernels, each array of them with a mean of its own.
struct weight_penalties {
    double l1_recurrent = 0, l1_input = 0, l1_output = 0;  ///< times the mean of abs(w) over that matrix
    double l2_recurrent = 0, l2_input = 0, l2_output = 0;  ///< times the mean of w^2 over that matrix
    double l1_kernel = 0;                                  ///< times the mean of abs(w) over each array of kernels
    double l2_kernel = 0;                                  ///< times the mean of w^2 over each array of kernels
    friend bool operator==(const weight_penalties&, const weight_penalties&) = default;

    double l1(weight_place p) const { return at(p, l1_input, l1_recurrent, l1_output, l1_kernel); }
    double l2(weight_place p) const { return at(p, l2_input, l2_recurrent, l2_output, l2_kernel); }

private:
    static double at(weight_place p, double input, double recurrent, double output, double kernel) {
        switch (p) {
            case weight_place::input:
                return input;
            case weight_place::recurrent:
                return recurrent;
            case weight_place::output:
                return output;
            case weight_place::kernel:
                return kernel;
            default:
                return 0;
        }
    }
};

/// One tensor as users and files see it, the last index fastest: weights [post][pre] or [post][pre][y][x], depthwise kernels [pre][y][x],
/// biases, initial values and trained numbers [unit], scales and shifts of batch norm [step][unit].
struct parameter_tensor {
    tensor_role role = tensor_role::weights;
    weight_place place = weight_place::none;
    int area = 0, equation = 0, source = -1;  ///< source: index of a variable, -1: what comes from outside; of weights and kernels
    std::vector<long> shape;
    int term = -1;        ///< in the area's list of terms; of kernels
    int number = 0;       ///< among the tensors of its role and place
    sign_rule rule = sign_rule::free;
    signed char sign = 1;
    bool self = true;     ///< false: no channel has a weight to itself at the centre of the kernel
    bool is_trained = true;
    long post = 0, pre = 0;  ///< its first row and column in the layout's matrix of all units
    // where it lies
    int block = 0;
    long row = 0, column = 0, ld = 0;  ///< its first row and column there; columns per position of the kernel

    long size() const {
        long n = 1;
        for (const long k : shape) n *= k;
        return n;
    }
    long taps() const { return shape.size() > 2 ? shape[shape.size() - 2] * shape[shape.size() - 1] : 1; }
    /// Row and column in its block of element k.
    std::pair<long, long> position(long k) const {
        switch (role) {
            case tensor_role::depthwise: return {row + k / taps(), column + k % taps()};
            case tensor_role::weights: return {row + k / taps() / shape[1], column + (k % taps()) * ld + k / taps() % shape[1]};
            case tensor_role::scale:
            case tensor_role::shift: return {row + k % shape[1], column + k / shape[1]};
            default: return {row + k, column};
        }
    }
    /// Whether element k is a weight of a channel to itself, at the centre of the kernel.
    bool is_self(long k) const {
        return role == tensor_role::weights && k / taps() / shape[1] == k / taps() % shape[1] && k % taps() == taps() / 2;
    }
    /// Weights have a sign and a mask; other tensors hold their value as it is used.
    bool is_weight() const { return role == tensor_role::weights || role == tensor_role::depthwise; }
};

/// What a network says about one number of a tensor. Effective weight = sign * magnitude of the raw one, or the fixed one, or 0.
struct weight_rule {
    bool trained = true;
    sign_rule rule = sign_rule::free;
    bool negative = false;  ///< the sign of the effective weight, under a rule; of the raw number's factor otherwise
    double fixed = 0;       ///< the effective weight where there is one that is not trained
    bool exists() const { return trained || fixed != 0; }
};

/// The equation of the tensors that belong to the readout of units on one position.
inline constexpr int readout_equation = -1;

/// Numbers of every tensor of a network, in their order.
template <class T>
using tensor_list = std::vector<std::vector<T>>;

/// A rectangle of a parameter matrix in which one sign rule and one kind of penalty hold.
struct parameter_region {
    weight_place place = weight_place::none;
    long row = 0, rows = 0, column = 0, columns = 0;
    sign_rule rule = sign_rule::free;
    long size_of_matrix = 1;  ///< of the whole weight matrix: what a penalty's mean is taken over
};

/// One parameter matrix in a backend's memory, column-major, and everything that goes with it element by element.
template <class B>
struct parameter_block {
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    long rows = 0, columns = 0, ld = 0;
    buffer raw, coefficient, fixed, effective, gradient, first_moment, second_moment;
    buffer pinned_to, pull;  ///< of soft pins: values of effective weights, and how strongly these are pulled there; empty: there are none
    std::vector<parameter_region> regions;
    bool multiplied = false;                                ///< it is packed for products
    long handed_back = 0;                                   ///< the adjoints of so many of its first columns are wanted
    std::vector<T> coefficients, held;                      ///< `coefficient` and `fixed`, until all tensors have been added
    std::vector<patch> trained;                             ///< where one that is multiplied has trained weights
    std::vector<patch> frozen;                              ///< where its gradient is 0
    buffer kept;                                            ///< raw numbers of what is frozen
    typename B::template buffer<view<T>> sums, omega_sums;  ///< of its gradient and of Omega's: [group], in the backend's memory

    parameter_block(long r, long c, long unit) : rows(r), columns(c), ld(round_up(r, unit)) {
        for (buffer* b : {&raw, &coefficient, &fixed, &effective, &gradient}) *b = buffer(ld * columns + 16);
    }
    view<T> of(buffer& b) const { return {b.data(), ld}; }
};

/// Effective weights of every block from its raw ones, on the device.
template <class B>
void update_effective(B& device, std::vector<parameter_block<B>>& blocks) {
    for (auto& p : blocks)
        for (const parameter_region& r : p.regions) {
            const kernels::effective_weight<typename B::scalar> f{r.rule, p.of(p.raw), p.of(p.coefficient), p.of(p.fixed),
                                                                  p.of(p.effective)};
            device.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
        }
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

/// Cuts a matrix of sign rules, of a weight matrix with `whole` entries, into rectangles: runs of rows with one rule, merged over
/// neighbouring columns with the same runs.
inline std::vector<parameter_region> regions_of(const matrix<sign_rule>& rule, weight_place place, long row, long column, long whole) {
    using run_list = std::vector<parameter_region>;
    std::vector<parameter_region> all;
    run_list open;
    for (long c = 0; c < rule.cols; ++c) {
        run_list runs;
        for (long r = 0; r < rule.rows; ++r)
            if (runs.empty() || runs.back().rule != rule(r, c))
                runs.push_back({place, row + r, 1, column + c, 1, rule(r, c), whole});
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
}  // namespace EIRNN_NAMESPACE
