// Sequence execution: move the eyes along one of eight sequences of dots on a 3 x 3 grid (Song et al. 2016, Fig 8).
#pragma once
#include <eirnn/task/trial_parts.hpp>
#include <eirnn/train/stopping.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE::tasks {

/// A place on the screen, in its own units: the grid reaches from -0.5 to 0.5.
struct screen_position {
    double x = 0, y = 0;
};

/// The dots of the grid are numbered row by row from the upper left; 4 is the centre, where every sequence begins.
struct dot_grid {
    static constexpr int dots = 9, sequences = 8, moves = 3;
    static constexpr int path[sequences][moves + 1] = {{4, 5, 1, 0}, {4, 3, 1, 2}, {4, 3, 7, 8}, {4, 5, 7, 6},
                                                       {4, 5, 1, 2}, {4, 3, 1, 0}, {4, 3, 7, 6}, {4, 5, 7, 8}};
    /// The two dots that a move may go to; none from the corners, where sequences end.
    static constexpr int options[dots][2] = {{-1, -1}, {0, 2}, {-1, -1}, {1, 7}, {3, 5}, {1, 7}, {-1, -1}, {6, 8}, {-1, -1}};
    static constexpr screen_position position(int dot) { return {-0.5 + 0.5 * (dot % 3), -0.5 + 0.5 * (2 - dot / 3)}; }
};

/// What a trial of the task was. Times in ms from the start of the trial.
struct sequence_condition {
    int sequence = 0;  ///< 0 to 7, the paper's 1 to 8
    double fixation_onset = 0;
    std::array<double, dot_grid::moves> move_onset{};
    double trial_end = 0;

    /// When a move should have ended.
    double move_end(std::size_t move) const { return move + 1 < move_onset.size() ? move_onset[move + 1] : trial_end; }
    /// The dot where the eye should be after `move` moves (0: at fixation).
    int dot(std::size_t move) const { return dot_grid::path[sequence][move]; }

    static constexpr std::array column_names{"sequence", "fixation_onset", "move_1_onset", "move_2_onset", "move_3_onset", "trial_end"};
    /// One row of `table_of`.
    std::array<double, column_names.size()> row() const {
        return {double(sequence), fixation_onset, move_onset[0], move_onset[1], move_onset[2], trial_end};
    }
    friend bool operator==(const sequence_condition&, const sequence_condition&) = default;
};

/// Inputs: nine dots, then a cue for each of eight sequences. The cue is on throughout; the dot at the centre during fixation; in each
/// move the dot where it begins and the two where it may end. Two outputs, the position of the eye: in fixation that of the centre, in a
/// move that of the dot where the move ends. Nothing is asked for between trials (the first epoch).
///
/// The published network runs on from trial to trial. Here a trial holds all of that but the state. `continuous` states that the task is
/// meant to run on: with `training_options::carry` a trial of training begins where the last one ended, as the text of the paper has it;
/// without, it begins as the network does, as in the training of the published code. In runs `trial_batch::start` of trial n + 1 takes the
/// states that trial n ended with.
struct sequence_execution {
    static constexpr bool continuous = true;

    double between_trials = 1000;  ///< ms before fixation
    double fixation = 1000;        ///< ms before the first move
    double move = 500;             ///< ms of each of the three moves
    /// Training shows every sequence once in eight trials, as the paper says; its code draws each trial, which is the default. Trial k of
    /// iteration i is at place i + k of the blocks, so this is meant for batches of one trial.
    bool training_blocks = false;
    double least_error = 0.05;     ///< RMSE of a validation at which training may stop
    long validations = 800;        ///< trials of a validation: `validation_trials()`

    long inputs() const { return dot_grid::dots + dot_grid::sequences; }
    static std::vector<named_range> input_names() {
        return {{"dots", 0, dot_grid::dots}, {"sequence", dot_grid::dots, dot_grid::sequences}};
    }
    long outputs() const { return 2; }
    long validation_trials() const { return validations; }
    /// Not exceeded by any performance: the error ends training.
    double target_performance() const { return 100; }
    /// When training ends: the RMSE of a validation is small enough.
    until stopping() const { return {.performance = target_performance(), .rmse = least_error}; }
    long conditions() const { return dot_grid::sequences; }

    /// The trials of a request. Validation and test come in blocks of eight trials that each hold every sequence once, in an order of
    /// their own; the first block of a test is in the order of the sequences. Throws invalid_argument where a number of the task or of the
    /// request makes no sense.
    template <class T>
    task_batch<T, sequence_condition> make(const trial_request& request) const {
        eirnn::tasks::check(request);
        check(request.dt);
        return assemble<T>(
            request, inputs(), outputs(), [&](long trial) { return describe(request, trial); },
            [&](trial_batch<T>& batch, long k, const sequence_condition& c) { paint(batch, k, c); });
    }

    /// Percent of the moves after which the eye is nearer to the right dot than to any other. It ends no training, since the paper looks
    /// at the error only. Throws invalid_argument if no output was recorded at the end of a move.
    template <class T>
    double performance(const task_batch<T, sequence_condition>& batch, const recording<T>& what_happened) const {
        require_recording_of(what_happened, batch.conditions.size(), outputs());
        const double between_samples = static_cast<double>(what_happened.every) * what_happened.dt;
        long moves = 0, right = 0;
        for (std::size_t k = 0; k < batch.conditions.size(); ++k)
            for (std::size_t m = 0; m < dot_grid::moves; ++m) {
                const auto& c = batch.conditions[k];
                require_multiple(c.move_end(m), between_samples, "the end of a move, in samples of the recording");
                const long sample = whole_steps(c.move_end(m), between_samples) - 1, trial = static_cast<long>(k);
                if (sample >= what_happened.samples())
                    throw invalid_argument({"the recording ends before its trials", "recording.steps",
                                            std::to_string(c.move_end(m)) + " ms", std::to_string(what_happened.time(sample)) + " ms",
                                            "record the whole trial"});
                const auto x = double(what_happened.output_at(sample, trial, 0)), y = double(what_happened.output_at(sample, trial, 1));
                ++moves, right += nearest_dot({x, y}) == c.dot(m + 1);
            }
        return 100 * static_cast<double>(right) / static_cast<double>(moves);
    }

    /// The dot nearest to a position, the first one of equals.
    static int nearest_dot(screen_position eye) {
        int best = 0;
        double least = 0;
        for (int dot = 0; dot < dot_grid::dots; ++dot) {
            const auto p = dot_grid::position(dot);
            const double d = (p.x - eye.x) * (p.x - eye.x) + (p.y - eye.y) * (p.y - eye.y);
            if (dot == 0 || d < least) best = dot, least = d;
        }
        return best;
    }

private:
    void check(double dt) const {
        const std::string here = "sequence_execution.";
        for (const auto& [name, ms] : {std::pair{"between_trials", between_trials}, {"fixation", fixation}, {"move", move}}) {
            detail::require_positive(ms, here + name);
            require_multiple(ms, dt, here + name);
        }
        detail::require(is_finite(least_error) && least_error >= 0, "an RMSE is not negative", here + "least_error", "0 or more",
                        least_error, "set the RMSE that is good enough");
        if (validations < conditions())
            throw invalid_argument({"a validation does not show every sequence", here + "validations", "at least 8",
                                    std::to_string(validations), "use a multiple of 8"});
    }

    int sequence_of(const trial_request& request, long trial) const {
        const auto block_of = static_cast<std::uint64_t>(dot_grid::sequences);
        if (request.purpose == purpose::training && !training_blocks)
            return static_cast<int>(trial_random(request, trial).below(dot_grid::sequences));
        // The order of a block is drawn with the random numbers of a trial whose index is that of the block.
        trial_request block = request;
        auto place = static_cast<std::uint64_t>(trial);
        if (request.purpose == purpose::training) place += request.iteration, block.iteration = place / block_of;
        const auto number = place / block_of;
        std::array<int, dot_grid::sequences> order{};
        std::iota(order.begin(), order.end(), 0);
        if (request.purpose != purpose::test || number > 0) {
            auto random = trial_random(block, request.purpose == purpose::training ? 0 : static_cast<long>(number));
            for (std::uint32_t left = dot_grid::sequences; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
        }
        return order[place % block_of];
    }

    sequence_condition describe(const trial_request& request, long trial) const {
        sequence_condition c;
        c.sequence = sequence_of(request, trial);
        c.fixation_onset = between_trials;
        for (std::size_t m = 0; m < c.move_onset.size(); ++m) c.move_onset[m] = between_trials + fixation + static_cast<double>(m) * move;
        c.trial_end = c.move_onset.back() + move;
        return c;
    }

    template <class T>
    void paint(trial_batch<T>& batch, long k, const sequence_condition& c) const {
        const auto look_at = [&](epoch e, int dot) {
            const auto p = dot_grid::position(dot);
            set_target(batch, k, e, 0, p.x);
            set_target(batch, k, e, 1, p.y);
        };
        set_input(batch, k, {0, c.trial_end}, dot_grid::dots + c.sequence, 1);
        const epoch fixated{c.fixation_onset, c.move_onset[0]};
        set_input(batch, k, fixated, c.dot(0), 1);
        look_at(fixated, c.dot(0));
        for (std::size_t m = 0; m < c.move_onset.size(); ++m) {
            const epoch moved{c.move_onset[m], c.move_end(m)};
            set_input(batch, k, moved, c.dot(m), 1);
            for (const int option : dot_grid::options[c.dot(m)]) set_input(batch, k, moved, option, 1);
            look_at(moved, c.dot(m + 1));
        }
    }
};

}  // namespace EIRNN_NAMESPACE::tasks
