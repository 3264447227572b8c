// A stack of areas on the Thrust backend, on the system that THRUST_DEVICE_SYSTEM names: cases of the reference, and the same numbers as
// the plain loops of the serial backend.
#include "../reference/multicell.hpp"
#include "../stack/lesions.hpp"
#include "../stack/outcome.hpp"
#include "../stack/plain_mean.hpp"
#include "../stack/pushed.hpp"

#include <eirnn/backend/serial.hpp>
#include <eirnn/backend/thrust/thrust.hpp>

using namespace eirnn;

TEST_CASE("multi-cell cases of the reference, Thrust") {
    using device = backend::thrust_backend<double>;
    reference::check_multicell<multicell::standard, device>("standard", 1e-10);
    reference::check_multicell<multicell::standard, device>("standard_sum_t", 1e-10);
    reference::check_multicell<multicell::standard_ei, device>("standard_ei", 1e-10);
}
TEST_CASE("Thrust agrees with serial on a stack") {
    const auto expected = stacks::outcome_of(backend::serial<double>(), 5, 2);
    CHECK(stacks::distance(stacks::outcome_of(backend::thrust_backend<double>(), 5, 2), expected) < 1e-12);
    // Rounding: the running statistics after two batches, which evaluation reads, are those of two batches only.
    CHECK(stacks::distance(stacks::outcome_of(backend::thrust_backend<float>(), 5, 2), expected) < 5e-5);
}
TEST_CASE("running statistics are plain means at first, Thrust") {
    stacks::check_plain_mean<backend::thrust_backend<double>>();
    stacks::check_plain_mean<backend::thrust_backend<float>>();
}
TEST_CASE("Omega on maps, Thrust") {
    using namespace omega_of_maps;
    model<pushed, backend::serial<double>> plain(seed{3}, options(true));
    model<pushed, backend::thrust_backend<double>> m(seed{3}, options(true));
    stir(plain), stir(m);
    const auto b = films(5);
    const objective o{.omega = 2, .l2_rate = 0.3};
    CHECK(m.gradient(b, {1, 4}, m.default_loss(), o).omega == Approx(plain.gradient(b, {1, 4}, plain.default_loss(), o).omega));
    const auto got = m.last_gradient(), expected = plain.last_gradient();
    for (std::size_t k = 0; k < expected.tensors.size(); ++k)
        for (std::size_t i = 0; i < expected.tensors[k].values.data.size(); ++i)
            CHECK(got.tensors[k].values.data[i] == Approx(expected.tensors[k].values.data[i]).epsilon(1e-10).margin(1e-12));
}
TEST_CASE("what is silent is as if its weights were 0, Thrust") { lesioned::check_lesions<backend::thrust_backend<double>>(); }
