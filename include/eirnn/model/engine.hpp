// A network's numbers and what can be done with them: run trials, take gradients. Knows the equations of the cell, not the names of the
// network.
#pragma once
#include <eirnn/cell/cells.hpp>
#include <eirnn/model/area_list.hpp>
#include <eirnn/model/dense_stage.hpp>
#include <eirnn/model/dynamics.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE {

/// What is minimised beside the loss: weights of the penalties.
struct objective {
    double omega = 0;                  ///< lambda_Omega (Song et al. 2016, equations 22-26)
    double l2_rate = 0;                ///< times the mean of r^2 over steps, trials and units
    weight_penalties weights{};        ///< penalties on the size of weights
    friend bool operator==(const objective&, const objective&) = default;
};

/// The noise of a run: the same key and trial id give the same noise in any batch.
struct noise_key {
    std::uint64_t seed = 0;       ///< of the run
    std::uint32_t iteration = 0;  ///< another one is other noise, for the same trials
};

/// What a gradient computation found. The gradient itself stays in the engine.
struct gradient_report {
    double loss = 0;                   ///< of the task
    double omega = 0;                  ///< Omega, not weighted
    double penalty = 0;                ///< the other penalties, weighted
    double norm = 0;                   ///< of the gradient of everything
    double performance = 0;            ///< percent of the images whose class has the largest output; 0 for dense networks
};

/// How to run trials without gradients.
template <class T>
struct run_request {
    long every = 1;                          ///< steps between two saved samples
    bool rates = false;                      ///< whether to save the rates of all units (r)
    bool states = false;                     ///< whether to save the first variable of the cell (x of the rate cell)
    const std::vector<T>* noise = nullptr;   ///< [step][trial][unit], added as it stands instead of drawn noise
};
template <class T>
struct run_result {
    std::vector<T> output, final_output, rate, state;  ///< as in `recording`
};

template <class Cell, class Output, backend::Backend B>
class engine {
public:
    using T = typename B::scalar;
    static constexpr auto& plan = planned<Cell>::plan;
    using area_type = dense_area<planned<Cell>, B>;
    static_assert(plan.main >= 0, "eirnn: a dense network is recurrent: its cell reads W(prev(...)) of its last variable");
    static_assert(plan.shapes.size == 1, "eirnn: in a dense network every equation has one value per unit");
    static_assert(plan.coefficients.size == 0 ||
                      (plan.coefficients.size == 1 && plan.coefficients[0] == equations::identity_of_tag<struct notation::alpha>),
                  "eirnn: the only number per unit that a run supplies is notation::alpha, dt / tau");

    engine(const layout& l, trainables t, B b) : structure_(l), backend_(std::move(b)) {
        areas_.last().build(parameters_, l, t);
        parameters_.finish();
    }

    B& device() { return backend_; }
    const layout& structure() const { return structure_; }
    parameter_set<B>& parameters() { return parameters_; }
    const parameter_set<B>& parameters() const { return parameters_; }

    /// A weight_set of this network's shape, all zero.
    weight_set<T> empty() const { return detail::empty_weights<T>(parameters_.tensors(), structure_); }
    /// Raw weights: entries that are not trained read 0, biases and initial values stand as they are used.
    weight_set<T> raw() const { return as_weights(parameters_.raw()); }
    /// One quantity of every weight: effective weights, gradients, moments of an optimiser.
    weight_set<T> exported(typename parameter_block<B>::buffer parameter_block<B>::*what) const {
        return as_weights(parameters_.exported(what));
    }
    /// Takes raw weights over, see parameter_set::set_raw.
    void set_raw(const weight_set<T>& w, const weight_set<T>* effective = nullptr) {
        const auto& tensors = parameters_.tensors();
        const weight_set<T> shape = empty();
        const auto values = detail::numbers_of(tensors, w, shape);
        if (!effective) return parameters_.set_raw(values);
        const auto given = detail::numbers_of(tensors, *effective, shape);
        parameters_.set_raw(values, &given);
    }

    /// Runs trials. The weights in use are the effective ones.
    run_result<T> run(const trial_batch<T>& batch, const dynamics& how, noise_key key, const run_request<T>& ask = {}) {
        const run_data<T> d = upload(batch, how, key, ask.noise);
        detail::require(ask.every >= 1, "samples must be at least one step apart", "run_request::every", ">= 1", std::to_string(ask.every),
                        "use 1 to save every step");
        arrange(d, false, false);
        const long samples = d.steps / ask.every, units = structure_.units, outputs = structure_.outputs;
        buffer output(samples * d.trials * outputs), final_output(d.trials * outputs);
        buffer rate(ask.rates ? samples * d.trials * units : 0), state(ask.states ? samples * d.trials * units : 0);
        const record_data<T> record{output.data(), final_output.data(), ask.rates ? rate.data() : nullptr,
                                    ask.states ? state.data() : nullptr, ask.every};
        const area_type& a = areas_.last();
        const auto save = [&](B& b, int, const tile_place<T>& at) {
            const auto m = a.frame(d, at, at.step);
            b.for_index(at.columns, kernels::save_step<Output, T>{d, record, a.readout(at, at.step), m.value[plan.output()], m.value[0],
                                                                  at.step, at.first, units, outputs});
        };
        areas_.template pass<false>(backend_, {parameters_, d}, {.keep = true}, {save, {}, {}});
        run_result<T> r;
        const auto fetch = [](const buffer& from, std::vector<T>& to) {
            to.resize(static_cast<std::size_t>(from.size()));
            from.download(to.data(), from.size());
        };
        fetch(output, r.output), fetch(final_output, r.final_output), fetch(rate, r.rate), fetch(state, r.state);
        return r;
    }

    /// The gradient of loss + penalties by every raw weight. `state_adjoints`, if given, gets dL/dx of the task loss, [step][trial][unit]
    /// (cells with Omega only).
    template <class Loss>
    gradient_report gradient(const trial_batch<T>& batch, const dynamics& how, noise_key key, Loss loss, const objective& o,
                             const std::vector<T>* noise = nullptr, std::vector<T>* state_adjoints = nullptr) {
        run_data<T> d = upload(batch, how, key, noise);
        d.loss_scale = 1 / mask_weight(batch, loss);
        const bool omega = o.omega != 0 || state_adjoints;
        gradient_report report;
        double count = 0;
        if (omega) {
            if constexpr (kernels::has_omega<planned<Cell>>) {
                buffer adjoints(state_adjoints ? d.steps * d.trials * structure_.units : 0);
                pass(d, loss, true, true, state_adjoints ? adjoints.data() : nullptr, report, count);
                if (state_adjoints) {
                    state_adjoints->resize(static_cast<std::size_t>(adjoints.size()));
                    adjoints.download(state_adjoints->data(), adjoints.size());
                }
            } else {
                detail::require(false, "Omega is not defined for this cell", "objective::omega",
                                "a cell with one state x and a rate r = f(x)", "another cell", "set omega to 0");
            }
        }
        // The derivatives in Omega are those of the task's loss alone. A penalty on rates, which changes them, takes a pass of its own.
        d.rate_penalty = static_cast<T>(2 * o.l2_rate /
                                        (static_cast<double>(d.steps) * static_cast<double>(d.trials) * static_cast<double>(structure_.units)));
        d.rate_penalty_only = omega;
        if (!omega || o.l2_rate != 0) pass(d, loss, !omega, false, nullptr, report, count);
        report.omega = count > 0 ? report.omega / count : 0;
        report.penalty = report.penalty * double(d.rate_penalty) / 2 + parameters_.penalty(backend_, o.weights);
        report.norm = std::sqrt(parameters_.collect(backend_, o.weights, count > 0 ? o.omega / count : 0));
        return report;
    }

private:
    using buffer = typename B::template buffer<T>;

    weight_set<T> as_weights(const tensor_list<T>& values) const {
        weight_set<T> w = empty();
        detail::each_number(parameters_.tensors(), w, [&](std::size_t tensor, std::size_t k, T& x) { x = values[tensor][k]; });
        return w;
    }

    long tile_columns(long trials) {
        const auto& g = areas_.last().rows.operation[plan.main];
        return backend_.tile_columns(trials, g.results * g.operands);
    }
    void arrange(const run_data<T>& d, bool training, bool omega) {
        const long columns = tile_columns(d.trials), chunk = (std::min)(backend_.chunk(columns), d.steps + 1);
        parameters_.prepare(backend_, training);
        areas_.last().find_parameters(parameters_);
        areas_.arrange(d.trials, columns, d.steps, training,
                       [&] { return areas_.last().place(0, columns, d.steps, training, omega, chunk); });
        if (training) parameters_.make_partials(backend_.groups(d.trials, columns), omega ? structure_.units : 0);
    }

    template <class Loss>
    double mask_weight(const trial_batch<T>& batch, Loss) const {
        double sum = 0;
        for (const T m : batch.mask) sum += double(m);
        if constexpr (std::is_same_v<Loss, categorical_cross_entropy_t>) sum /= static_cast<double>(batch.outputs);
        detail::require(sum > 0, "the mask of the batch leaves nothing to learn from", "trial_batch::mask", "a positive sum",
                        std::to_string(sum), "mask in at least one output of one step");
        return sum;
    }

    // One forward and one backward through all tiles. `first`: nothing has been collected before.
    template <class Loss>
    void pass(const run_data<T>& d, Loss, bool first, bool omega, T* state_adjoints, gradient_report& report, double& omega_count) {
        arrange(d, true, omega);
        const area_type& a = areas_.last();
        std::vector<omega_sum> omegas(static_cast<std::size_t>(areas_.tile_count()));
        std::vector<double> rates(omegas.size());
        const auto count_rates = [&](B& b, int, const tile_place<T>& at) {
            T* const squares = a.per_column(at);
            b.column_squares(a.frame(d, at, at.step).value[plan.output()], structure_.units, at.columns, squares);
            rates[static_cast<std::size_t>(at.first / at.columns)] += b.sum(at.columns, kernels::sum_rate_squares<T>{squares, d.live + at.first});
        };
        const auto loss = [&](B& b, const tile_place<T>& at) {
            const kernels::loss_of_columns<Loss, Output, T> f{d, a.readout(at, 1), at.columns, structure_.outputs, at.first};
            return b.sum(d.steps * at.columns, f);
        };
        report.loss += areas_.template pass<true>(
            backend_, {parameters_, d, !first, omega ? omegas.data() : nullptr, state_adjoints}, {.backward = true, .keep = d.rate_penalty != 0}, {count_rates, loss, {}});
        for (const auto& r : omegas) report.omega += r.sum, omega_count += r.count;
        for (const double r : rates) report.penalty += r;
    }

    run_data<T> upload(const trial_batch<T>& batch, const dynamics& how, noise_key key, const std::vector<T>* noise) {
        check_batch(batch, structure_.units, structure_.inputs, structure_.outputs, noise ? noise->size() : 0);
        const auto scales = how.scaled(batch.dt, structure_.units);
        run_data<T> d;
        d.trials = batch.trials, d.steps = batch.steps;
        const auto send = [](auto& to, const auto& from, long n) {
            if (to.size() < n) to = std::remove_reference_t<decltype(to)>(n);
            to.upload(from.data(), static_cast<long>(from.size()));
            return to.data();
        };
        const auto lend = [&](buffer& to, const std::vector<T>& from) -> const T* {
            if constexpr (B::on_host) return from.data();
            else return send(to, from, static_cast<long>(from.size()));
        };
        const auto narrow = [&](const std::vector<double>& v) { return std::vector<T>(v.begin(), v.end()); };
        const long filled = round_up(batch.trials, tile_columns(batch.trials)), padded = round_up(structure_.units, 64);
        std::vector<std::uint32_t> id(batch.id);
        std::vector<T> live(static_cast<std::size_t>(batch.trials), T(1));
        id.resize(static_cast<std::size_t>(filled));
        live.resize(static_cast<std::size_t>(filled));
        d.input = lend(input_, batch.input), d.target = lend(target_, batch.target), d.mask = lend(mask_, batch.mask);
        d.length = send(length_, batch.length, batch.trials);
        d.id = send(id_, id, filled);
        d.live = send(live_, live, filled);
        d.coefficient[0] = send(alpha_, narrow(scales.alpha), padded);
        if (noise) d.given_noise = lend(noise_, *noise);
        else if (scales.any_unit_noise) d.unit_noise = send(unit_noise_, narrow(scales.unit_noise), padded);
        d.baseline = static_cast<T>(how.baseline);
        if (!noise && scales.input_noise != 0)
            d.input_noise = send(input_noise_, std::vector<T>(static_cast<std::size_t>(structure_.inputs), static_cast<T>(scales.input_noise)),
                                 round_up(structure_.inputs, 64));
        d.rectify_inputs = how.rectify_inputs;
        d.unit_key = key_of(key.seed, stream::unit_noise);
        d.input_key = key_of(key.seed, stream::input_noise);
        d.iteration = key.iteration;
        return d;
    }

    layout structure_;
    B backend_;
    parameter_set<B> parameters_;
    area_list<B, area_type> areas_;
    // what a run reads, in the backend's memory; of the batch only what it cannot read where it is
    buffer input_, target_, mask_, live_, alpha_, unit_noise_, input_noise_, noise_;
    typename B::template buffer<std::int32_t> length_;
    typename B::template buffer<std::uint32_t> id_;
};

}  // namespace EIRNN_NAMESPACE
