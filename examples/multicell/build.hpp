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
    if (has("E"))
        return seen.of<typename Net::E3>(p)
            .template of<typename Net::I3>(i)
            .template of<typename Net::E4>(2 * p)
            .template of<typename Net::I4>(2 * i);
    const auto s = seen.of<typename Net::PN3>(p)
                       .template of<typename Net::IG3>(i)
                       .template of<typename Net::PN4>(2 * p)
                       .template of<typename Net::IG4>(2 * i);
    return has("OG") ? s.template of<typename Net::OG3>(i).template of<typename Net::OG4>(2 * i) : s;
}

template <class Net, class B>
built_network<B> build(eirnn::seed s, const network_sizes& n, B device) {
    const eirnn::model_options how{.sizes = sizes_of<Net>(n)};
    return {std::make_shared<eirnn::model<Net, B>>(s, how, std::move(device)), &eirnn::network_traits<Net>::facts};
}
