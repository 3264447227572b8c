// Time constants, noise and inputs of a network, and their discretisation.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/model/trials.hpp>

#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The defaults are those of Song et al. 2016, table 1. The time step comes with the trials.
struct dynamics {
    double tau = 100;                         ///< time constant of the units, ms; at least the time step
    std::vector<double> tau_per_unit;         ///< ms, [unit]; empty: `tau` for all
    double unit_noise = 0.15;                 ///< sigma_rec: the noise alone would give a state this standard deviation
    std::vector<double> unit_noise_per_unit;  ///< [unit]; empty: `unit_noise` for all
    double input_noise = 0.01;                ///< sigma_in, in the units of the inputs
    double tau_input = 100;                   ///< ms, of the input noise; does not follow `tau`
    double baseline = 0.2;                    ///< u0, added to every input, in the units of the inputs
    bool rectify_inputs = true;               ///< whether an input that is below 0, baseline and noise included, becomes 0
    friend bool operator==(const dynamics&, const dynamics&) = default;

    /// Numbers per step of dt ms: alpha = dt / tau, the noise of the units sqrt(2 alpha) sigma_rec (equation 8), the noise of the inputs
    /// sqrt(2 tau_input / dt) sigma_in (equation 11).
    struct per_step {
        std::vector<double> alpha, unit_noise;  ///< [unit]
        double input_noise = 0;
        bool any_unit_noise = false;
    };
    per_step scaled(double dt, long units) const {
        const auto wrong = [](const char* name, double value, const char* expected) {
            throw invalid_argument({"a time constant or noise is out of range", std::string("dynamics::") + name, expected,
                                    std::to_string(value), "give a positive time in ms, a noise >= 0"});
        };
        const auto fits = [&](const std::vector<double>& v, const char* name) {
            if (!v.empty() && static_cast<long>(v.size()) != units)
                throw invalid_argument({"one number per unit is needed", std::string("dynamics::") + name, std::to_string(units),
                                        std::to_string(v.size()), "give one number per unit, or none"});
        };
        fits(tau_per_unit, "tau_per_unit");
        fits(unit_noise_per_unit, "unit_noise_per_unit");
        if (!(dt > 0)) wrong("dt (of the trials)", dt, "> 0");
        if (!(input_noise >= 0)) wrong("input_noise", input_noise, ">= 0");
        if (!(tau_input > 0)) wrong("tau_input", tau_input, "> 0");
        if (!is_finite(baseline)) wrong("baseline", baseline, "a finite number");
        per_step p;
        for (long i = 0; i < units; ++i) {
            const auto k = static_cast<std::size_t>(i);
            const double t = tau_per_unit.empty() ? tau : tau_per_unit[k],
                         s = unit_noise_per_unit.empty() ? unit_noise : unit_noise_per_unit[k];
            if (!(t > 0) || !is_finite(t)) wrong("tau", t, "> 0");
            if (dt > t) wrong("tau", t, "at least the time step of the trials");
            if (!(s >= 0) || !is_finite(s)) wrong("unit_noise", s, ">= 0");
            p.alpha.push_back(dt / t);
            p.unit_noise.push_back(std::sqrt(2 * dt / t) * s);
            p.any_unit_noise = p.any_unit_noise || s > 0;
        }
        p.input_noise = std::sqrt(2 * tau_input / dt) * input_noise;
        return p;
    }
};

/// Throws invalid_argument if a batch cannot be run by a network of these sizes. `given`: numbers of noise handed in, 0 for none; `frames`:
/// of the maps that the network reads, 0 for one that reads a few numbers in every step; `unit_inputs`: what units read beside maps.
template <class T>
void check_batch(const trial_batch<T>& b, long units, long inputs, long outputs, std::size_t given, grid_entry map = grid_entry{1, 1},
                 long frames = 0, long unit_inputs = 0) {
    const auto require = [](bool ok, const char* what, const char* where, const std::string& expected, const std::string& got,
                            const char* repair) {
        if (!ok) throw invalid_argument({what, where, expected, got, repair});
    };
    require(b.trials >= 1, "a batch needs trials", "trial_batch::trials", ">= 1", std::to_string(b.trials), "make at least one trial");
    require(b.steps >= 1, "a trial needs time steps", "trial_batch::steps", ">= 1", std::to_string(b.steps),
            "make trials of at least one step");
    const auto size = [](grid_entry g, long n) {
        return std::to_string(g.height) + " x " + std::to_string(g.width) + ", " + std::to_string(n) + (n == 1 ? " frame" : " frames");
    };
    const long wanted = frames == 0 ? 1 : frames;
    require(b.grid == map && b.frames == wanted, "inputs are on another map than the network's", "trial_batch::grid", size(map, wanted),
            size(b.grid, b.frames), "scale or crop the images, or give the areas of the network another grid");
    require(b.inputs == inputs, "trials have another number of inputs than the network", "trial_batch::inputs", std::to_string(inputs),
            std::to_string(b.inputs), "use the task that the network was declared for");
    require(b.unit_inputs == unit_inputs, "trials have another number of inputs of units beside the image than the network",
            "trial_batch::unit_inputs", std::to_string(unit_inputs), std::to_string(b.unit_inputs),
            "call add_unit_inputs with that number and fill in unit_input");
    require(b.outputs == outputs, "trials have another number of outputs than the network", "trial_batch::outputs", std::to_string(outputs),
            std::to_string(b.outputs), "use the task that the network was declared for");
    const auto count = [&](long n) { return static_cast<std::size_t>(b.trials * b.steps * n); };
    const auto sized = [&](const auto& v, std::size_t n, const char* name) {
        require(v.size() == n, "an array of the batch has the wrong size", name, std::to_string(n), std::to_string(v.size()),
                "construct the batch with its sizes and do not resize its arrays");
    };
    sized(b.input, frames == 0 ? count(inputs) : static_cast<std::size_t>(b.trials * frames * map.positions() * inputs), "trial_batch::input");
    sized(b.unit_input, count(unit_inputs), "trial_batch::unit_input");
    sized(b.target, count(outputs), "trial_batch::target");
    sized(b.mask, count(outputs), "trial_batch::mask");
    sized(b.length, static_cast<std::size_t>(b.trials), "trial_batch::length");
    sized(b.id, static_cast<std::size_t>(b.trials), "trial_batch::id");
    if (given)
        require(given == count(units), "given noise has the wrong size", "noise", std::to_string(count(units)), std::to_string(given),
                "give one number per step, trial and unit");
    for (const auto n : b.length)
        require(n >= 1 && n <= b.steps, "a trial is longer than its batch, or empty", "trial_batch::length", "1 .. steps",
                std::to_string(n), "set the lengths to each trial's own steps");
    const auto all_finite = [&](const std::vector<T>& v, const char* name, long width) {
        if (const long k = first_not_finite(v); k >= 0)
            require(false, "a number of the batch is not finite", name, "finite numbers",
                    "step " + std::to_string(k / width / b.trials) + ", trial " + std::to_string(k / width % b.trials) + ", channel " +
                        std::to_string(k % width),
                    "correct the trials");
    };
    all_finite(b.input, "trial_batch::input", inputs);
    all_finite(b.unit_input, "trial_batch::unit_input", unit_inputs);
    all_finite(b.target, "trial_batch::target", outputs);
    all_finite(b.mask, "trial_batch::mask", outputs);
}

}  // namespace EIRNN_NAMESPACE
