// A unit that runs a network by Thrust, on the system that THRUST_DEVICE_SYSTEM says.
#include "networks.hpp"

#include <eirnn/backend/thrust/thrust.hpp>
#include <eirnn/model/model.hpp>

using namespace shared;

std::vector<float> UNIT();
std::vector<float> UNIT() {
    model<decision, backend::thrust_backend<float>> m{seed{1}};
    trial_batch<float> trials(3, 4, m.inputs(), m.outputs(), 20);
    for (float& x : trials.input) x = 1;
    for (float& x : trials.mask) x = 1;
    m.gradient(trials, {}, squared_error);
    return m.last_gradient()["W_rec"].data;
}
