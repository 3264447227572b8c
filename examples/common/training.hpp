// What the programs do alike while they train: checkpoints, and what they tell about trouble.
#pragma once
#include "console.hpp"
#include "run_folder.hpp"

#include <eirnn/io/checkpoint.hpp>
#include <eirnn/train/observer.hpp>

#include <string>

/// Whether a run that was asked to go on has a checkpoint to do so. Otherwise the folder, which has admitted the run, is cleared for a new
/// one: not before all that the new run was given is known to be right.
inline bool goes_on(const run_folder& folder, bool resume, console& out) {
    if (resume && folder.has_checkpoint()) return true;
    const auto said = folder.start_over();
    if (resume)
        out.say("there is no checkpoint yet; the run starts at its beginning");
    else if (!said.empty())
        out.say(said);
    return false;
}

/// Saves where a run stands. A full disk is told and survived; the third failure in a row is not.
class checkpoint_keeper {
public:
    checkpoint_keeper(const run_folder& folder, console& out) : folder_(folder), out_(out) {}
    template <class State>
    void save(const State& state, const std::string& config) {
        try {
            eirnn::save_checkpoint(folder_.checkpoint(), state, config);
            failures_ = 0;
        } catch (const eirnn::error& e) {
            if (++failures_ == 3)
                throw eirnn::write_failed({"saving failed three times in a row",
                                           folder_.checkpoint().string(),
                                           {},
                                           e.what(),
                                           "free some space, then go on with --resume"});
            out_.warn(std::string(e.what()) + "; training goes on");
        }
    }

private:
    const run_folder& folder_;
    console& out_;
    int failures_ = 0;
};

inline std::string text_of(const eirnn::training_warning& w) {
    using kind = eirnn::training_warning::kind;
    const std::string at = " at step " + std::to_string(w.iteration);
    if (w.what == kind::large_gradient) return "the gradient has the norm " + fixed_text(w.value, 0) + at;
    if (w.what == kind::rising_loss) return "the loss, " + fixed_text(w.value, 3) + at + ", has been ten times its best for 500 steps";
    if (w.what == kind::guarded)
        return "the gradient is not finite or far too large" + at + "; such steps shrink the recurrent weights and are counted";
    return "the gradient is 0" + at + ": all units are silent";
}
