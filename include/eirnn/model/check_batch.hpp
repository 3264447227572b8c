// What a network asks of a batch of trials or images.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The batches that a network takes.
struct batch_shape {
    bool images = false;  ///< with one target each; otherwise trials with one in every step
    std::vector<port> maps;                                    ///< images; none: a few numbers in every step
    long steps = 0;                                            ///< that the network has; 0: as many as its trials
    long inputs = 0, unit_inputs = 0, outputs = 0, units = 0;  ///< `inputs`: where there are no images
};

/// Throws invalid_argument if a batch cannot be run. Targets of images are of no concern to a run. `given`: numbers of noise handed in, 0
/// for none.
template <class T>
void check_batch(const trial_batch<T>& b, const batch_shape& net, std::size_t given = 0) {
    const auto require = [](bool ok, const char* what, const char* where, const std::string& expected, const std::string& got,
                            const char* repair) {
        if (!ok) throw invalid_argument({what, where, expected, got, repair});
    };
    const auto equal = [&](long expected, long got, const char* what, const char* where, const char* repair) {
        require(expected == got, what, where, std::to_string(expected), std::to_string(got), repair);
    };
    require(b.trials >= 1, "a batch needs trials", "trial_batch::trials", ">= 1", std::to_string(b.trials), "make at least one trial");
    if (net.images) {
        equal(0, b.steps, "a network with its own number of steps takes images", "trial_batch::steps",
              "make the batch with trial_batch::of_images");
    } else {
        require(b.steps >= 1, "a trial needs time steps", "trial_batch::steps", ">= 1", std::to_string(b.steps),
                "make trials of at least one step");
        if (net.steps > 0)
            equal(net.steps, b.steps, "trials have another number of steps than the network", "trial_batch::steps",
                  "make trials of that many steps, or change the network's");
    }
    const auto size = [](grid_entry g, long n) {
        return std::to_string(g.height) + " x " + std::to_string(g.width) + ", " + std::to_string(n) + (n == 1 ? " frame" : " frames");
    };
    equal((std::max)(static_cast<long>(net.maps.size()), 1l) - 1, static_cast<long>(b.more_images.size()),
          "trials have another number of images than the network", "trial_batch::more_images",
          "make the batch with make_trials() of the model, or call add_image for each image behind the first");
    const port first = net.maps.empty() ? port{{}, {}, {}, net.inputs, true} : net.maps.front();
    const auto frames_of = [&](const port& m) { return m.constant ? 1 : net.steps; };
    const auto on_map = [&](const port& m, grid_entry grid, long channels, long frames) {
        require(grid == m.grid && frames == frames_of(m), "inputs are on another map than the network's", "trial_batch::grid",
                size(m.grid, frames_of(m)), size(grid, frames), "scale or crop the images, or give the areas of the network another grid");
        equal(m.channels, channels, "trials have another number of inputs than the network", "trial_batch::inputs",
              "use the task that the network was declared for");
    };
    on_map(first, b.grid, b.inputs, b.frames);
    for (std::size_t k = 1; k < net.maps.size(); ++k) {
        const image_input<T>& m = b.more_images[k - 1];
        on_map(net.maps[k], m.grid, m.channels, m.frames);
    }
    equal(net.unit_inputs, b.unit_inputs, "trials have another number of inputs of units beside the image than the network",
          "trial_batch::unit_inputs", "call add_unit_inputs with that number and fill in unit_input");
    const auto count = [&](long n) { return static_cast<std::size_t>(b.trials * b.steps * n); };
    const auto sized = [&](const auto& v, std::size_t n, const char* name) {
        require(v.size() == n, "an array of the batch has the wrong size", name, std::to_string(n), std::to_string(v.size()),
                "construct the batch with its sizes and do not resize its arrays");
    };
    const auto all_finite = [&](const std::vector<T>& v, const char* name, long width) {
        if (const long k = first_not_finite(v); k >= 0)
            require(false, "a number of the batch is not finite", name, "finite numbers",
                    "step or frame " + std::to_string(k / width / b.trials) + ", trial " + std::to_string(k / width % b.trials) +
                        ", number " + std::to_string(k % width),
                    "correct the trials");
    };
    const auto of_map = [&](const port& m, const std::vector<T>& input) {
        const long pixels = m.grid.positions() * m.channels, frames = net.maps.empty() ? b.steps : frames_of(m);
        sized(input, static_cast<std::size_t>(b.trials * frames * pixels), "trial_batch::input");
        all_finite(input, "trial_batch::input", pixels);
    };
    of_map(first, b.input);
    for (std::size_t k = 1; k < net.maps.size(); ++k) of_map(net.maps[k], b.more_images[k - 1].input);
    if (net.images) {
        if (!b.id.empty()) sized(b.id, static_cast<std::size_t>(b.trials), "trial_batch::id");
        return;
    }
    equal(net.outputs, b.outputs, "trials have another number of outputs than the network", "trial_batch::outputs",
          "use the task that the network was declared for");
    sized(b.unit_input, count(net.unit_inputs), "trial_batch::unit_input");
    sized(b.target, count(net.outputs), "trial_batch::target");
    sized(b.mask, count(net.outputs), "trial_batch::mask");
    sized(b.length, static_cast<std::size_t>(b.trials), "trial_batch::length");
    sized(b.id, static_cast<std::size_t>(b.trials), "trial_batch::id");
    if (given)
        require(given == count(net.units), "given noise has the wrong size", "noise", std::to_string(count(net.units)),
                std::to_string(given), "give one number per step, trial and unit");
    for (const auto n : b.length)
        require(n >= 1 && n <= b.steps, "a trial is longer than its batch, or empty", "trial_batch::length", "1 .. steps",
                std::to_string(n), "set the lengths to each trial's own steps");
    all_finite(b.unit_input, "trial_batch::unit_input", net.unit_inputs);
    all_finite(b.target, "trial_batch::target", net.outputs);
    all_finite(b.mask, "trial_batch::mask", net.outputs);
}

}  // namespace EIRNN_NAMESPACE
