// Time constants, noise and inputs of a network, and their discretisation.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>

#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// A number of what has a name.
struct number_of {
    std::string name;  ///< of the population, area or image
    double value = 0;  ///< of all its units, or channels of a map
    friend bool operator==(const number_of&, const number_of&) = default;
};

/// The defaults are those of Song et al. 2016, table 1. The time step comes with the trials.
struct dynamics {
    double tau = 100;                         ///< time constant of the units, ms; at least the time step
    std::vector<double> tau_per_unit;         ///< ms, [unit], or also of the channels of maps, behind them; empty: `tau` for all
    std::vector<number_of> tau_of;            ///< ms, of populations or areas by name, `{{"E", 20}, {"I", 10}}`; later ones have precedence
    double unit_noise = 0.15;                 ///< sigma_rec: the noise alone would give a state this standard deviation
    std::vector<double> unit_noise_per_unit;  ///< [unit], as `tau_per_unit`; empty: `unit_noise` for all
    std::vector<number_of> unit_noise_of;     ///< of populations or areas by name
    double input_noise = 0.01;                ///< sigma_in, in the units of the inputs; images have none if it is not given below
    std::vector<double> input_noise_per_channel;  ///< of images, then of the inputs of units; empty: `input_noise` for the latter
    std::vector<number_of> input_noise_of;        ///< of inputs by name, images among them: in each frame of a film, for each position
    double tau_input = 100;                   ///< ms, of the input noise; does not follow `tau`
    double baseline = 0.2;                    ///< u0, added to every input, in the units of the inputs
    bool rectify_inputs = true;               ///< whether an input that is below 0, baseline and noise included, becomes 0
    friend bool operator==(const dynamics&, const dynamics&) = default;

    /// Numbers per step of dt ms: alpha = dt / tau, the noise of the units sqrt(2 alpha) sigma_rec (equation 8), the noise of the inputs
    /// sqrt(2 tau_input / dt) sigma_in (equation 11).
    struct per_step {
        std::vector<double> alpha, unit_noise;  ///< [unit]
        std::vector<double> input_noise;        ///< [channel of images, then of the inputs of units]
        bool any_unit_noise = false;
    };
    /// Of `units` units, then of the `channels` of maps; what is given per unit may be of the units alone. Images have so many channels,
    /// and units so many `inputs` of their own.
    per_step scaled(double dt, long units, long channels, long of_images, long inputs) const {
        const auto wrong = [](const char* name, double value, const char* expected) {
            throw invalid_argument({"a time constant or noise is out of range", std::string("dynamics::") + name, expected,
                                    std::to_string(value), "give a positive time in ms, a noise >= 0"});
        };
        const auto fits = [&](const std::vector<double>& v, const char* name) {
            const auto n = static_cast<long>(v.size());
            if (n != 0 && n != units && n != units + channels)
                throw invalid_argument({"one number per unit is needed", std::string("dynamics::") + name,
                                        std::to_string(units) + (channels > 0 ? " or " + std::to_string(units + channels) : ""),
                                        std::to_string(n), "give one number per unit, then of each channel of maps, or none"});
        };
        if (const auto n = static_cast<long>(input_noise_per_channel.size()); n != 0 && n != of_images + inputs)
            throw invalid_argument({"one number per input is needed", "dynamics::input_noise_per_channel",
                                    std::to_string(of_images + inputs), std::to_string(n),
                                    "give one number for each channel of the images, then of the inputs of units, or none"});
        fits(tau_per_unit, "tau_per_unit");
        fits(unit_noise_per_unit, "unit_noise_per_unit");
        if (!(dt > 0)) wrong("dt (of the trials)", dt, "> 0");
        if (!(input_noise >= 0)) wrong("input_noise", input_noise, ">= 0");
        if (!(tau_input > 0)) wrong("tau_input", tau_input, "> 0");
        if (!is_finite(baseline)) wrong("baseline", baseline, "a finite number");
        per_step p;
        for (std::size_t k = 0; k < static_cast<std::size_t>(units + channels); ++k) {
            const double t = k < tau_per_unit.size() ? tau_per_unit[k] : tau,
                         s = k < unit_noise_per_unit.size() ? unit_noise_per_unit[k] : unit_noise;
            if (!(t > 0) || !is_finite(t)) wrong("tau", t, "> 0");
            if (dt > t) wrong("tau", t, "at least the time step of the trials");
            if (!(s >= 0) || !is_finite(s)) wrong("unit_noise", s, ">= 0");
            p.alpha.push_back(dt / t);
            p.unit_noise.push_back(std::sqrt(2 * dt / t) * s);
            p.any_unit_noise = p.any_unit_noise || s > 0;
        }
        p.input_noise = input_noise_per_channel;
        for (long k = 0; input_noise_per_channel.empty() && k < of_images + inputs; ++k)
            p.input_noise.push_back(k < of_images ? 0 : input_noise);
        for (double& s : p.input_noise) {
            if (!(s >= 0) || !is_finite(s)) wrong("input_noise", s, ">= 0");
            s *= std::sqrt(2 * tau_input / dt);
        }
        return p;
    }
};

}  // namespace EIRNN_NAMESPACE
