// Models, training and descriptions asked for with other arguments: each gives one error, its sentence.
// one error each
#include <eirnn/eirnn.hpp>

using namespace eirnn;

struct E : population<excitatory, 8> {};
struct I : population<inhibitory, 2> {};
struct cortex : area<rate<relu>, E, I> {};
struct motion : input<2> {};
struct choice : output<2> {};
using good = network<areas<cortex>, inputs<project<motion, cortex>>, outputs<project<E, choice>>>;
const tasks::perceptual_decision task;

void right() {
    (void)describe<good>().text();
    model<good> m{seed{1}};
    model<good> with{seed{1}, {.sizes = sizes{}}};
    train(m, task, sgd{}, until{.performance = 85}, {}, no_observer{}, [] { return false; });
}

#ifndef EIRNN_CONTROL
struct no_task {};
struct other : area<rate<relu>, E, I> {};  // expect: eirnn[M01]
void area_as_network() {
    model<other> m{seed{1}};
    train(m, task, sgd{});
    m.run(trial_batch<float>{}, {});
}
void area_described() { (void)describe<cortex>(); }              // expect: eirnn[M01]
void model_described(model<good>& m) { (void)describe(m); }      // expect: eirnn[M01]
void population_lowered() { (void)lower<E>(); }                  // expect: eirnn[M01]
void network_forgotten() { model m{42}; }                        // expect: eirnn[M01]
void number_as_backend() { model<good, int> m{seed{1}}; }        // expect: eirnn[M02]
void numbers_of_no_fraction() { model<good, cpu<int>> m{seed{1}}; }  // expect: eirnn[M02]
void swapped_arguments() { model<cpu<float>, good> m{seed{1}}; } // expect: eirnn[M01]
void no_seed() { model<good> m; }                                // expect: eirnn[M03]
void number_as_seed() { model<good> m{42}; }                     // expect: eirnn[M03]
void sizes_as_options() { model<good> m{seed{1}, sizes{}}; }     // expect: eirnn[M03]
void network_trained() { train(good{}, task, sgd{}); }           // expect: eirnn[M08]
void network_named() { train<good>(task, adam{}); }              // expect: eirnn[M08]
void task_first(model<good>& m) { train(task, m, sgd{}); }       // expect: eirnn[M05]
void optimiser_first(model<good>& m) { train(m, sgd{}, task); }  // expect: eirnn[M06]
void half_a_task(model<good>& m) { train(m, no_task{}, sgd{}); } // expect: eirnn[M06]
void rate_alone(model<good>& m) { train(m, task, 0.01); }        // expect: eirnn[M07]
void no_optimiser(model<good>& m) { train(m, task); }            // expect: eirnn[M08]
void per_cent(model<good>& m) { train(m, task, sgd{}, 85.0); }   // expect: eirnn[M08]
void options_early(model<good>& m) { train(m, task, sgd{}, training_options{}); }  // expect: eirnn[M08]
void no_stop(model<good>& m) { train(m, task, sgd{}, until{}, training_options{}, no_observer{}, 3); }  // expect: eirnn[M08]
#endif
