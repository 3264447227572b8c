// How a network is built from its type.
#pragma once
#include "networks.hpp"

#include <algorithm>
#include <utility>

template <class Net>
eirnn::sizes sizes_of(const network_sizes& n) {
    const auto shapes = eirnn::network_traits<Net>::facts.areas.back().equations.shapes;
    const auto has = [&](std::string_view shape) { return std::ranges::find(shapes, shape) != shapes.end(); };
    const int p = n.channels.principal, i = n.channels.interneurons;
    const eirnn::sizes seen = eirnn::sizes{}.of<typename Net::image>(n.image_channels).template of<typename Net::category>(n.classes);
    // Numbers are doubled in the last area, which is area 4 or 5.
    constexpr bool five = eirnn::network_traits<Net>::facts.areas.size() == 5;
    constexpr int of_4 = five ? 1 : 2;
    if (has("E")) {
        const eirnn::sizes s = seen.of<typename Net::E3>(p)
                                   .template of<typename Net::I3>(i)
                                   .template of<typename Net::E4>(of_4 * p)
                                   .template of<typename Net::I4>(of_4 * i);
        return five ? s.of<typename Net::E5>(2 * p).template of<typename Net::I5>(2 * i) : s;
    }
    const eirnn::sizes s = seen.of<typename Net::PN3>(p)
                               .template of<typename Net::IG3>(i)
                               .template of<typename Net::PN4>(of_4 * p)
                               .template of<typename Net::IG4>(of_4 * i);
    const eirnn::sizes inputs = five ? s.of<typename Net::PN5>(2 * p).template of<typename Net::IG5>(2 * i) : s;
    if (!has("OG")) return inputs;
    const eirnn::sizes outputs = inputs.of<typename Net::OG3>(i).template of<typename Net::OG4>(of_4 * i);
    return five ? outputs.of<typename Net::OG5>(2 * i) : outputs;
}

template <class Net, class B>
built_network<B> build(eirnn::seed s, const network_sizes& n, B device) {
    eirnn::model_options how{.sizes = sizes_of<Net>(n)};
    how.initial.kernel_scale = n.kernel_scale;
    return {std::make_shared<eirnn::model<Net, B>>(s, how, std::move(device)), &eirnn::network_traits<Net>::facts};
}
