// Telling images apart: what a network on grids is trained on. Batches, augmentation and order are functions of the seed and the step.
#pragma once
#include <eirnn/task/images.hpp>
#include <eirnn/train/task.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace EIRNN_NAMESPACE::tasks {

namespace detail {
// Where a sequence of batches stands, of whatever type of number was asked for last.
struct kept_sequence {
    long batch = 0;
    std::uint64_t seed = 0, next = 0;
    explicit kept_sequence(const trial_request& r) : batch(r.trials), seed(r.seed), next(r.iteration) {}
    virtual ~kept_sequence() = default;
};
template <class T>
struct kept_loader : kept_sequence {
    image_loader<T> batches;
    kept_loader(const trial_request& r, const image_set& images, const image_loading& how) : kept_sequence(r), batches(images, how) {}
};
// Kept between calls, not part of the task, so a copy starts without.
struct loader_cache {
    std::unique_ptr<kept_sequence> last;
    loader_cache() = default;
    loader_cache(const loader_cache&) {}
    loader_cache& operator=(const loader_cache&) { return last.reset(), *this; }
};
}  // namespace detail

/// Classification of an image set. Step k of training takes the next images of an order that is new in every epoch, each shifted and
/// mirrored anew; validation and test both take the test images as they are, so that weights chosen by the best validation are chosen on
/// test images: Sun et al. report the last weights. The next training batch is made on a thread of its own while the one before it is in
/// use.
class image_classification {
public:
    struct settings {
        bool augmented = true;         ///< shift by up to `padding` pixels and mirror
        int padding = 4;               ///< pixels
        bool ahead = true;             ///< make batches on a thread of their own
    };

    /// Throws invalid_argument if a set is empty or the two do not fit together.
    image_classification(image_set training, image_set test, const settings& how)
        : training_(std::make_shared<const image_set>(std::move(training))),
          test_(std::make_shared<const image_set>(std::move(test))),
          how_(how) {
        training_->check(), test_->check();
        const auto text = [](const image_set& s) {
            return std::to_string(s.height) + " x " + std::to_string(s.width) + " x " + std::to_string(s.channels) + ", " +
                   std::to_string(s.classes) + " classes";
        };
        if (training_->height != test_->height || training_->width != test_->width || training_->channels != test_->channels ||
            training_->classes != test_->classes)
            throw invalid_argument({"training and test images differ in kind", "image_classification", text(*training_), text(*test_),
                                    "use two parts of one data set"});
    }
    image_classification(image_set training, image_set test) : image_classification(std::move(training), std::move(test), settings{}) {}

    const image_set& training_images() const& { return *training_; }
    const image_set& test_images() const& { return *test_; }
    image_set training_images() && { return *training_; }  // of a temporary: a copy that stays
    image_set test_images() && { return *test_; }
    long inputs() const { return training_->channels; }
    long outputs() const { return training_->classes; }
    long validation_trials() const { return test_->size(); }
    double target_performance() const { return 100; }  ///< percent: training ends by its epochs

    template <class T>
    labelled_images<T> make(const trial_request& r) const {
        if (r.purpose != purpose::training) {
            auto plain = plain_batch<T>(*test_, r.first, r.trials);
            plain.trials.dt = r.dt;
            return plain;
        }
        auto* kept = dynamic_cast<detail::kept_loader<T>*>(loaders_.last.get());
        if (!kept || kept->next != r.iteration || kept->batch != r.trials || kept->seed != r.seed) {
            image_loading how;
            how.batch = r.trials, how.seed = r.seed, how.first_step = r.iteration;
            how.augmented = how_.augmented, how.padding = how_.padding, how.ahead = how_.ahead;
            loaders_.last.reset();  // before the next one has batches too
            loaders_.last = std::make_unique<detail::kept_loader<T>>(r, *training_, how);
            kept = static_cast<detail::kept_loader<T>*>(loaders_.last.get());
        }
        labelled_images<T> batch = kept->batches.next();
        batch.trials.dt = r.dt;
        kept->next = r.iteration + 1;
        return batch;
    }

    /// The accuracy: percent (0 .. 100) of the images whose class has the largest logit.
    template <class T>
    double performance(const labelled_images<T>& batch, const recording<T>& what_happened) const {
        const auto n = static_cast<std::size_t>(what_happened.outputs);
        if (what_happened.output.size() != batch.label.size() * n)
            throw invalid_argument({"the recording is not of these images", "recording::output",
                                    std::to_string(batch.label.size() * n), std::to_string(what_happened.output.size()),
                                    "pass the recording that was made from this batch"});
        double right = 0;
        for (std::size_t k = 0; k < batch.label.size(); ++k) {
            const T* const logits = what_happened.output.data() + k * n;
            right += std::max_element(logits, logits + n) - logits == batch.label[k];
        }
        return 100 * right / static_cast<double>(batch.label.size());
    }

private:
    std::shared_ptr<const image_set> training_, test_;
    settings how_;
    mutable detail::loader_cache loaders_;
};

}  // namespace EIRNN_NAMESPACE::tasks
