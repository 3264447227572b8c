// Time constants, noise and inputs of a network, and their discretisation.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>

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

}  // namespace EIRNN_NAMESPACE
