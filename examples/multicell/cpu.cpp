#include "run.hpp"

int run_on_cpu(const surroundings& here) {
    cpu_device device(here.asked.threads);
    const int threads = device.threads();
    return run_on(here, std::move(device), threads);
}

std::vector<std::string> variant_names(processor backend, std::string_view model) {
    std::vector<std::string> names;
    for (const auto& n : all_networks)
        if (n.model == model && (backend == processor::cpu || n.variant == base_variant)) names.emplace_back(n.variant);
    return names;
}
