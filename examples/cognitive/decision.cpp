// Perceptual decisions: networks and measures are those of the program perceptual_decision.
#include "../perceptual_decision/networks.hpp"
#include "../perceptual_decision/results.hpp"
#include "run.hpp"

namespace {

using variant = eirnn::tasks::decision_variant;

template <variant V>
class decision_results : public results {
public:
    static constexpr long trials_of_paper = V == variant::variable_duration ? 4000 : V == variant::reaction_time ? 1500 : 2000;
    static constexpr long between_samples = V == variant::reaction_time ? 10 : 20;  // ms
    static constexpr long more_conditions = 1;                                      // no coherence, beside those that are trained
    static constexpr bool sorts_weights = true;                                     // into its own connectivity.npz
    decision_results(const eirnn::tasks::perceptual_decision&, long units) : results(V, units) {}
};

template <class Net, variant V>
int decide(const surroundings& here) {
    return run_task<Net, decision_results<V>>(here, lesson_of(here.asked, eirnn::tasks::perceptual_decision{V}));
}

}  // namespace

int run_decision(const surroundings& here) {
    switch (here.asked.task) {
        case task_name::fixed:
            return decide<structured::decision, variant::fixed>(here);
        case task_name::no_dale:
            return decide<no_dale::decision, variant::no_dale>(here);
        case task_name::variable_duration:
            return decide<cued::decision, variant::variable_duration>(here);
        case task_name::reaction_time:
            return decide<cued::decision, variant::reaction_time>(here);
        default:
            return decide<dense::decision, variant::dense>(here);
    }
}
