// What happens around the equations of a cell: inputs, noise, losses, what is saved.
#pragma once
#include <eirnn/kernels/loss.hpp>
#include <eirnn/kernels/normal.hpp>

namespace EIRNN_NAMESPACE {

/// What a run needs to know: sizes, time constants, noise, and the batch in the backend's memory.
template <class T>
struct run_data {
    long trials = 0, steps = 0;
    const T *input = nullptr, *target = nullptr, *mask = nullptr;  ///< [step][trial][channel], the input of units
    const T* image = nullptr;                                      ///< [image][step or frame][trial][position][channel]
    const std::int32_t* length = nullptr;                          ///< [trial]
    const std::uint32_t* id = nullptr;                             ///< [trial], filled up to whole tiles
    const T* live = nullptr;                                       ///< [trial], 1, then 0 up to whole tiles
    const T *alpha = nullptr, *unit_noise = nullptr;               ///< [unit or channel of a map]: dt / tau, standard deviation per step
    const T* given_noise = nullptr;                                ///< [step][trial][unit], instead of drawn noise
    const T* input_noise = nullptr;                                ///< [input of units]: the same of the inputs
    const T* image_noise = nullptr;                                ///< [image][channel, filled up]: the same of images
    T baseline = 0;
    bool rectify_inputs = true;
    random_key unit_key{}, input_key{}, dropout_key{};
    std::uint32_t iteration = 0;
    bool drops = false;    ///< dropout also where no gradient is taken
    long first_block = 0;  ///< of noise: where it goes on from
    bool one_input = false;                                        ///< `input` is [trial][channel], of whatever step
    T rate_penalty = 0;
    bool rate_penalty_only = false;                                ///< the loss itself is left out (see engine::gradient)
};

/// Where a run without gradients leaves what it computed; null pointers are not written.
template <class T>
struct record_data {
    T *output = nullptr, *final_output = nullptr, *rate = nullptr, *state = nullptr;
    long every = 1;
};

namespace kernels {

template <class T>
struct fill_rows {
    view<T> v;
    T value;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(v, decltype(at.load(v)){} + value);
    }
};
template <class T>
struct spread_rows {  // one number per row to all columns
    view<T> v;
    const T* from;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(v, at.per_row(from));
    }
};
template <class T>
struct copy_rows {
    view<T> from, to;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(to, at.load(from));
    }
};
template <class T, bool add = false>
struct store_rows {
    view<T> to;
    view<T> destination() const requires(!add) { return to; }  // a backend may write there itself
    template <class At, class V>
    EIRNN_INLINE void operator()(const At& at, V y) const {
        if constexpr (add) at.store(to, at.load(to) + y);
        else at.store(to, y);
    }
};
/// The first rows of every column become 0.
template <class T>
struct clear_rows {
    view<T> v;
    long rows;
    EIRNN_INLINE double operator()(long k) const {
        *v.at(k % rows, k / rows) = 0;
        return 0;
    }
};
/// Every row becomes, or grows by, a share of the sum over the rows, column by column.
template <class T>
struct gather_rows {
    view<T> from, to;
    long rows;
    T share;
    bool add;
    EIRNN_INLINE double operator()(long column) const {
        T sum = 0;
        for (long i = 0; i < rows; ++i) sum += *from.at(i, column);
        sum *= share;
        for (long i = 0; i < rows; ++i) *to.at(i, column) = add ? *to.at(i, column) + sum : sum;
        return 0;
    }
};
template <class T>
struct scale_columns {
    view<T> v;
    const T* by;
    template <class At>
    EIRNN_INLINE void operator()(const At& at) const {
        at.store(v, at.load(v) * at.per_column(by));
    }
};

/// u = [u0 + u_task + noise]_+ (Song et al. 2016, equation 11) for some consecutive steps, and the constant 1, into the operands.
template <class T>
struct place_inputs {
    run_data<T> d;
    view<T> to[noise_steps], noise[noise_steps];  ///< noise: null data if there is none
    long input_row, inputs, columns, first_trial, first_step;
    EIRNN_INLINE double operator()(long k) const {
        const long j = k / columns, c = k % columns, trial = first_trial + c;
        T* const u = to[j].at(input_row, c);
        for (long i = 0; i < inputs; ++i) {
            T x = d.baseline + (trial < d.trials ? d.input[((d.one_input ? 0 : first_step + j) * d.trials + trial) * inputs + i] : T(0));
            if (noise[j].data) x += *noise[j].at(i, c);
            u[i] = d.rectify_inputs && !(x > 0) ? T(0) : x;
        }
        u[inputs] = 1;
        return 0;
    }
};
/// Noise that was handed in, for one step.
template <class T>
struct copy_noise {
    run_data<T> d;
    view<T> to;
    long units, first_unit, all_units;  ///< how many; which ones of the network
    long first_trial, step;             ///< step counts from 0
    EIRNN_INLINE double operator()(long k) const {
        const long i = k % units, c = k / units, trial = first_trial + c;
        *to.at(i, c) = trial < d.trials ? d.given_noise[(step * d.trials + trial) * all_units + first_unit + i] : T(0);
        return 0;
    }
};
/// States at step 0 that a batch brings, [trial][unit].
template <class T>
struct load_states {
    const T* from;
    view<T> to;
    long trials, units, first_trial;
    EIRNN_INLINE double operator()(long k) const {
        const long i = k % units, c = k / units, trial = first_trial + c;
        *to.at(i, c) = trial < trials ? from[trial * units + i] : T(0);
        return 0;
    }
};
/// States of the trials whose last step this is.
template <class T>
struct save_states {
    run_data<T> d;
    view<T> from;
    T* to;
    long step, first_trial, units;  ///< step counts from 1
    EIRNN_INLINE double operator()(long k) const {
        const long trial = first_trial + k;
        if (trial < d.trials && step == d.length[trial])
            for (long i = 0; i < units; ++i) to[trial * units + i] = *from.at(i, k);
        return 0;
    }
};
template <class Loss, class F, class T>
struct loss_of_columns {
    run_data<T> d;
    view<T> z;  ///< the readout rows of the result of step 1
    long columns, outputs, first_trial;
    output_rows part[detail::output_parts<F>];
    EIRNN_INLINE double operator()(long k) const {
        const long step = k / columns, trial = first_trial + k % columns;
        T* const column = z.at(0, k);
        if (trial >= d.trials || d.rate_penalty_only) {
            for (long o = 0; o < outputs; ++o) column[o] = 0;
            return 0;
        }
        const long at = (step * d.trials + trial) * outputs;
        double loss = 0;
        each_part<F>([&](auto p) {
            const auto [begin, size, scale] = part[p.value];
            loss += column_loss(detail::loss_of_part<Loss, p.value>{}, detail::one_output<F, p.value>{}, column + begin,
                                d.target + at + begin, d.mask + at + begin, size, scale);
        });
        return loss;
    }
};
/// Saves outputs and rates of a step.
template <class F, class T>
struct save_step {
    run_data<T> d;
    record_data<T> to;
    view<T> z, rate, state;
    long step, first_trial;  ///< step counts from 1
    long units, first_unit, all_units, outputs;
    output_rows part[detail::output_parts<F>];
    EIRNN_INLINE double operator()(long k) const {
        const long trial = first_trial + k;
        if (trial >= d.trials) return 0;
        const bool sample = step % to.every == 0;
        const long at = (step / to.every - 1) * d.trials + trial;
        if (sample && to.output) activate(k, to.output + at * outputs);
        if (to.final_output && step == d.length[trial]) activate(k, to.final_output + trial * outputs);
        if (sample && to.rate)
            for (long i = 0; i < units; ++i) to.rate[at * all_units + first_unit + i] = *rate.at(i, k);
        if (sample && to.state)
            for (long i = 0; i < units; ++i) to.state[at * all_units + first_unit + i] = *state.at(i, k);
        return 0;
    }
    EIRNN_INLINE void activate(long column, T* y) const {
        const T* const logits = z.at(0, column);
        each_part<F>([&](auto p) {
            const output_rows& o = part[p.value];
            activate_column(detail::one_output<F, p.value>{}, logits + o.begin, y + o.begin, o.size);
        });
    }
};
template <class T>
struct sum_rate_squares {
    const T *squares, *live;
    EIRNN_INLINE double operator()(long c) const { return double(squares[c]) * double(live[c]); }
};

template <class T>
struct save_adjoint {
    view<T> from;
    T* to;
    long trials, units, first_trial, step;  ///< step counts from 1
    EIRNN_INLINE double operator()(long k) const {
        const long trial = first_trial + k;
        if (trial < trials)
            for (long i = 0; i < units; ++i) to[((step - 1) * trials + trial) * units + i] = *from.at(i, k);
        return 0;
    }
};
template <class T>
struct set_numbers {
    T* p;
    T value;
    EIRNN_INLINE double operator()(long k) const {
        p[k] = value;
        return 0;
    }
};

}  // namespace kernels
}  // namespace EIRNN_NAMESPACE
