// Trials from an NPZ file that another program has written: inputs, targets, masks and lengths by name.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/io/npy.hpp>
#include <eirnn/io/tensor.hpp>
#include <eirnn/io/weight_arrays.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace EIRNN_NAMESPACE {

/// How the arrays of a file become trials.
struct trial_file_options {
    double dt = 0;                    ///< ms between two steps, which no array says: it must be given
    std::string inputs = "inputs";    ///< name of the array [step][trial][input]
    std::string targets = "targets";  ///< [step][trial][output]; or [step][trial], integers: the class that is meant
    std::string masks = "masks";      ///< [step][trial], or [step][trial][output]: what counts in the loss; may be missing: all of a trial
    std::string lengths = "lengths";  ///< [trial], integers: steps of each trial; may be missing: all steps
    bool trials_first = false;        ///< arrays are [trial][step] ... instead
    long classes = 0;                 ///< outputs of targets that are classes; 0: one more than the largest class
    double high = 1;                  ///< target of the output of the class that is meant
    double low = 0;                   ///< target of the others
};

namespace detail {

/// Takes the arrays of a file apart. Throws bad_file with the place of what is wrong.
class trial_reader {
public:
    trial_reader(const std::filesystem::path& path, const trial_file_options& how)
        : where_(path.string()), how_(how), arrays_(read_npz(path)) {}

    EIRNN_COLD trial_batch<float> read() const {
        if (!is_finite(how_.dt) || how_.dt <= 0)
            throw invalid_argument({"trials of a file need a time step", "trial_file_options::dt", "more than 0 ms",
                                    std::to_string(how_.dt), "give the dt that the file was made with"});
        const tensor& in = need(how_.inputs, {3});
        const tensor& out = need(how_.targets, {2, 3});
        const bool classes = out.shape.size() == 2;
        const std::vector<double> target = numbers(out);
        const long outputs = classes ? count_classes(out, target) : extent(out, 2);
        trial_batch<float> b(extent(in, trial_axis()), extent(in, step_axis()), extent(in, 2), outputs, how_.dt);
        if (b.trials == 0 || b.steps == 0) fail("there are no trials", in, "at least one step of one trial", shape_text(in.shape));
        fits(out, b);
        const std::vector<double> input = numbers(in);
        each(b, b.inputs, [&](long t, long n, long i, std::size_t at) { b.input_at(t, n, i) = narrow(in, input, at); });
        each(b, outputs, [&](long t, long n, long o, std::size_t at) {
            const auto k = static_cast<std::size_t>(at) / static_cast<std::size_t>(outputs);
            b.target_at(t, n, o) = classes ? static_cast<float>(target[k] == double(o) ? how_.high : how_.low) : narrow(out, target, at);
            b.mask_at(t, n, o) = 1;
        });
        if (const tensor* m = find(how_.masks, {2, 3})) read_masks(*m, b);
        if (const tensor* l = find(how_.lengths, {1})) read_lengths(*l, b);
        each(b, outputs, [&](long t, long n, long o, std::size_t) {
            if (t >= b.length[static_cast<std::size_t>(n)]) b.mask_at(t, n, o) = 0;
        });
        return b;
    }

private:
    std::size_t step_axis() const { return how_.trials_first ? 1 : 0; }
    std::size_t trial_axis() const { return how_.trials_first ? 0 : 1; }
    static long extent(const tensor& t, std::size_t axis) { return static_cast<long>(t.shape[axis]); }
    [[noreturn]] void fail(const char* what, const tensor& t, const std::string& expected, const std::string& got) const {
        throw bad_file({what, where_ + ", array " + printable(t.name), expected, got, "see trial_file_options for names, axes and types"});
    }

    const tensor* find(const std::string& name, const std::vector<std::size_t>& dimensions) const {
        const tensor* t = find_tensor(arrays_, name);
        if (t && std::find(dimensions.begin(), dimensions.end(), t->shape.size()) == dimensions.end())
            fail("an array of trials has other axes", *t, std::to_string(dimensions.front()) + " axes", shape_text(t->shape));
        if (t && !is_integer(*t)) require_finite(*t, where_);
        return t;
    }
    const tensor& need(const std::string& name, const std::vector<std::size_t>& dimensions) const {
        if (const tensor* t = find(name, dimensions)) return *t;
        std::string all;
        for (const tensor& t : arrays_) all += (all.empty() ? "" : ", ") + printable(t.name);
        throw bad_file({"an array of trials is missing", where_, printable(name), all.empty() ? "no arrays" : all,
                        "save it under this name, or set the name in trial_file_options"});
    }
    /// Steps and trials must be those of the inputs.
    void fits(const tensor& t, const trial_batch<float>& b) const {
        if (extent(t, step_axis()) != b.steps || extent(t, trial_axis()) != b.trials)
            fail("an array has other steps or trials than the inputs", t,
                 std::to_string(b.steps) + " steps of " + std::to_string(b.trials) + " trials", shape_text(t.shape));
    }
    /// Calls f(step, trial, channel, place in the file's array).
    template <class F>
    void each(const trial_batch<float>& b, long channels, const F& f) const {
        for (long t = 0; t < b.steps; ++t)
            for (long n = 0; n < b.trials; ++n)
                for (long c = 0; c < channels; ++c) {
                    const long row = how_.trials_first ? n * b.steps + t : t * b.trials + n;
                    f(t, n, c, static_cast<std::size_t>(row * channels + c));
                }
    }

    static bool is_integer(const tensor& t) { return !foreign_arrays<float>::is_floating(t.type); }
    static std::vector<double> numbers(const tensor& t) {
        const auto widened = [&]<class U>(U) {
            const auto values = t.get<U>();
            return std::vector<double>(values.begin(), values.end());
        };
        switch (t.type) {
            case dtype::boolean:
            case dtype::u8:
                return widened(std::uint8_t{});
            case dtype::i8:
                return widened(std::int8_t{});
            case dtype::u16:
                return widened(std::uint16_t{});
            case dtype::i16:
                return widened(std::int16_t{});
            case dtype::u32:
                return widened(std::uint32_t{});
            case dtype::i32:
                return widened(std::int32_t{});
            case dtype::u64:
                return widened(std::uint64_t{});
            case dtype::i64:
                return widened(std::int64_t{});
            default:
                return foreign_arrays<float>::as_doubles(t);
        }
    }
    float narrow(const tensor& t, const std::vector<double>& values, std::size_t k) const {
        const auto x = static_cast<float>(values[k]);
        if (!is_finite(x)) fail("a number of the trials is too large for a float", t, "at most 3.4e38", place(t, k));
        return x;
    }
    static std::string place(const tensor& t, std::size_t k) { return "number" + bracketed(t.shape, k); }
    static std::string entry(const tensor& t, std::size_t k, double value) { return place(t, k) + " = " + number_text(value); }

    long count_classes(const tensor& t, const std::vector<double>& target) const {
        if (!is_integer(t))
            fail("targets without an axis of outputs are classes", t, "integers, or an axis of outputs", std::string(row_of(t.type).name));
        const double most = target.empty() ? 0 : *std::max_element(target.begin(), target.end());
        const long classes = how_.classes > 0 ? how_.classes : static_cast<long>((std::min)(most, 1e6)) + 1;
        if (classes > largest_classes)
            fail("a class is too large", t, "at most " + std::to_string(largest_classes) + " classes", std::to_string(classes));
        for (std::size_t k = 0; k < target.size(); ++k)
            if (target[k] < 0 || target[k] >= double(classes))
                fail("a target is no class", t, "0 .. " + std::to_string(classes - 1), entry(t, k, target[k]));
        return classes;
    }
    void read_masks(const tensor& t, trial_batch<float>& b) const {
        fits(t, b);
        const bool one_for_all = t.shape.size() == 2;
        if (!one_for_all && extent(t, 2) != b.outputs)
            fail("the masks have another number of outputs than the targets", t, std::to_string(b.outputs), shape_text(t.shape));
        const std::vector<double> mask = numbers(t);
        each(b, b.outputs, [&](long step, long n, long o, std::size_t at) {
            const std::size_t k = one_for_all ? at / static_cast<std::size_t>(b.outputs) : at;
            const float m = narrow(t, mask, k);
            if (m < 0) fail("a mask is negative", t, "at least 0", entry(t, k, m));
            b.mask_at(step, n, o) = m;
        });
    }
    void read_lengths(const tensor& t, trial_batch<float>& b) const {
        if (extent(t, 0) != b.trials || !is_integer(t))
            fail("lengths are an integer for each trial", t, std::to_string(b.trials) + " integers",
                 shape_text(t.shape) + " of type " + std::string(row_of(t.type).name));
        const std::vector<double> length = numbers(t);
        for (std::size_t k = 0; k < length.size(); ++k) {
            if (!(length[k] >= 1 && length[k] <= double(b.steps)))
                fail("a trial has an impossible length", t, "1 .. " + std::to_string(b.steps),
                     entry(t, k, length[k]));
            b.length[k] = static_cast<std::int32_t>(length[k]);
        }
    }

    static constexpr long largest_classes = 10'000;
    std::string where_;
    const trial_file_options& how_;
    owned_list<tensor> arrays_;
};

}  // namespace detail

/// Reads trials from an NPZ file (compressed or not), of any type of numbers. What lies behind a trial's length does not count. Throws
/// missing_file; bad_file that names the array and the first number that is wrong; invalid_argument without a time step.
inline trial_batch<float> read_trials(const std::filesystem::path& path, const trial_file_options& how) {
    return detail::trial_reader(path, how).read();
}

}  // namespace EIRNN_NAMESPACE
