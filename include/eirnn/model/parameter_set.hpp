// All parameters of a network in a backend's memory: where each weight of the description lies, effective weights, packed weights,
// gradients.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/parameters.hpp>

#include <cmath>
#include <memory>

namespace eirnn {

/// Multipliers of the penalties on raw trained weights; each is times the mean over its matrix of |w| or w^2.
struct weight_penalties {
    double l1_recurrent = 0, l1_input = 0, l1_output = 0;  ///< times the mean of abs(w) over that matrix
    double l2_recurrent = 0, l2_input = 0, l2_output = 0;  ///< times the mean of w^2 over that matrix
    friend bool operator==(const weight_penalties&, const weight_penalties&) = default;
};

template <class Cell, backend::Backend B>
class parameter_set {
public:
    using T = typename B::scalar;
    using block = parameter_block<B>;
    using buffer = typename B::template buffer<T>;
    static constexpr auto& plan = planned<Cell>::plan;
    using plan_type = std::remove_cvref_t<decltype(plan)>;
    static constexpr int E = plan.variables.size, O = plan.operations.size;

    parameter_set(const layout& l, trainables t, const geometry<plan_type>& g) : layout_(l), rows_(g) {
        for (int o = 0; o < O; ++o) blocks_.emplace_back(g.operation[o].results, g.operation[o].operands, B::row_unit);
        for (int e = 0; e < E; ++e) {
            block_of_variable_[e] = has_initial(e) ? static_cast<int>(blocks_.size()) : -1;
            if (has_initial(e)) blocks_.emplace_back(g.units, 1, B::row_unit);
        }
        forward_.resize(O);
        backward_.resize(O);
        place(t);
    }

    /// Variables whose value at step 0 is a parameter.
    static constexpr bool has_initial(int e) { return plan.variables[e].read_before && !plan.variables[e].computed_at_start; }
    static constexpr int gates = [] {
        int n = 0;
        for (const auto& v : plan.variables) n += v.weighted;
        return n;
    }();

    std::vector<block>& blocks() { return blocks_; }
    const typename B::packed* forward() const { return forward_.data(); }
    const typename B::packed* backward() const { return backward_.data(); }
    /// Per operation: where its matrix has trained weights.
    const std::vector<patch>* trained() const { return trained_.data(); }
    const T* initial(int e) const {
        return block_of_variable_[e] < 0 ? nullptr : blocks_[static_cast<std::size_t>(block_of_variable_[e])].effective.data();
    }

    /// A weight_set of this network's shape, all zero.
    weight_set<T> empty() const {
        weight_set<T> w;
        const long N = layout_.units;
        for (int e = 0; e < E; ++e) {
            if (plan.variables[e].weighted) {
                w.input.emplace_back(N, layout_.inputs);
                w.recurrent.emplace_back(N, N * plan.operations[plan.variables[e].product].from.size);
                w.bias.emplace_back(static_cast<std::size_t>(N));
            }
            if (has_initial(e)) w.initial.emplace_back(static_cast<std::size_t>(N));
        }
        w.output = matrix<T>(layout_.outputs, N);
        w.output_bias.resize(static_cast<std::size_t>(layout_.outputs));
        return w;
    }
    weight_set<T> exported(buffer block::*what) const {
        weight_set<T> w = empty();
        const auto host = download(what);
        each_entry(w, [&](T& value, int b, long row, long column, const entry&) {
            value = host[static_cast<std::size_t>(b)][at(b, row, column)];
        });
        return w;
    }
    /// Raw weights: entries that are not trained read 0, biases and initial values stand as they are used.
    weight_set<T> raw() const {
        weight_set<T> w = exported(&block::raw), fixed = exported(&block::fixed);
        for (std::size_t k = 0; k < w.bias.size(); ++k)
            for (std::size_t i = 0; i < w.bias[k].size(); ++i) w.bias[k][i] += fixed.bias[k][i];
        for (std::size_t i = 0; i < w.output_bias.size(); ++i) w.output_bias[i] += fixed.output_bias[i];
        for (std::size_t k = 0; k < w.initial.size(); ++k)
            for (std::size_t i = 0; i < w.initial[k].size(); ++i) w.initial[k][i] += fixed.initial[k][i];
        return w;
    }
    /// Takes raw weights over. Values where no trained weight exists are ignored, except biases and initial values. `effective`, if given,
    /// is where untrained weights are taken from: an entry that the layout says is fixed becomes what stands there, its sign included.
    /// Throws invalid_argument, and changes nothing, if a shape differs or a number is not finite.
    void set_raw(weight_set<T> w, const weight_set<T>* effective = nullptr) {
        check(w);
        auto raw = download(&block::raw), fixed = download(&block::fixed);
        const auto coefficient = download(&block::coefficient);
        each_entry(w, [&](T& value, int b, long row, long column, const entry& e) {
            const auto k = static_cast<std::size_t>(b);
            const std::size_t i = at(b, row, column);
            const bool trained = coefficient[k][i] != T(0);
            raw[k][i] = trained ? value : T(0);
            if (!e.weight) fixed[k][i] = trained ? T(0) : value;
        });
        if (effective) {
            weight_set<T> given = *effective;
            check(given);
            each_entry(given, [&](T& value, int b, long row, long column, const entry& e) {
                if (e.of && e.of->fixed(e.post, e.pre) != 0) fixed[static_cast<std::size_t>(b)][at(b, row, column)] = value;
            });
        }
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            blocks_[k].raw.upload(raw[k].data(), blocks_[k].raw.size());
            blocks_[k].fixed.upload(fixed[k].data(), blocks_[k].fixed.size());
        }
    }

    /// Effective weights from raw ones, on the device.
    void update_effective(B& b) {
        eirnn::update_effective(b, blocks_);
    }
    /// Packs the effective weights for the products; with the transposes if gradients will be taken.
    void pack(B& b, bool transposes) {
        for (int o = 0; o < O; ++o) {
            auto& p = blocks_[static_cast<std::size_t>(o)];
            const auto& g = rows_.operation[o];
            const auto k = static_cast<std::size_t>(o);
            b.pack(forward_[k], p.of(p.effective), g.results, g.operands, false);
            if (transposes && g.input > 0) b.pack(backward_[k], p.of(p.effective), g.results, g.input, true);
        }
    }

    /// Sums that the tiles of a batch add to, one set per group; also where the gradient of Omega is collected.
    struct partials {
        std::vector<buffer> memory;
        std::vector<typename B::template buffer<view<T>>> of_block;  ///< [block][group], in the backend's memory
        typename B::template buffer<view<T>> omega;
        std::vector<partial_sums<T>> of_group;                       ///< [group]
    };
    static constexpr long spare_columns = 8;  // an outer product writes whole register blocks
    partials& make_partials(int groups, bool omega) {
        if (static_cast<int>(partials_.of_group.size()) == groups && (partials_.omega.size() > 0 || !omega)) return partials_;
        partials p;
        p.of_group.resize(static_cast<std::size_t>(groups));
        const auto collect = [&](long ld, long columns, auto set) {
            std::vector<view<T>> views;
            for (auto& g : p.of_group) {
                p.memory.emplace_back(ld * (columns + spare_columns));
                set(g, views.emplace_back(view<T>{p.memory.back().data(), ld}));
            }
            typename B::template buffer<view<T>> list(groups);
            list.upload(views.data(), groups);
            return list;
        };
        for (int o = 0; o < O; ++o)
            p.of_block.push_back(collect(blocks_[static_cast<std::size_t>(o)].ld, blocks_[static_cast<std::size_t>(o)].columns,
                                         [&](auto& g, view<T> v) { g.weights[o] = v; }));
        for (int e = 0; e < E; ++e)
            if (has_initial(e))
                p.of_block.push_back(collect(round_up(rows_.units, B::row_unit), 1, [&](auto& g, view<T> v) { g.initial[e] = v; }));
        if (omega) p.omega = collect(round_up(rows_.units, B::row_unit), rows_.units, [&](auto& g, view<T> v) { g.omega = v; });
        partials_ = std::move(p);
        return partials_;
    }
    /// The raw gradient from the partial sums; returns its squared norm. `omega_factor` multiplies the collected gradient of Omega.
    double collect(B& b, int groups, const weight_penalties& penalty, double omega_factor) {
        double square = 0;
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            auto& p = blocks_[k];
            p.by_rule([&](auto rule, const parameter_region& r) {
                const bool recurrent = r.what == parameter_region::kind::recurrent;
                const double n = static_cast<double>(r.rows_of_matrix * r.columns_of_matrix);
                const bool with_omega = recurrent && omega_factor != 0;
                kernels::raw_gradient<rule.value, T> f{p.of(p.raw),
                                                       p.of(p.coefficient),
                                                       p.of(p.gradient),
                                                       partials_.of_block[k].data(),
                                                       with_omega ? partials_.omega.data() : nullptr,
                                                       groups,
                                                       static_cast<T>(omega_factor),
                                                       static_cast<T>(l1(penalty, r) / n),
                                                       static_cast<T>(2 * l2(penalty, r) / n)};
                b.map(r.column, r.column + r.columns, backend::section{r.row, r.row + r.rows, 0l, f});
            });
            square += squared_norm(b, p, column_sums_);
        }
        return square;
    }
    /// The value of the penalties on weights.
    double penalty(B& b, const weight_penalties& w) {
        double sum = 0;
        for (auto& p : blocks_)
            for (const auto& r : p.regions) {
                const double n = static_cast<double>(r.rows_of_matrix * r.columns_of_matrix);
                const kernels::absolute_sum<T> f{p.of(p.raw).row(r.row).column(r.column), p.of(p.coefficient).row(r.row).column(r.column),
                                                 r.rows, false};
                if (l1(w, r) != 0) sum += l1(w, r) / n * b.sum(r.rows * r.columns, f);
                if (l2(w, r) != 0)
                    sum += l2(w, r) / n * b.sum(r.rows * r.columns, kernels::absolute_sum<T>{f.raw, f.coefficient, r.rows, true});
            }
        return sum;
    }

private:
    struct entry {
        bool weight;                                   // a weight (and not a bias or initial value)
        const connectivity* of = nullptr;
        long post = 0, pre = 0;
    };
    // f(value, block, row, column, entry) for every entry of w and its place in the blocks.
    template <class F>
    void each_entry(weight_set<T>& w, const F& f) const {
        const long N = layout_.units;
        std::size_t gate = 0, initial = 0;
        for (int e = 0; e < E; ++e) {
            const auto& v = plan.variables[e];
            if (v.weighted) {
                const auto& op = plan.operations[v.product];
                const auto& g = rows_.operation[v.product];
                const long row = g.part[v.section];
                for (long i = 0; i < N; ++i) {
                    if (op.input)
                        for (long j = 0; j < layout_.inputs; ++j)
                            f(w.input[gate](i, j), v.product, row + i, g.input + j, entry{true, &layout_.input, i, j});
                    for (int k = 0; k < op.from.size; ++k)
                        for (long j = 0; j < N; ++j)
                            f(w.recurrent[gate](i, k * N + j), v.product, row + i, g.source[k] + j, entry{true, &layout_.recurrent, i, j});
                    f(w.bias[gate][static_cast<std::size_t>(i)], v.product, row + i, g.one, entry{false});
                }
                ++gate;
            }
            if (has_initial(e)) {
                for (long i = 0; i < N; ++i) f(w.initial[initial][static_cast<std::size_t>(i)], block_of_variable_[e], i, 0, entry{false});
                ++initial;
            }
        }
        const auto& g = rows_.operation[plan.main];
        const long source = rows_.source_row(plan, plan.main, plan.output());
        for (long o = 0; o < layout_.outputs; ++o) {
            for (long j = 0; j < N; ++j) f(w.output(o, j), plan.main, g.cells + o, source + j, entry{true, &layout_.output, o, j});
            f(w.output_bias[static_cast<std::size_t>(o)], plan.main, g.cells + o, g.one, entry{false});
        }
    }
    // Coefficients, fixed weights and regions, from the layout.
    void place(trainables t) {
        auto coefficient = download(&block::coefficient), fixed = download(&block::fixed);
        weight_set<T> w = empty();
        each_entry(w, [&](T& value, int b, long row, long column, const entry& e) {
            const auto k = static_cast<std::size_t>(b);
            const std::size_t i = at(b, row, column);
            if (e.of) {
                const T sign = e.of->sign(e.post, e.pre) < 0 ? T(-1) : T(1);
                coefficient[k][i] = e.of->plastic(e.post, e.pre) ? sign : T(0);
                fixed[k][i] = static_cast<T>(e.of->fixed(e.post, e.pre)) * sign;
            } else {
                const bool output_bias = &value >= w.output_bias.data() && &value < w.output_bias.data() + w.output_bias.size();
                coefficient[k][i] = (b >= O ? t.initial_state : output_bias ? t.output_bias : t.bias) ? T(1) : T(0);
            }
        });
        for (std::size_t o = 0; o < O; ++o)
            trained_.push_back(detail::patches_of(coefficient[o], blocks_[o].rows, blocks_[o].columns, blocks_[o].ld, B::row_unit));
        for (std::size_t k = 0; k < blocks_.size(); ++k) {
            blocks_[k].coefficient.upload(coefficient[k].data(), blocks_[k].coefficient.size());
            blocks_[k].fixed.upload(fixed[k].data(), blocks_[k].fixed.size());
        }
        using kind = parameter_region::kind;
        const auto add = [&](int b, std::vector<parameter_region> r) {
            blocks_[static_cast<std::size_t>(b)].regions.insert(blocks_[static_cast<std::size_t>(b)].regions.end(), r.begin(), r.end());
        };
        const auto bias = [](kind k, long row, long n, long column) {
            return std::vector<parameter_region>{{k, row, n, column, 1, sign_rule::free, n, 1}};
        };
        for (int e = 0; e < E; ++e) {
            const auto& v = plan.variables[e];
            if (v.weighted) {
                const auto& g = rows_.operation[v.product];
                const auto& op = plan.operations[v.product];
                const long row = g.part[v.section];
                for (int k = 0; k < op.from.size; ++k)
                    add(v.product, detail::regions_of(layout_.recurrent.rule, kind::recurrent, row, g.source[k]));
                if (op.input) add(v.product, detail::regions_of(layout_.input.rule, kind::input, row, g.input));
                add(v.product, bias(kind::bias, row, layout_.units, g.one));
            }
            if (has_initial(e)) add(block_of_variable_[e], bias(kind::initial, 0, layout_.units, 0));
        }
        const auto& g = rows_.operation[plan.main];
        const long source = rows_.source_row(plan, plan.main, plan.output());
        add(plan.main, detail::regions_of(layout_.output.rule, kind::output, g.cells, source));
        add(plan.main, bias(kind::bias, g.cells, layout_.outputs, g.one));
    }
    std::size_t at(int b, long row, long column) const {
        return static_cast<std::size_t>(column * blocks_[static_cast<std::size_t>(b)].ld + row);
    }
    std::vector<std::vector<T>> download(buffer block::*what) const { return eirnn::download(blocks_, what); }
    void check(weight_set<T>& w) const {
        const weight_set<T> shape = empty();
        const auto fits = [](const matrix<T>& a, const matrix<T>& b) {
            return a.rows == b.rows && a.cols == b.cols && a.data.size() == b.data.size();
        };
        bool ok = w.input.size() == shape.input.size() && w.recurrent.size() == shape.recurrent.size() &&
                  w.bias.size() == shape.bias.size() && w.initial.size() == shape.initial.size() && fits(w.output, shape.output) &&
                  w.output_bias.size() == shape.output_bias.size();
        for (std::size_t k = 0; ok && k < shape.bias.size(); ++k)
            ok = fits(w.input[k], shape.input[k]) && fits(w.recurrent[k], shape.recurrent[k]) && w.bias[k].size() == shape.bias[k].size();
        for (std::size_t k = 0; ok && k < shape.initial.size(); ++k) ok = w.initial[k].size() == shape.initial[k].size();
        detail::require(ok, "weights have another shape than the network", "set_raw",
                        std::to_string(layout_.units) + " units, " + std::to_string(layout_.inputs) + " inputs, " +
                            std::to_string(layout_.outputs) + " outputs",
                        "other sizes", "take a weight_set of this network, from raw(), and fill it");
        each_entry(w, [&](T& value, int, long row, long column, const entry&) {
            detail::require(is_finite(value), "a weight is not finite",
                            "row " + std::to_string(row) + ", column " + std::to_string(column) + " of the stacked matrix",
                            "a finite number", "NaN or infinity", "correct the weights before handing them in");
        });
    }
    static double l1(const weight_penalties& p, const parameter_region& r) {
        using kind = parameter_region::kind;
        return r.what == kind::recurrent ? p.l1_recurrent : r.what == kind::input ? p.l1_input : r.what == kind::output ? p.l1_output : 0;
    }
    static double l2(const weight_penalties& p, const parameter_region& r) {
        using kind = parameter_region::kind;
        return r.what == kind::recurrent ? p.l2_recurrent : r.what == kind::input ? p.l2_input : r.what == kind::output ? p.l2_output : 0;
    }

    layout layout_;
    geometry<plan_type> rows_;
    std::vector<block> blocks_;  // one per operation, then one per variable with an initial value
    int block_of_variable_[static_cast<std::size_t>(E)] = {};
    std::vector<typename B::packed> forward_, backward_;
    std::vector<std::vector<patch>> trained_;  // per operation
    partials partials_;
    buffer column_sums_;
};

}  // namespace eirnn
