// What a run reads, in a backend's memory: of the batch only what it cannot read where it is.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/kernels/trial.hpp>
#include <eirnn/layout/layout.hpp>
#include <eirnn/model/dynamics.hpp>
#include <eirnn/model/memory.hpp>
#include <eirnn/model/parameters.hpp>
#include <eirnn/model/port.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <type_traits>
#include <vector>

namespace EIRNN_NAMESPACE {

template <backend::Backend B>
class batch_memory {
public:
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;

    /// Inputs of every step, which units read. All of these outlive the run.
    void inputs(run_data<T>& d, const std::vector<T>& of_batch) { d.input = lend(input_, of_batch); }
    /// Images, one behind the other, in columns of as many numbers as their ports have.
    void maps(run_data<T>& d, const trial_batch<T>& b, const std::vector<port>& images) {
        std::vector<T> padded;
        for (std::size_t k = 0; k < images.size(); ++k) {
            const std::vector<T>& from = k == 0 ? b.input : b.more_images[k - 1].input;
            const long channels = images[k].channels, ld = images[k].value.ld, columns = static_cast<long>(from.size()) / channels;
            const std::size_t begin = padded.size();
            padded.resize(begin + static_cast<std::size_t>(columns * ld));
            for (long c = 0; c < columns; ++c) std::copy_n(from.data() + c * channels, channels, padded.data() + begin + c * ld);
        }
        d.image = send(image_, padded);
    }
    void targets(run_data<T>& d, const trial_batch<T>& b) {
        d.target = lend(target_, b.target);
        if (!b.mask.empty()) d.mask = lend(mask_, b.mask);
        else if (!b.target.empty()) d.mask = send(mask_, std::vector<T>(b.target.size(), T(1)));
    }
    /// Lengths, ids, and which of `filled` columns are trials.
    void trials(run_data<T>& d, const trial_batch<T>& b, long filled) {
        std::vector<std::uint32_t> id(b.id);
        for (std::uint32_t k = 0; b.id.empty() && k < b.trials; ++k) id.push_back(k);
        std::vector<T> live(static_cast<std::size_t>(b.trials), T(1));
        id.resize(static_cast<std::size_t>(filled));
        live.resize(static_cast<std::size_t>(filled));
        if (!b.length.empty()) d.length = send(length_, b.length);
        d.id = send(id_, id), d.live = send(live_, live);
    }
    /// Time constants and noise of `units` units and of the `channels` of maps, each of the `parts` at a place of its own, of images, and
    /// of `inputs` inputs of units; `given`: noise of units instead of drawn noise, or null.
    void dynamics(run_data<T>& d, const eirnn::dynamics& how, double dt, const std::vector<index_range>& parts, long units, long channels,
                  const std::vector<port>& images, long inputs, const std::vector<T>* given) {
        long of_images = 0;
        for (const port& p : images) of_images += p.channels;
        const auto scales = how.scaled(dt, units, channels, of_images, inputs);
        const auto narrow = [&](const std::vector<double>& v) {
            std::vector<T> to;
            for (const index_range& part : parts) {
                for (long k = part.begin; k < part.end(); ++k) to.push_back(static_cast<T>(v[static_cast<std::size_t>(k)]));
                to.resize(static_cast<std::size_t>(round_up(static_cast<long>(to.size()), numbers_unit)));
            }
            return to;
        };
        d.alpha = send(alpha_, narrow(scales.alpha));
        if (given) d.given_noise = lend(noise_, *given);
        if (scales.any_unit_noise) d.unit_noise = send(unit_noise_, narrow(scales.unit_noise));
        d.baseline = static_cast<T>(how.baseline), d.rectify_inputs = how.rectify_inputs;
        if (given) return;
        std::vector<T> noise;
        bool any = false;
        std::size_t next = 0;
        const auto take = [&](long count, long filled) {
            for (long k = 0; k < count; ++k, ++next) {
                noise.push_back(static_cast<T>(scales.input_noise[next]));
                any = any || noise.back() > 0;
            }
            noise.resize(noise.size() + static_cast<std::size_t>(filled - count));
        };
        for (const port& p : images) {
            const bool before = any;
            take(p.channels, p.value.ld);
            detail::require(before == any || !p.constant, "an image that is the same in every step has noise", "dynamics::input_noise_of",
                            "a film", "one image", "set model_options::frames to the number of steps, and give a frame for each");
        }
        if (any) d.image_noise = send(image_noise_, noise);
        noise.clear(), any = false;
        take(inputs, round_up(inputs, numbers_unit));
        if (any) d.input_noise = send(input_noise_, noise);
    }

private:
    template <class To, class From>
    static auto* send(To& to, const From& from) {
        const long n = static_cast<long>(from.size());
        if (to.size() < n) to = To(n);
        if (n > 0) to.upload(from.data(), n);
        return to.data();
    }
    static const T* lend(buffer& to, const std::vector<T>& from) {
        if constexpr (B::on_host) return from.data();
        else return send(to, from);
    }

    buffer input_, image_, target_, mask_, live_, alpha_, unit_noise_, input_noise_, image_noise_, noise_;
    typename B::template buffer<std::int32_t> length_;
    typename B::template buffer<std::uint32_t> id_;
};

}  // namespace EIRNN_NAMESPACE
