// Images and labels, and how they become training batches: order of an epoch, crops, standardisation, a loader that works ahead.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/core/vocabulary.hpp>
#include <eirnn/model/trials.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// Images of one size with one label each.
struct image_set {
    long height = 0, width = 0, channels = 0;
    int classes = 0;                   ///< labels are 0 .. classes-1
    std::vector<std::uint8_t> pixels;  ///< [image][row][column][channel]
    std::vector<std::uint8_t> labels;  ///< [image]

    long size() const { return static_cast<long>(labels.size()); }
    long positions() const { return height * width; }
    /// Numbers of one image.
    long numbers() const { return positions() * channels; }
    const std::uint8_t* image(long index) && = delete;  // the pixels would be gone: name the set
    const std::uint8_t* image(long index) const& { return pixels.data() + index * numbers(); }
    void check() const;
};

namespace detail {
/// Refuses sizes that do not fit each other; reads no pixel and no label.
inline void check_sizes(const image_set& set) {
    // So many numbers that the sums of `byte_statistics` fit in 64 bits.
    constexpr long most = 1L << 24;
    const bool fits = set.height > 0 && set.width > 0 && set.channels > 0 && set.height <= most && set.width <= most / set.height &&
                      set.channels <= most / (set.height * set.width);
    if (!fits)
        throw invalid_argument({"the size of the images makes no sense",
                                "image_set: height, width, channels",
                                "positive, and at most " + std::to_string(most) + " numbers an image",
                                std::to_string(set.height) + " x " + std::to_string(set.width) + " x " + std::to_string(set.channels),
                                {}});
    const auto numbers = static_cast<std::size_t>(set.numbers());
    if (set.labels.empty() || set.labels.size() > (std::numeric_limits<std::uint32_t>::max)() || set.pixels.size() % numbers != 0 ||
        set.pixels.size() / numbers != set.labels.size())
        throw invalid_argument({"an image set needs images, and a label for each", "image_set",
                                std::to_string(set.labels.size()) + " labels x " + std::to_string(numbers) + " numbers, not none",
                                std::to_string(set.pixels.size()) + " numbers", "give pixels and labels of the same images"});
}
inline void check_index(const image_set& set, long first, long count) {
    if (first < 0 || count < 1 || first > set.size() || count > set.size() - first)
        throw invalid_argument({"there is no such image in the set",
                                "image index",
                                "within 0 .. " + std::to_string(set.size() - 1),
                                std::to_string(first) + (count == 1 ? "" : " and " + std::to_string(count - 1) + " after it"),
                                {}});
}
}  // namespace detail

/// Throws invalid_argument if the sizes do not fit each other or a label is not one of the classes.
inline void image_set::check() const {
    detail::check_sizes(*this);
    if (classes < 1 || classes > 256)
        throw invalid_argument(
            {"the number of classes makes no sense", "image_set.classes", "1 .. 256", std::to_string(classes), "count the labels' values"});
    const auto wrong = std::find_if(labels.begin(), labels.end(), [&](std::uint8_t label) { return label >= classes; });
    if (wrong != labels.end())
        throw invalid_argument({"a label is not one of the classes",
                                "image_set.labels, image " + std::to_string(wrong - labels.begin()),
                                "0 .. " + std::to_string(classes - 1),
                                std::to_string(*wrong),
                                {}});
}

/// How an image is shifted and mirrored: a window of the image's own size that starts at (row, column), black where the image has ended,
/// then mirrored left to right.
struct augmentation {
    std::int32_t row = 0, column = 0;
    bool mirrored = false;
    friend bool operator==(const augmentation&, const augmentation&) = default;
};

/// The window of one image in one epoch: any offset in -padding .. padding, mirrored or not, all equally likely. This is to pad the image
/// on each side, cut its size out at random and flip it (He et al. 2016).
inline augmentation draw_augmentation(seed s, std::uint64_t epoch, long image, int padding = 4) {
    if (padding < 0 || padding > 32767)
        throw invalid_argument({"the padding makes no sense", "padding", "0 .. 32767 pixels", std::to_string(padding), {}});
    random_sequence draw(key_of(s.value, random_stream::image_crops), static_cast<std::uint32_t>(image), static_cast<std::uint32_t>(epoch),
                         static_cast<std::uint32_t>(epoch >> 32));
    const auto offsets = static_cast<std::uint32_t>(2 * padding + 1);
    augmentation a;
    a.row = static_cast<std::int32_t>(draw.below(offsets)) - padding;
    a.column = static_cast<std::int32_t>(draw.below(offsets)) - padding;
    a.mirrored = draw.below(2) == 1;
    return a;
}

namespace detail {
/// Standardised is (x - mean) / scale.
struct statistics {
    double mean = 0, scale = 1;
};
/// Of `count` bytes, from their sum and their sum of squares. The variance is exact until its division: no order of summing can change it.
inline statistics byte_statistics(std::uint64_t sum, std::uint64_t squares, std::uint64_t count) {
    const double n = static_cast<double>(count);
    const double deviation = std::sqrt(static_cast<double>(count * squares - sum * sum)) / n;
    return {static_cast<double>(sum) / n, (std::max)(deviation, 1 / std::sqrt(n))};
}

template <class Values>
void shuffle(Values& values, random_sequence& draw) {
    for (std::size_t left = values.size(); left > 1; --left)
        std::swap(values[left - 1], values[draw.below(static_cast<std::uint32_t>(left))]);
}
}  // namespace detail

/// Writes image `index`, seen through a window (null: as it is) and then standardised: minus the mean of all its numbers, divided by
/// max(deviation, 1 / sqrt(their count)), computed in double. It is written as a column-major matrix with `ld` numbers from
/// column to column: rows are channels, columns are positions, position = row of the image * width + column of the image.
/// Rows from `channels` to `ld` are left alone. Throws invalid_argument.
template <std::floating_point T>
void place_image(const image_set& set, long index, const augmentation* window, T* out, long ld) {
    detail::check_sizes(set);
    detail::check_index(set, index, 1);
    if (ld < set.channels)
        throw invalid_argument({"the columns of two positions overlap",
                                "place_image: ld",
                                "at least the number of channels, " + std::to_string(set.channels),
                                std::to_string(ld),
                                {}});
    const augmentation seen = window ? *window : augmentation{};
    const long channels = set.channels, width = set.width, height = set.height;
    // The part of the window, before it is mirrored, that shows the image.
    const auto range = [](long offset, long size) {
        const long begin = std::clamp(-offset, 0L, size);
        return std::pair{begin, std::clamp(size - offset, begin, size)};
    };
    const auto [top, bottom] = range(seen.row, height);
    const auto [left, right] = range(seen.column, width);
    const std::uint8_t* const image = set.image(index);
    const auto shown_row = [&](long row) { return image + ((row + seen.row) * width + left + seen.column) * channels; };

    std::uint64_t sum = 0, squares = 0;
    for (long row = top; row < bottom; ++row) {
        const std::uint8_t* from = shown_row(row);
        for (long k = 0; k < (right - left) * channels; ++k) {
            const std::uint64_t v = from[k];
            sum += v;
            squares += v * v;
        }
    }
    const auto [mean, scale] = detail::byte_statistics(sum, squares, static_cast<std::uint64_t>(set.numbers()));
    std::array<T, 256> standardised;
    for (std::size_t v = 0; v < 256; ++v) standardised[v] = static_cast<T>((static_cast<double>(v) - mean) / scale);

    for (long row = 0; row < height; ++row) {
        const bool has_image = row >= top && row < bottom;
        const std::uint8_t* from = has_image ? shown_row(row) : nullptr;
        for (long column = 0; column < width; ++column) {
            T* to = out + (row * width + (seen.mirrored ? width - 1 - column : column)) * ld;
            if (has_image && column >= left && column < right)
                for (long c = 0; c < channels; ++c) to[c] = standardised[*from++];
            else
                for (long c = 0; c < channels; ++c) to[c] = standardised[0];
        }
    }
}
/// The same without gaps between the columns.
template <std::floating_point T>
void place_image(const image_set& set, long index, const augmentation* window, T* out) {
    place_image(set, index, window, out, set.channels);
}

/// The images of a whole training: position p (0, 1, 2 ... over all steps) is image p % N of epoch p / N, and each epoch has its own order,
/// a function of the seed and the epoch. Keeps the order of the last epoch asked for.
class image_order {
public:
    struct place {
        std::uint64_t epoch = 0;
        std::uint32_t image = 0;
        friend bool operator==(const place&, const place&) = default;
    };
    /// Without `shuffled` every epoch has the order of the set. Throws invalid_argument.
    image_order(long images, seed s, bool shuffled = true) : images_(static_cast<std::uint32_t>(images)), seed_(s), shuffled_(shuffled) {
        if (images < 1 || images > static_cast<long>((std::numeric_limits<std::uint32_t>::max)()))
            throw invalid_argument({"there is nothing to order", "image_order: images", "1 .. 2^32 - 1", std::to_string(images), {}});
    }
    place at(std::uint64_t position) {
        const std::uint64_t epoch = position / images_;
        const auto k = static_cast<std::uint32_t>(position % images_);
        if (!shuffled_) return {epoch, k};
        if (order_.empty() || epoch != epoch_) {
            std::vector<std::uint32_t> order(images_);
            for (std::uint32_t i = 0; i < images_; ++i) order[i] = i;
            random_sequence draw(key_of(seed_.value, random_stream::image_order), static_cast<std::uint32_t>(epoch),
                                 static_cast<std::uint32_t>(epoch >> 32));
            detail::shuffle(order, draw);
            order_ = std::move(order);
            epoch_ = epoch;
        }
        return {epoch, order_[k]};
    }

private:
    std::uint32_t images_;
    seed seed_;
    bool shuffled_;
    std::uint64_t epoch_ = 0;
    std::vector<std::uint32_t> order_;
};

/// Images ready for a network, and what they are.
template <class T>
struct labelled_images {
    std::uint64_t step = 0;            ///< of the loader that made them
    trial_batch<T> trials;             ///< standardised; its targets are 1 for the label and 0 for the other classes
    std::vector<std::int32_t> label;   ///< [image]
    std::vector<std::uint32_t> image;  ///< [image]: index in the set, which is also its `trials.id`
    long size() const { return trials.trials; }
};

namespace detail {
/// Makes `to` a batch of `count` images, of which `look` tells the index in the set and the window (null: as it is).
template <std::floating_point T, class Look>
void fill_batch(const image_set& set, long count, labelled_images<T>& to, const Look& look) {
    const auto n = static_cast<std::size_t>(count), classes = static_cast<std::size_t>(set.classes);
    to.trials.trials = count, to.trials.inputs = set.channels, to.trials.outputs = set.classes;
    to.trials.grid = {set.height, set.width}, to.trials.dt = 20;
    to.trials.input.resize(static_cast<std::size_t>(count * set.numbers()));
    to.trials.target.assign(n * classes, T(0));
    to.label.resize(n);
    to.image.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
        const auto [image, window] = look(k);
        place_image(set, image, window, to.trials.input.data() + static_cast<long>(k) * set.numbers());
        const std::uint8_t label = set.labels[static_cast<std::size_t>(image)];
        to.trials.target[k * classes + label] = 1;
        to.label[k] = label;
        to.image[k] = static_cast<std::uint32_t>(image);
    }
    to.trials.id = to.image;
}
}  // namespace detail

/// Images first .. first+count-1 of a set as they are: what a trained network is tested on. Throws invalid_argument.
template <std::floating_point T>
labelled_images<T> plain_batch(const image_set& set, long first, long count) {
    set.check();
    detail::check_index(set, first, count);
    labelled_images<T> batch;
    detail::fill_batch(set, count, batch, [&](std::size_t k) {
        return std::pair<long, const augmentation*>{first + static_cast<long>(k), nullptr};
    });
    return batch;
}

namespace detail {
/// Makes the items of a sequence one after the other by `make(step, item)`; with `ahead`, on a thread of its own while the item before is
/// in use.
template <class Item, class Make>
class prepared_ahead {
public:
    prepared_ahead(Make make, std::uint64_t first, bool ahead) : make_(std::move(make)), step_(first) {
        if (!ahead) return;
        try {
            worker_ = std::jthread([this](std::stop_token stop) { work(stop); });
        } catch (const std::system_error& e) {
            throw out_of_resources({"no thread can be started", "the loader", {}, e.what(), "let it work without one: ahead = false"});
        }
    }
    /// The next item, valid until the next call. What `make` has thrown is thrown here; the call after that tries the same item again.
    const Item& next() & {
        if (!worker_.joinable()) {
            make_(step_, coming_);
            std::swap(current_, coming_);
            ++step_;
            return current_;
        }
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return made_; });
        const std::exception_ptr failure = std::exchange(failure_, nullptr);
        if (!failure) {
            std::swap(current_, coming_);
            ++step_;
        }
        made_ = false;
        lock.unlock();
        changed_.notify_all();
        if (failure) std::rethrow_exception(failure);
        return current_;
    }

private:
    void work(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        // `coming_` and `step_` belong to this thread while `made_` is false.
        while (changed_.wait(lock, stop, [&] { return !made_; }) && !stop.stop_requested()) {
            lock.unlock();
            std::exception_ptr failure;
            try {
                make_(step_, coming_);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            failure_ = std::move(failure);
            made_ = true;
            changed_.notify_all();
        }
    }

    Make make_;
    std::uint64_t step_;
    Item current_{}, coming_{};
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool made_ = false;
    std::exception_ptr failure_;
    std::jthread worker_;  // last: it is joined before what it uses is gone
};
}  // namespace detail

/// How a loader makes batches.
struct image_loading {
    long batch = 128;              ///< images in a batch
    std::uint64_t seed = 1;        ///< of the order and of the windows
    bool shuffled = true;          ///< a new order in every epoch
    bool augmented = true;         ///< a new window for every image in every epoch
    int padding = 4;               ///< pixels by which a window may leave the image on each side
    std::uint64_t first_step = 0;  ///< where to start: a resumed training goes on with its next step
    bool ahead = true;             ///< make the next batch on a thread of its own while this one is in use
};

/// Training batches of an image set: batch k holds positions k * batch .. (k + 1) * batch - 1 of the `image_order`, so that one may reach
/// into the next epoch. Its content is a function of the set, the seed, k and the batch size. The set must outlive the loader unchanged.
template <std::floating_point T>
class image_loader {
public:
    /// Throws invalid_argument, or out_of_resources if no thread can be started.
    explicit image_loader(const image_set& images, const image_loading& how = {})
        : batches_(batch_maker(images, how), how.first_step, how.ahead) {}
    explicit image_loader(image_set&&, const image_loading& = {}) = delete;

    /// The next batch, valid until the next call. An error on the loader's thread is thrown here; the step is then not used up.
    const labelled_images<T>& next() & { return batches_.next(); }

private:
    class batch_maker {
    public:
        batch_maker(const image_set& images, const image_loading& how)
            : images_((images.check(), &images)), how_(how), order_(images.size(), eirnn::seed{how.seed}, how.shuffled) {
            constexpr long most = (std::numeric_limits<long>::max)() / static_cast<long>(sizeof(T));
            if (how.batch < 1 || how.batch > most / images.numbers())
                throw invalid_argument(
                    {"the batch size makes no sense", "image_loading.batch", "at least 1", std::to_string(how.batch), {}});
            draw_augmentation(eirnn::seed{0}, 0, 0, how.padding);  // refuses a padding here rather than later on the thread
        }
        void operator()(std::uint64_t step, labelled_images<T>& to) {
            to.step = step;
            augmentation window;
            detail::fill_batch(*images_, how_.batch, to, [&](std::size_t k) {
                const auto [epoch, image] = order_.at(step * static_cast<std::uint64_t>(how_.batch) + k);
                if (how_.augmented) window = draw_augmentation(eirnn::seed{how_.seed}, epoch, image, how_.padding);
                return std::pair<long, const augmentation*>{image, &window};
            });
        }

    private:
        const image_set* images_;
        image_loading how_;
        image_order order_;
    };

    detail::prepared_ahead<labelled_images<T>, batch_maker> batches_;
};

}  // namespace EIRNN_NAMESPACE
