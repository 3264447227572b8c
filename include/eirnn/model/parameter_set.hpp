// All parameters of a network in a backend's memory: a list of matrices, what each tensor of the network is in them, packed weights,
// gradients. Areas add their tensors; everything after that is the same for all of them.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/model/parameters.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

template <backend::Backend B>
class parameter_set {
public:
    using T = typename B::scalar;
    using block = parameter_block<B>;
    using buffer = typename B::template buffer<T>;

    /// A new matrix of rows x columns with nothing in it. `multiplied`: it is packed for products; the adjoints of its first `handed_back`
    /// columns are wanted.
    int add_block(long rows, long columns, bool multiplied = false, long handed_back = 0) {
        block& b = blocks_.emplace_back(rows, columns, B::row_unit);
        b.multiplied = multiplied, b.handed_back = handed_back;
        b.coefficients.resize(static_cast<std::size_t>(b.coefficient.size()));
        b.held.resize(static_cast<std::size_t>(b.fixed.size()));
        return static_cast<int>(blocks_.size()) - 1;
    }
    /// A tensor with one sign and one rule. Of a kernel with a mask, [post][pre]: which channels have trained weights, and fixed ones.
    void add(const parameter_tensor& t, const std::uint8_t* plastic = nullptr, const double* held = nullptr) {
        block& to = blocks_[static_cast<std::size_t>(t.block)];
        for (long k = 0; k < t.size(); ++k) {
            const long pair = k / t.taps();
            if (!t.is_trained || (!t.self && t.is_self(k))) continue;
            if (!plastic || plastic[pair] != 0) to.coefficients[at(t, k)] = static_cast<T>(t.sign);
            if (held) to.held[at(t, k)] = static_cast<T>(held[pair] * t.sign);
        }
        const auto first = t.position(0), last = t.position(t.size() - 1);
        if (t.size() > 0)
            to.regions.push_back(
                {t.place, first.first, last.first + 1 - first.first, first.second, last.second + 1 - first.second, t.rule, t.size()});
        tensors_.push_back(t);
    }
    /// A matrix [post][pre] whose masks, signs, rules and fixed weights are those of `c`, which is part of one with `whole` entries. A
    /// negative sign of the tensor, a minus in front of it, turns all of them over.
    void add(const parameter_tensor& t, const connectivity& c, long whole) {
        block& to = blocks_[static_cast<std::size_t>(t.block)];
        for (long k = 0; k < t.size(); ++k) {
            const auto i = static_cast<std::size_t>(k);
            const T sign = (c.sign.data[i] < 0) != (t.sign < 0) ? T(-1) : T(1);
            to.coefficients[at(t, k)] = c.plastic.data[i] ? sign : T(0);
            to.held[at(t, k)] = static_cast<T>(c.fixed.data[i]) * sign;
        }
        const auto regions = detail::regions_of(c.rule, t.place, t.row, t.column, whole);
        to.regions.insert(to.regions.end(), regions.begin(), regions.end());
        tensors_.push_back(t);
    }
    /// After all tensors have been added: signs, masks and fixed weights to the device.
    void finish() {
        for (block& b : blocks_) {
            b.coefficient.upload(b.coefficients.data(), b.coefficient.size());
            b.fixed.upload(b.held.data(), b.fixed.size());
            if (b.multiplied) b.trained = detail::patches_of(b.coefficients, b.rows, b.columns, b.ld, B::row_unit);
            b.coefficients = std::vector<T>(), b.held = std::vector<T>();  // `= {}` would keep their memory
        }
        forward_.resize(blocks_.size());
        backward_.resize(blocks_.size());
    }

    std::vector<block>& blocks() { return blocks_; }
    const std::vector<parameter_tensor>& tensors() const { return tensors_; }
    /// Per block: effective weights packed for products, and their transposes.
    const typename B::packed* forward() const { return forward_.data(); }
    /// Those of a step, where a run has others in some.
    const typename B::packed* forward(long step) const {
        std::size_t k = packed_from_.size();
        while (k > 0 && packed_from_[k - 1] > step) --k;
        return k == 0 ? forward_.data() : cut_.data() + (k - 1) * blocks_.size();
    }
    const typename B::packed* backward() const { return backward_.data(); }
    const std::vector<patch>& trained(int b) const { return blocks_[static_cast<std::size_t>(b)].trained; }
    const T* effective(int b) const { return blocks_[static_cast<std::size_t>(b)].effective.data(); }
    /// Numbers in all tensors.
    long count() const {
        long n = 0;
        for (const auto& t : tensors_) n += t.size();
        return n;
    }

    /// One quantity of every tensor: raw weights, gradients, moments of an optimiser.
    tensor_list<T> exported(buffer block::*what) const {
        const auto host = download(blocks_, what);
        tensor_list<T> all;
        for (const auto& t : tensors_) all.emplace_back(static_cast<std::size_t>(t.size()));
        each_number([&](std::size_t tensor, std::size_t k, std::size_t b, std::size_t i) { all[tensor][k] = host[b][i]; });
        return all;
    }
    void upload(const tensor_list<T>& values, buffer block::*what) {
        tensor_list<T> host;
        for (const auto& b : blocks_) host.emplace_back(static_cast<std::size_t>((b.*what).size()));
        each_number([&](std::size_t tensor, std::size_t k, std::size_t b, std::size_t i) { host[b][i] = values[tensor][k]; });
        send(host, what);
    }
    /// Raw weights: entries that are not trained read 0; tensors that are not weights stand as they are used.
    tensor_list<T> raw() const {
        auto raw = exported(&block::raw);
        const auto fixed = exported(&block::fixed);
        for (std::size_t t = 0; t < raw.size(); ++t)
            for (std::size_t k = 0; k < raw[t].size() && !tensors_[t].is_weight(); ++k)
                if (fixed[t][k] != T(0)) raw[t][k] += fixed[t][k];
        return raw;
    }
    /// What holds for every number of every tensor. Tensors that are not weights take any number, trained or not.
    tensor_list<weight_rule> rules() const {
        const auto coefficient = download(blocks_, &block::coefficient), fixed = download(blocks_, &block::fixed);
        tensor_list<sign_rule> rule;
        for (const auto& b : blocks_) {
            auto& of_block = rule.emplace_back(static_cast<std::size_t>(b.coefficient.size()), sign_rule::free);
            for (const auto& r : b.regions)
                for (long c = r.column; c < r.column + r.columns; ++c) std::fill_n(of_block.begin() + (c * b.ld + r.row), r.rows, r.rule);
        }
        tensor_list<weight_rule> all;
        for (const auto& t : tensors_) all.emplace_back(static_cast<std::size_t>(t.size()));
        each_number([&](std::size_t tensor, std::size_t k, std::size_t b, std::size_t i) {
            const bool weight = tensors_[tensor].is_weight();
            const double held = weight ? static_cast<double>(fixed[b][i]) : 0;
            all[tensor][k] = {!weight || coefficient[b][i] != T(0), weight ? rule[b][i] : sign_rule::free,
                              coefficient[b][i] < T(0) || held < 0, held};
        });
        return all;
    }
    /// Takes raw weights over. Values where no trained weight exists are ignored, except in tensors that are not weights. `effective`, if
    /// given, is where untrained weights are taken from: one that is fixed becomes what stands there, its sign included.
    /// Throws invalid_argument, and changes nothing, if a size differs or a number is not finite.
    void set_raw(const tensor_list<T>& values, const tensor_list<T>* effective = nullptr) {
        check(values, "set_raw");
        if (effective) check(*effective, "set_raw");
        auto raw = download(blocks_, &block::raw), fixed = download(blocks_, &block::fixed);
        const auto coefficient = download(blocks_, &block::coefficient);
        each_number([&](std::size_t tensor, std::size_t k, std::size_t b, std::size_t i) {
            const bool is_trained = coefficient[b][i] != T(0);
            raw[b][i] = is_trained ? values[tensor][k] : T(0);
            if (!tensors_[tensor].is_weight())
                fixed[b][i] = is_trained ? T(0) : values[tensor][k];
            else if (effective && fixed[b][i] != T(0))
                fixed[b][i] = (*effective)[tensor][k];
        });
        send(raw, &block::raw);
        send(fixed, &block::fixed);
    }
    /// Throws invalid_argument, changing nothing, if a size differs or a number is not finite.
    void check(const tensor_list<T>& values, const char* where) const {
        detail::require(values.size() == tensors_.size(), "weights have another number of tensors than the network", where,
                        std::to_string(tensors_.size()), std::to_string(values.size()), "take the tensors of this network, and fill them");
        for (std::size_t k = 0; k < values.size(); ++k) {
            detail::require(static_cast<long>(values[k].size()) == tensors_[k].size(), "a tensor of weights has the wrong size",
                            "tensor " + std::to_string(k), std::to_string(tensors_[k].size()), std::to_string(values[k].size()),
                            "take the tensors of this network, and fill them");
            if (const long i = first_not_finite(values[k]); i >= 0)
                detail::require(false, "a weight is not finite", "tensor " + std::to_string(k) + ", number " + std::to_string(i),
                                "a finite number", "NaN or infinity", "correct the weights before handing them in");
        }
    }

    /// Effective weights from raw ones, on the device.
    void update_effective(B& device) { eirnn::update_effective(device, blocks_); }
    /// The same, and packed for products; with transposes if gradients will be taken.
    void prepare(B& device, bool gradients) {
        update_effective(device);
        packed_from_.clear();
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            auto& p = blocks_[b];
            if (!p.multiplied) continue;
            device.pack(forward_[b], p.of(p.effective), p.rows, p.columns, false);
            if (gradients && p.handed_back > 0) device.pack(backward_[b], p.of(p.effective), p.rows, p.handed_back, true);
        }
    }

    /// Packs the effective weights as they stand now for the steps from this one on, until the next call or `prepare`; calls are in the
    /// order of the steps, the first of them 0.
    void pack_from(B& device, long step) {
        packed_from_.push_back(step);
        cut_.resize(packed_from_.size() * blocks_.size());
        for (std::size_t b = 0; b < blocks_.size(); ++b) {
            auto& p = blocks_[b];
            auto& to = cut_[(packed_from_.size() - 1) * blocks_.size() + b];
            if (p.multiplied) device.pack(to, p.of(p.effective), p.rows, p.columns, false);
        }
    }

    /// Sums that groups of tiles add to, with those of Omega's gradient for these blocks. What is in them is left as it is.
    void make_partials(int groups, const std::vector<std::size_t>& with_omega = {}) {
        if (static_cast<int>(partials_.size()) == groups && (!partials_[0].omega.empty() || with_omega.empty())) return;
        constexpr long spare_columns = 8;  // an outer product writes whole register blocks
        partials_ = std::vector<partial_sums<T>>(static_cast<std::size_t>(groups));
        partial_memory_.clear();
        const auto views = [&](long ld, long columns, bool of_omega) {
            std::vector<view<T>> all;
            for (auto& g : partials_) {
                partial_memory_.emplace_back(ld * (columns + spare_columns));
                all.push_back(ld > 0 ? view<T>{partial_memory_.back().data(), ld} : view<T>{});
                (of_omega ? g.omega : g.blocks).push_back(all.back());
            }
            typename B::template buffer<view<T>> list(groups);
            list.upload(all.data(), groups);
            return list;
        };
        for (block& b : blocks_) b.sums = views(b.ld, b.columns, false);
        for (std::size_t b = 0; b < blocks_.size() && !with_omega.empty(); ++b) {
            bool has = false;
            for (const std::size_t k : with_omega) has = has || k == b;
            blocks_[b].omega_sums = views(has ? blocks_[b].ld : 0, has ? blocks_[b].columns : 0, true);
        }
    }
    /// The same sums become 0.
    void clear_partials(B& device) {
        for (const auto& g : partials_)
            for (const auto* sums : {&g.blocks, &g.omega})
                for (std::size_t b = 0; b < sums->size(); ++b)
                    if (const view<T> v = (*sums)[b]; v.data)
                        device.map(0, blocks_[b].columns, backend::section{0l, blocks_[b].ld, 0l, kernels::fill_rows<T>{v, T(0)}});
    }
    const partial_sums<T>& partial(int group) const { return partials_[static_cast<std::size_t>(group)]; }
    view<T> partial(int group, int b) const { return partial(group).blocks[static_cast<std::size_t>(b)]; }
    view<T> omega(int group, int b) const { return partial(group).omega[static_cast<std::size_t>(b)]; }
    /// The raw gradient from the partial sums; returns its squared norm. `omega_factor` multiplies the collected gradient of Omega.
    double collect(B& device, const weight_penalties& penalty = {}, double omega_factor = 0) {
        double square = 0;
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            auto& p = blocks_[k];
            for (const parameter_region& r : p.regions) {
                const double n = static_cast<double>(r.size_of_matrix);
                const bool with_omega = (r.place == weight_place::recurrent || r.place == weight_place::kernel) && omega_factor != 0;
                const kernels::raw_gradient<T> f{r.rule,
                                                 p.of(p.raw),
                                                 p.of(p.coefficient),
                                                 p.of(p.gradient),
                                                 p.sums.data(),
                                                 with_omega && partials_[0].omega[k].data ? p.omega_sums.data() : nullptr,
                                                 static_cast<int>(partials_.size()),
                                                 static_cast<T>(omega_factor),
                                                 static_cast<T>(penalty.l1(r.place) / n),
                                                 static_cast<T>(2 * penalty.l2(r.place) / n),
                                                 p.of(p.effective),
                                                 p.pull.size() > 0 ? p.of(p.pinned_to) : view<T>{},
                                                 p.pull.size() > 0 ? p.of(p.pull) : view<T>{}};
                device.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
            }
            for (const patch& f : p.frozen)
                device.map(f.column, f.column + f.columns,
                           backend::section{f.row, f.row + f.rows, 0l, kernels::fill_rows<T>{p.of(p.gradient), T(0)}});
            square += squared_norm(device, p, column_sums_);
        }
        return square;
    }
    /// From now on the gradient of these tensors, by their index, is 0; of no others.
    void freeze(const std::vector<std::size_t>& tensors) {
        for (block& p : blocks_) p.frozen.clear();
        for (const std::size_t k : tensors) {
            const parameter_tensor& t = tensors_[k];
            if (t.size() == 0) continue;
            const auto [row, column] = t.position(0);
            const auto [last_row, last_column] = t.position(t.size() - 1);
            blocks_[static_cast<std::size_t>(t.block)].frozen.push_back({row, last_row + 1 - row, column, last_column + 1 - column});
        }
    }
    /// From now on a penalty pulls effective weights to these values, each as strongly as `pull` says; of empty lists no more.
    void pin(const tensor_list<T>& values, const tensor_list<T>& pull) {
        for (block& p : blocks_) p.pinned_to = buffer(pull.empty() ? 0 : p.raw.size()), p.pull = buffer(p.pinned_to.size());
        if (!pull.empty()) upload(values, &block::pinned_to), upload(pull, &block::pull);
    }
    /// Keeps the raw numbers of frozen tensors, or, after a step, puts them back: optimisers may move what has no gradient.
    void hold_frozen(B& device, bool back) {
        for (block& p : blocks_) {
            if (p.frozen.empty()) continue;
            if (p.kept.size() == 0) p.kept = buffer(p.raw.size());  // for the next step too
            const view<T> raw = p.of(p.raw), kept = p.of(p.kept);
            for (const patch& f : p.frozen) {
                const backend::section copy{f.row, f.row + f.rows, 0l, kernels::copy_rows<T>{back ? kept : raw, back ? raw : kept}};
                device.map(f.column, f.column + f.columns, copy);
            }
        }
    }
    /// Puts `share` times the raw weight in the place of the gradient of every recurrent weight, 0 in that of all others.
    void shrink_recurrent(B& device, double share) {
        for (auto& p : blocks_)
            for (const auto& r : p.regions) {
                const T here = r.place == weight_place::recurrent ? static_cast<T>(share) : T(0);
                const kernels::share_of_raw<T> f{p.of(p.raw), p.of(p.gradient), here};
                device.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
            }
    }
    /// Whether there are recurrent weights; networks on grids have kernels, which are none.
    bool has_recurrent() const {
        return std::any_of(tensors_.begin(), tensors_.end(), [](const auto& t) { return t.place == weight_place::recurrent; });
    }
    /// Whether all raw numbers that are trained are finite; the others have been checked when they were set.
    bool is_finite_raw(B& device) {
        return std::all_of(blocks_.begin(), blocks_.end(), [&](block& p) {
            return is_finite(device.sum(p.rows * p.columns, kernels::absolute_sum<T>{p.of(p.raw), p.of(p.coefficient), p.rows, false}));
        });
    }
    /// Throws invalid_argument where a penalty is on weights of a place that the network does not have.
    void check_places(const weight_penalties& w) const {
        if (w == weight_penalties{}) return;  // as in most training steps
        for (const weight_place p : {weight_place::input, weight_place::recurrent, weight_place::output, weight_place::kernel}) {
            const bool found = std::any_of(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t.place == p; });
            detail::require(found || (w.l1(p) == 0 && w.l2(p) == 0), "a penalty is on weights that the network does not have",
                            "objective::weights", "0", std::to_string(w.l1(p) + w.l2(p)),
                            "on maps there are kernels and outputs; between units recurrent, input and output weights");
        }
    }
    /// The value of the penalties on weights.
    double penalty(B& device, const weight_penalties& w) {
        double sum = 0;
        for (auto& p : blocks_)
            if (p.pull.size() > 0)
                sum += device.sum(p.rows * p.columns, kernels::sum_of_pulls<T>{p.of(p.effective), p.of(p.pinned_to), p.of(p.pull),
                                                                               p.of(p.coefficient), p.rows});
        for (auto& p : blocks_)
            for (const auto& r : p.regions) {
                const auto mean = [&](bool squares) {
                    const kernels::absolute_sum<T> f{p.of(p.raw).row(r.row).column(r.column),
                                                     p.of(p.coefficient).row(r.row).column(r.column), r.rows, squares};
                    return device.sum(r.rows * r.columns, f) / static_cast<double>(r.size_of_matrix);
                };
                if (w.l1(r.place) != 0) sum += w.l1(r.place) * mean(false);
                if (w.l2(r.place) != 0) sum += w.l2(r.place) * mean(true);
            }
        return sum;
    }

private:
    // Where element k of a tensor lies in the memory of its block.
    std::size_t at(const parameter_tensor& t, long k) const {
        const auto [row, column] = t.position(k);
        return static_cast<std::size_t>(column * blocks_[static_cast<std::size_t>(t.block)].ld + row);
    }
    // f(tensor, element, block, place in the memory of the block) for every number, tensor by tensor.
    template <class F>
    void each_number(const F& f) const {
        for (std::size_t t = 0; t < tensors_.size(); ++t)
            for (long k = 0; k < tensors_[t].size(); ++k)
                f(t, static_cast<std::size_t>(k), static_cast<std::size_t>(tensors_[t].block), at(tensors_[t], k));
    }
    void send(const tensor_list<T>& host, buffer block::*what) {
        for (std::size_t b = 0; b < blocks_.size(); ++b)
            if (!host[b].empty()) (blocks_[b].*what).upload(host[b].data(), static_cast<long>(host[b].size()));
    }

    std::vector<block> blocks_;
    std::vector<parameter_tensor> tensors_;
    std::vector<typename B::packed> forward_, backward_, cut_;  // cut_: [stretch of steps][block]
    std::vector<long> packed_from_;                             // the first step of each stretch
    std::vector<partial_sums<T>> partials_;
    std::vector<buffer> partial_memory_;
    buffer column_sums_;
};

namespace detail {
/// Adds trained number k of an area, one per unit; returns its block.
template <class B>
int add_trained(parameter_set<B>& parameters, int area, int k, long units) {
    parameter_tensor t;
    t.area = area, t.equation = t.number = k, t.role = tensor_role::trained, t.shape = {units};
    t.block = parameters.add_block(units, 1);
    parameters.add(t);
    return t.block;
}
}  // namespace detail

}  // namespace EIRNN_NAMESPACE
