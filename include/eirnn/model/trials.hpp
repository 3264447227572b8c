// A batch of trials as the model takes it.
#pragma once
#include <eirnn/core/owned_list.hpp>
#include <eirnn/layout/map.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Consecutive channels of a batch or of a recording: `motion(step, trial, channel)`, channels counted from the first of these. A view.
template <class T>
struct channel_view {
    T* first = nullptr;
    long trials = 0, width = 0;  ///< of what they are in
    long size = 0;               ///< how many they are
    T& operator()(long step, long trial, long channel) const {
        return first[static_cast<std::size_t>((step * trials + trial) * width + channel)];
    }
};

/// A map, or a film of maps, of every trial.
template <class T>
struct image_input {
    grid_entry grid;
    long channels = 0, frames = 1;
    std::vector<T> input;  ///< [step or frame][trial][row][column][channel]
};

/// The pixels of an image of a batch: `cue(frame, trial, row, column, channel)`. A view.
template <class T>
struct image_view {
    T* first = nullptr;
    long trials = 0, frames = 0;
    grid_entry grid;
    long channels = 0;
    T& operator()(long frame, long trial, long row, long column, long channel) const {
        return first[static_cast<std::size_t>((((frame * trials + trial) * grid.height + row) * grid.width + column) * channels + channel)];
    }
};

/// Trials of one batch, discretised with one time step. Step t (0 .. steps-1) covers the time (t dt, (t+1) dt]; the input of step t
/// drives the state that the output of step t is read from. Shorter trials are padded: their mask is 0 there, their input 0 (they still
/// get the baseline and the noise).
///
/// Images are trials of a network that has its own number of steps: `steps` is 0, the input a map (or a film of maps), and each trial has
/// one target, of the readout. They need no mask and no length; without an id, their place in the batch stands for it.
template <class T>
struct trial_batch {
    long trials = 0, steps = 0, inputs = 0, outputs = 0;
    double dt = 0;                        ///< ms; of images 20, which only cells with alpha or noise read
    grid_entry grid;                      ///< of the input: one position, or the rows and columns of an image
    long frames = 1;                      ///< of the input of images; 1: the same in every step
    std::vector<T> input;                 ///< [step or frame][trial][row][column][input], without baseline and noise
    owned_list<image_input<T>> more_images;  ///< of a network that has several: those behind the first, in its order
    long unit_inputs = 0;                 ///< beside an image: channels that units read themselves, such as cues
    std::vector<T> unit_input;            ///< [step][trial][channel], the same of them
    std::vector<T> target;                ///< [step][trial][output]; of images [trial][output]
    std::vector<T> mask;                  ///< [step][trial][output], >= 0
    std::vector<std::int32_t> length;     ///< [trial]: its own number of steps
    std::vector<std::uint32_t> id;        ///< [trial]: what keys its noise and its dropout, whatever batch the trial is in
    /// Where trials go on from: per state of the network [trial][unit], such as recording::end. Empty: they begin as the network does. A
    /// network's states are the variables that have initial values (`x0`), in their order.
    owned_list<std::vector<T>> start;
    long first_step = 0;  ///< steps that went before, a multiple of 8: the noise goes on from there

    trial_batch() = default;
    trial_batch(long n_trials, long n_steps, long n_inputs, long n_outputs, double step_ms)
        : trials(n_trials),
          steps(n_steps),
          inputs(n_inputs),
          outputs(n_outputs),
          dt(step_ms),
          input(count(n_inputs)),
          target(count(n_outputs)),
          mask(count(n_outputs)),
          length(static_cast<std::size_t>(n_trials), static_cast<std::int32_t>(n_steps)),
          id(static_cast<std::size_t>(n_trials)) {
        for (std::size_t k = 0; k < id.size(); ++k) id[k] = static_cast<std::uint32_t>(k);
    }
    /// Images, or films of so many frames, without targets.
    static trial_batch of_images(long n_images, grid_entry size, long channels, long n_frames = 1) {
        trial_batch b;
        b.trials = n_images, b.grid = size, b.inputs = channels, b.frames = n_frames, b.dt = 20;
        b.input.resize(static_cast<std::size_t>(n_frames * n_images * size.positions() * channels));
        return b;
    }
    /// Makes room for one more image, or film, all 0.
    void add_image(grid_entry size, long channels, long n_frames = 1) {
        const auto numbers = static_cast<std::size_t>(n_frames * trials * size.positions() * channels);
        more_images.push_back({size, channels, n_frames, std::vector<T>(numbers)});
    }
    /// Makes room for inputs of units beside the image, all 0.
    void add_unit_inputs(long channels) {
        unit_inputs = channels;
        unit_input.assign(count(channels), T(0));
    }
    /// `n` of its trials, from number `first` on, as they are in it: with their ids, and with the states that they begin with.
    trial_batch part(long first, long n) const {
        trial_batch p(n, steps, inputs, outputs, dt);
        p.grid = grid, p.frames = frames, p.first_step = first_step, p.unit_inputs = unit_inputs;
        const auto copy = [&](const auto* from, auto* to, std::size_t numbers, long width) {
            const long all = static_cast<long>(numbers) / (trials * width);
            for (long k = 0; k < all; ++k)
                for (long i = 0; i < n * width; ++i) to[k * n * width + i] = from[(k * trials + first) * width + i];
        };
        const auto numbers = [&](const std::vector<T>& from, std::vector<T>& to, long width) {
            to.resize(from.size() / static_cast<std::size_t>(trials) * static_cast<std::size_t>(n));
            if (width > 0) copy(from.data(), to.data(), from.size(), width);
        };
        numbers(input, p.input, grid.positions() * inputs), numbers(unit_input, p.unit_input, unit_inputs);
        for (const image_input<T>& m : more_images) {
            p.more_images.push_back({m.grid, m.channels, m.frames, {}});
            numbers(m.input, p.more_images.back().input, m.grid.positions() * m.channels);
        }
        numbers(target, p.target, outputs), numbers(mask, p.mask, outputs);
        copy(length.data(), p.length.data(), length.size(), 1);
        for (std::size_t k = 0; k < p.id.size(); ++k) p.id[k] = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(k);
        copy(id.data(), p.id.data(), id.size(), 1);
        for (const auto& s : start) numbers(s, p.start.emplace_back(std::size_t{0}), static_cast<long>(s.size()) / trials);
        return p;
    }
    bool has_images() const { return steps == 0; }
    /// Steps that have a target.
    long target_steps() const { return has_images() ? 1 : steps; }
    T& input_at(long t, long n, long i) & { return input[index(t, n, i, inputs)]; }
    T& unit_input_at(long t, long n, long i) & { return unit_input[index(t, n, i, unit_inputs)]; }
    T unit_input_at(long t, long n, long i) const& { return unit_input[index(t, n, i, unit_inputs)]; }
    T& target_at(long t, long n, long o) & { return target[index(t, n, o, outputs)]; }
    T& mask_at(long t, long n, long o) & { return mask[index(t, n, o, outputs)]; }
    T input_at(long t, long n, long i) const& { return input[index(t, n, i, inputs)]; }
    T target_at(long t, long n, long o) const& { return target[index(t, n, o, outputs)]; }
    T mask_at(long t, long n, long o) const& { return mask[index(t, n, o, outputs)]; }

private:
    std::size_t count(long width) const { return static_cast<std::size_t>(trials * steps * width); }
    std::size_t index(long t, long n, long i, long width) const { return static_cast<std::size_t>((t * trials + n) * width + i); }
};

}  // namespace EIRNN_NAMESPACE
