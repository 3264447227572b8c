// Measures of selectivity and density against the reference.
#include "case.hpp"

#include "../catch.hpp"

#include <eirnn/analysis/tuning.hpp>

using namespace eirnn;
using reference::flat;

TEST_CASE("measurements of the reference") {
    const auto c = reference::load("measurements");
    const auto near = [](std::optional<double> got, const reference::json& expected) {
        CHECK(got.has_value() == !expected.is_null());
        if (got && !expected.is_null()) CHECK(*got == Approx(expected.get<double>()).epsilon(1e-10));
    };
    const auto& g = c.at("gosi");
    for (std::size_t k = 0; k < g.at("r").size(); ++k)
        near(analysis::orientation_selectivity(flat<double>(g.at("theta")), flat<double>(g.at("r")[k])), g.at("gosi")[k]);
    const auto& s = c.at("skewness");
    for (std::size_t k = 0; k < s.at("r").size(); ++k) near(analysis::response_skewness(flat<double>(s.at("r")[k])), s.at("skewness")[k]);

    const auto& d = c.at("density");
    CHECK(analysis::weight_threshold == Approx(d.at("threshold").get<double>()).epsilon(1e-15));
    std::vector<double> means;  // over the kernel, per connection
    for (const auto& post : d.at("W"))
        for (const auto& pre : post) {
            const auto kernel = flat<double>(pre);
            double sum = 0;
            for (double w : kernel) sum += w;
            means.push_back(sum / static_cast<double>(kernel.size()));
        }
    CHECK(analysis::connection_density(means, analysis::weight_threshold) == Approx(d.at("density_mean").get<double>()));
    CHECK(analysis::connection_density(flat<double>(d.at("W")), analysis::weight_threshold) == Approx(d.at("density_all").get<double>()));

    const auto& image = c.at("grating");
    const auto made = analysis::grating(image.at("size"), image.at("cycles_per_image"), image.at("orientation"), image.at("phase"));
    CHECK(reference::distance(made.data, flat<double>(image.at("image"))) < 1e-10);
}
