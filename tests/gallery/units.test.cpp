// Sums over the units of an area, trained numbers, spikes.
#include "check.hpp"

namespace of_layer_norm {
#include "../../examples/gallery/layer_norm.cpp"
}
namespace of_spiking {
#include "../../examples/gallery/spiking.cpp"
}
namespace of_time_constants {
#include "../../examples/gallery/time_constants.cpp"
}
namespace of_divisive {
#include "../../examples/gallery/divisive.cpp"
}

TEST_CASE("the gradient of units with layer normalisation is what differences say") {
    check_network<of_layer_norm::layer_norm>(delayed_exclusive_or{}, plain_units());
}
TEST_CASE("the gradient of units that are divided by what all of them do is what differences say") {
    check_network<of_divisive::divisive>(delayed_match<20>{}, plain_units());
}
TEST_CASE("the gradient of trained time constants is what differences say") {
    check_network<of_time_constants::time_constants>(delayed_match<40>{}, plain_units());
}
// The slope of a spike is a stand-in, so that differences of the loss say nothing.
TEST_CASE("the gradient of spiking units has the same bits for any number of threads, and is that of the serial backend") {
    using namespace eirnn;
    const auto trials = delayed_match<10>{}.make<double>({purpose::training, 3, 0, 12, 20, 0}).trials;
    model<of_spiking::spiking, backend::serial<double>> a(seed{2}, plain_units());
    model<of_spiking::spiking, backend::cpu<double>> b(seed{2}, plain_units(), backend::cpu<double>(1)),
        c(seed{2}, plain_units(), backend::cpu<double>(2));
    a.gradient(trials, {1, 4}, a.default_loss());
    b.gradient(trials, {1, 4}, b.default_loss());
    c.gradient(trials, {1, 4}, c.default_loss());
    CHECK(b.last_gradient() == c.last_gradient());
    const auto in_order = a.last_gradient(), on_threads = b.last_gradient();
    double largest = 0, off = 0;
    for (std::size_t k = 0; k < in_order.tensors.size(); ++k)
        for (std::size_t i = 0; i < in_order.tensors[k].values.data.size(); ++i) {
            const double x = in_order.tensors[k].values.data[i];
            largest = std::max(largest, std::abs(x));
            off = std::max(off, std::abs(x - on_threads.tensors[k].values.data[i]));
        }
    CHECK(largest > 1e-3);
    CHECK(off < 1e-10 * largest);
}
