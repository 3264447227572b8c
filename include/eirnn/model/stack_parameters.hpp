// The parameters of a stack of areas: a list of matrices in a backend's memory, and what each of them means.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/area.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace eirnn {

/// What a tensor of a stack is.
enum class stack_role : unsigned char { depthwise, kernel, bias, scale, shift, trained };

/// One tensor of a stack as users and files see it: depthwise kernels [pre][y][x], other kernels [post][pre] or [post][pre][y][x], biases
/// [unit], scales and shifts of batch norm [step][unit], trained numbers [unit].
struct stack_tensor {
    stack_role role = stack_role::kernel;
    int area = 0, equation = 0, source = -1;  ///< source: index of a variable, -1: from below; of kernels
    std::vector<long> shape;
    int term = -1;  ///< in the area's list of terms; of kernels
    sign_rule rule = sign_rule::free;
    signed char sign = 1;
    bool self = true;
    // where it lies
    int block = 0;
    long offset = 0, ld = 0;  ///< first column, columns per tap

    long size() const {
        long n = 1;
        for (const long k : shape) n *= k;
        return n;
    }
    /// Row and column in its block of element k.
    std::pair<long, long> place(long k) const {
        switch (role) {
            case stack_role::depthwise: {
                const long taps = shape[1] * shape[2];
                return {k / taps, k % taps};
            }
            case stack_role::kernel: {
                const long taps = shape.size() > 2 ? shape[2] * shape[3] : 1, pres = shape[1];
                return {k / taps / pres, offset + (k % taps) * ld + k / taps % pres};
            }
            case stack_role::scale:
            case stack_role::shift:
                return {k % shape[1], k / shape[1]};
            default:
                return {k, offset};
        }
    }
};

/// Numbers of every tensor of a stack, in their order.
template <class T>
using tensor_list = std::vector<std::vector<T>>;

template <class B>
class stack_parameters {
public:
    using T = typename B::scalar;
    using block = parameter_block<B>;
    using buffer = typename B::template buffer<T>;

    /// A new block of rows x columns, with nothing in it.
    int add_block(long rows, long columns) {
        blocks_.emplace_back(rows, columns, B::row_unit);
        return static_cast<int>(blocks_.size()) - 1;
    }
    void add(const stack_tensor& t) { tensors_.push_back(t); }
    /// After all tensors have been added: signs, masks and rules to the device.
    void finish() {
        tensor_list<T> coefficient;
        for (const auto& t : tensors_) {
            auto& c = coefficient.emplace_back(static_cast<std::size_t>(t.size()), static_cast<T>(t.sign));
            if (!t.self) forbid_self(t, c);
        }
        upload(coefficient, &block::coefficient);
        for (const auto& t : tensors_) {
            const auto [row, column] = t.place(t.size() - 1);
            const auto first = t.place(0);
            auto& b = blocks_[static_cast<std::size_t>(t.block)];
            b.regions.push_back({parameter_region::kind::recurrent, 0, row + 1, first.second, column + 1 - first.second, t.rule, 1, 1});
        }
        for (const auto& t : tensors_)
            if (const auto b = static_cast<std::size_t>(t.block); t.role == stack_role::kernel)
                if (kernel_blocks_.empty() || kernel_blocks_.back() != b) kernel_blocks_.push_back(b);
        forward_.resize(blocks_.size());
        backward_.resize(blocks_.size());
    }

    std::vector<block>& blocks() { return blocks_; }
    const std::vector<stack_tensor>& tensors() const { return tensors_; }
    const typename B::packed& forward(int b) const { return forward_[static_cast<std::size_t>(b)]; }
    const typename B::packed& backward(int b) const { return backward_[static_cast<std::size_t>(b)]; }
    const T* effective(int b) const { return blocks_[static_cast<std::size_t>(b)].effective.data(); }
    long trained() const {
        long n = 0;
        for (const auto& t : tensors_) n += t.size();
        return n;
    }

    tensor_list<T> exported(buffer block::*what) const {
        const auto host = download(blocks_, what);
        tensor_list<T> all;
        for (const auto& t : tensors_) {
            const auto b = static_cast<std::size_t>(t.block);
            auto& values = all.emplace_back(static_cast<std::size_t>(t.size()));
            for (long k = 0; k < t.size(); ++k) {
                const auto [row, column] = t.place(k);
                values[static_cast<std::size_t>(k)] = host[b][static_cast<std::size_t>(column * blocks_[b].ld + row)];
            }
        }
        return all;
    }
    /// Throws invalid_argument, changing nothing, if a shape differs or a number is not finite.
    void check(const tensor_list<T>& values, const char* where) const {
        detail::require(values.size() == tensors_.size(), "weights have another number of tensors than the network", where,
                        std::to_string(tensors_.size()), std::to_string(values.size()), "take the tensors of this network, and fill them");
        for (std::size_t k = 0; k < values.size(); ++k) {
            detail::require(static_cast<long>(values[k].size()) == tensors_[k].size(), "a tensor of weights has the wrong size",
                            "tensor " + std::to_string(k), std::to_string(tensors_[k].size()), std::to_string(values[k].size()),
                            "take the tensors of this network, and fill them");
            if (first_not_finite(values[k]) >= 0)
                detail::require(false, "a weight is not finite", "tensor " + std::to_string(k), "a finite number", "NaN or infinity",
                                "correct the weights before handing them in");
        }
    }
    void upload(const tensor_list<T>& values, buffer block::*what) {
        std::vector<std::vector<T>> host(blocks_.size());
        for (std::size_t b = 0; b < blocks_.size(); ++b) host[b].resize(static_cast<std::size_t>((blocks_[b].*what).size()));
        for (std::size_t k = 0; k < tensors_.size(); ++k)
            for (long i = 0; i < tensors_[k].size(); ++i) {
                const auto [row, column] = tensors_[k].place(i);
                const auto b = static_cast<std::size_t>(tensors_[k].block);
                host[b][static_cast<std::size_t>(column * blocks_[b].ld + row)] = values[k][static_cast<std::size_t>(i)];
            }
        for (std::size_t b = 0; b < blocks_.size(); ++b) (blocks_[b].*what).upload(host[b].data(), static_cast<long>(host[b].size()));
    }

    /// Effective weights from raw ones, and their packed forms. Blocks of kernels are those that have operands.
    void prepare(B& device, bool gradients) {
        update_effective(device, blocks_);
        for (const std::size_t b : kernel_blocks_) {
            auto& p = blocks_[b];
            device.pack(forward_[b], p.of(p.effective), p.rows, p.columns, false);
            if (gradients) device.pack(backward_[b], p.of(p.effective), p.rows, p.columns, true);
        }
    }

    /// Sums that groups of tiles add to; all zero.
    void clear_partials(B& device, int groups) {
        if (static_cast<int>(partials_.size()) != groups) make_partials(groups);
        for (auto& g : partials_)
            for (std::size_t b = 0; b < blocks_.size(); ++b)
                device.map(0, blocks_[b].columns, backend::section{0l, blocks_[b].ld, 0l, kernels::fill_rows<T>{g.views[b], T(0)}});
    }
    view<T> partial(int group, int b) const { return partials_[static_cast<std::size_t>(group)].views[static_cast<std::size_t>(b)]; }
    /// The raw gradient from the partial sums; returns its squared norm.
    double collect(B& device) {
        double square = 0;
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            auto& p = blocks_[k];
            p.by_rule([&](auto rule, const parameter_region& r) {
                const kernels::raw_gradient<rule.value, T> f{p.of(p.raw),
                                                             p.of(p.coefficient),
                                                             p.of(p.gradient),
                                                             of_block_[k].data(),
                                                             nullptr,
                                                             static_cast<int>(partials_.size()),
                                                             T(0),
                                                             T(0),
                                                             T(0)};
                device.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
            });
            square += squared_norm(device, p, column_sums_);
        }
        return square;
    }

private:
    struct group_sums {
        std::vector<buffer> memory;
        std::vector<view<T>> views;
    };
    void make_partials(int groups) {
        constexpr long spare_columns = 8;  // an outer product writes whole register blocks
        partials_.clear();
        of_block_.clear();
        for (int g = 0; g < groups; ++g) {
            auto& s = partials_.emplace_back();
            for (const auto& b : blocks_) {
                s.memory.emplace_back(b.ld * (b.columns + spare_columns));
                s.views.push_back({s.memory.back().data(), b.ld});
            }
        }
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            std::vector<view<T>> views;
            for (const auto& g : partials_) views.push_back(g.views[b]);
            of_block_.emplace_back(groups);
            of_block_.back().upload(views.data(), groups);
        }
    }
    // A channel is cut from itself at the centre of an ordinary kernel. A separable kernel has no weight of its own for that: there the
    // channel is cut from its own spatial sum.
    static void forbid_self(const stack_tensor& t, std::vector<T>& coefficient) {
        if (t.role != stack_role::kernel) return;
        const long taps = t.shape.size() > 2 ? t.shape[2] * t.shape[3] : 1;
        for (long c = 0; c < (std::min)(t.shape[0], t.shape[1]); ++c)
            coefficient[static_cast<std::size_t>((c * t.shape[1] + c) * taps + taps / 2)] = T(0);
    }

    std::vector<block> blocks_;
    std::vector<stack_tensor> tensors_;
    std::vector<std::size_t> kernel_blocks_;
    std::vector<typename B::packed> forward_, backward_;
    std::vector<group_sums> partials_;
    std::vector<typename B::template buffer<view<T>>> of_block_;
    buffer column_sums_;
};

/// Initial raw weights as in the authors' code: Glorot-uniform kernels (depthwise and pointwise factors each by their own fans), kernels of
/// feed-forward areas normal with variance 1 / fan-in, cut at two deviations; biases and shifts 0, scales 1; trained numbers
/// Glorot-uniform.
template <class T>
std::vector<T> initial_values(const stack_tensor& t, bool feed_forward, std::uint32_t number, seed s) {
    random_sequence draw(key_of(s.value, stream::weights), 0x7374u, number);
    std::vector<T> v(static_cast<std::size_t>(t.size()));
    const double taps = t.shape.size() > 2 ? static_cast<double>(t.shape[t.shape.size() - 1] * t.shape[t.shape.size() - 2]) : 1;
    double limit = 0;
    switch (t.role) {
        case stack_role::depthwise:
            limit = std::sqrt(6 / (taps * static_cast<double>(t.shape[0]) + taps));
            break;
        case stack_role::kernel: {
            const double in = taps * static_cast<double>(t.shape[1]), out = taps * static_cast<double>(t.shape[0]);
            if (feed_forward) {
                for (T& x : v) {
                    double n = draw.normal();
                    while (!(n > -2 && n < 2)) n = draw.normal();
                    x = static_cast<T>(n * std::sqrt(1 / in) / 0.87962566103423978);  // the deviation of what is left after the cut
                }
                return v;
            }
            limit = std::sqrt(6 / (in + out));
            break;
        }
        case stack_role::trained:
            limit = std::sqrt(3 / static_cast<double>(t.size()));
            break;
        case stack_role::scale:
            return std::vector<T>(v.size(), T(1));
        default:
            return v;
    }
    for (T& x : v) x = static_cast<T>(draw.uniform(-limit, limit));
    return v;
}

}  // namespace eirnn
