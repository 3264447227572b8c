// The networks of Sun et al. around any of their cells: area and channel numbers, kernels, pooling, time steps.
#pragma once
#include <eirnn/cell/multicell.hpp>
#include <eirnn/spec/network.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace EIRNN_NAMESPACE::multicell {

namespace detail {
constexpr int twice(int n) { return n == dynamic ? dynamic : 2 * n; }

/// The roles of a cell's kinds of units, read from its equations.
template <class Cell>
struct roles {
    static constexpr cell_facts equations = eirnn::detail::cell_values<Cell>::facts;
    static constexpr int shapes = static_cast<int>(equations.shapes.size()), output = equations.output;
    static constexpr bool named_E = equations.shapes[static_cast<std::size_t>(output)] == "E";
    static constexpr bool is_OG(int shape) { return equations.shapes[static_cast<std::size_t>(shape)] == "OG"; }
    /// What principal neurons send inside their area is subtracted: they inhibit, and interneurons excite (InhPN).
    static constexpr bool principal_inhibits = [] {
        for (const equations::term& t : equations.terms)
            if (t.source_shape == output && t.negative) return true;
        return false;
    }();
    static constexpr polarity principal_sign = principal_inhibits ? inhibitory : excitatory;
    static constexpr polarity interneuron_sign = principal_inhibits ? excitatory : inhibitory;
    template <int Size>
    using principal_of = population<principal_sign, Size, principal>;
    template <int Size>
    using interneuron_of = population<interneuron_sign, Size, interneuron>;
};

// Populations in the order in which the cell's equations name their shapes.
template <class Cell, class Shapes, class Principal, class Input, class Output, class... Parts>
struct bound_area;
template <class Cell, int... Shape, class Principal, class Input, class Output, class... Parts>
struct bound_area<Cell, std::integer_sequence<int, Shape...>, Principal, Input, Output, Parts...> {
    template <int S>
    using bound = std::conditional_t<S == roles<Cell>::output, Principal, std::conditional_t<roles<Cell>::is_OG(S), Output, Input>>;
    using type = area<Cell, bound<Shape>..., Parts...>;
};
template <class Cell, class Principal, class Input, class Output, class... Parts>
using area_of =
    typename bound_area<Cell, std::make_integer_sequence<int, roles<Cell>::shapes>, Principal, Input, Output, Parts...>::type;

// Principal neurons always excite the next area (in InhPN, too, which Dale's law does not allow them).
template <class Cell, class From, class To>
using onward = std::conditional_t<roles<Cell>::principal_inhibits,
                                  project<From, To, sends<excitatory>, allow<long_range_inhibition, dale_violation>>, project<From, To>>;
template <class Cell, class From, class To>
using read = std::conditional_t<roles<Cell>::principal_inhibits, project<From, To, allow<inhibitory_readout>>, project<From, To>>;
template <class Signs>
using waivers_of = std::conditional_t<std::is_same_v<Signs, unconstrained>, allow<dale_violation>, allow<>>;
}  // namespace detail

/// The recurrent areas, on grids, with separable kernels of 3 x 3 unless told otherwise. Principal neurons and interneurons are called as
/// in the cell: PN3, IG3, OG3 or E3, I3, and so on. Numbers are doubled in area 5, and already in area 4 where that is the last
/// (`Last` = 4).
template <class Cell, int Principal, int Interneurons, int Last, class Kernel = separable<3>>
struct recurrent_areas {
    using roles = detail::roles<Cell>;
    static constexpr int principal4 = Last == 4 ? detail::twice(Principal) : Principal;
    static constexpr int interneurons4 = Last == 4 ? detail::twice(Interneurons) : Interneurons;
    static constexpr int principal5 = detail::twice(Principal), interneurons5 = detail::twice(Interneurons);

    struct PN3 : roles::template principal_of<Principal> {};
    struct IG3 : roles::template interneuron_of<Interneurons> {};
    struct OG3 : roles::template interneuron_of<Interneurons> {};
    struct E3 : roles::template principal_of<Principal> {};
    struct I3 : roles::template interneuron_of<Interneurons> {};
    struct PN4 : roles::template principal_of<principal4> {};
    struct IG4 : roles::template interneuron_of<interneurons4> {};
    struct OG4 : roles::template interneuron_of<interneurons4> {};
    struct E4 : roles::template principal_of<principal4> {};
    struct I4 : roles::template interneuron_of<interneurons4> {};
    struct PN5 : roles::template principal_of<principal5> {};
    struct IG5 : roles::template interneuron_of<interneurons5> {};
    struct OG5 : roles::template interneuron_of<interneurons5> {};
    struct E5 : roles::template principal_of<principal5> {};
    struct I5 : roles::template interneuron_of<interneurons5> {};

    template <class PN, class E>
    using named = std::conditional_t<roles::named_E, E, PN>;
    using principal_neurons3 = named<PN3, E3>;
    using principal_neurons4 = named<PN4, E4>;
    using principal_neurons5 = named<PN5, E5>;
    struct area3 : detail::area_of<Cell, principal_neurons3, named<IG3, I3>, OG3, Kernel, max_pool<3, 2>> {};
    struct area4 : detail::area_of<Cell, principal_neurons4, named<IG4, I4>, OG4, Kernel, max_pool<3, 2>> {};
    struct area5 : detail::area_of<Cell, principal_neurons5, named<IG5, I5>, OG5, Kernel, max_pool<3, 2>> {};
};

/// The parts of a network for images of 32 x 32 pixels beside its recurrent areas. Either number may be `dynamic`.
template <int Channels, int Classes>
struct small_image_parts {
    struct image : input<Channels, grid<32, 32>> {};
    struct category : output<Classes> {};
    struct F1 : population<free_sign, 16> {};
    struct F2 : population<excitatory, 32> {};
    struct area1 : area<feed_forward, F1, convolution<3>, max_pool<3, 1>> {};
    struct area2 : area<feed_forward, F2, convolution<3>, max_pool<3, 2>> {};

    template <class Cell, class R, class Signs, class... Options>
    using network_of =
        network<areas<area1, area2, typename R::area3, typename R::area4>, inputs<project<image, area1, unconstrained>>,
                long_range<project<F1, area2>, project<F2, typename R::area3>,
                           detail::onward<Cell, typename R::principal_neurons3, typename R::area4>>,
                outputs<detail::read<Cell, typename R::principal_neurons4, category>>, signs<Signs>, detail::waivers_of<Signs>,
                time_steps<4>, Options...>;
};
/// The parts of cifar10 beside its recurrent areas.
using cifar10_parts = small_image_parts<3, 10>;

/// The network for CIFAR10 (section 2.1): two feed-forward areas with 16 and 32 channels, two recurrent ones of `Cell` with `Principal`
/// principal neurons and `Interneurons` of each kind, doubled in the second. A cell in which principal neurons inhibit gives InhPN;
/// `Signs` = unconstrained gives NoConstraint, rectify the rule that the paper compares. With `dynamic` numbers,
/// `sizes{}.of<Net::PN3>(8).of<Net::IG3>(2)...` names all populations of the recurrent areas. `Options` are further arguments of the
/// network, such as `readout<sum_of_steps>`.
template <class Cell, class Signs = absolute, int Principal = 64, int Interneurons = 16, class... Options>
struct cifar10 : cifar10_parts,
                 recurrent_areas<Cell, Principal, Interneurons, 4>,
                 cifar10_parts::network_of<Cell, recurrent_areas<Cell, Principal, Interneurons, 4>, Signs, Options...> {};

/// The parts of a network for images of 128 x 128 pixels beside its recurrent areas. Either number may be `dynamic`.
template <int Channels, int Classes>
struct large_image_parts {
    struct image : input<Channels, grid<128, 128>> {};
    struct category : output<Classes> {};
    struct F1 : population<free_sign, 64> {};
    struct F2 : population<excitatory, 128> {};
    struct area1 : area<feed_forward, F1, convolution<7, 2>, max_pool<3, 2>> {};
    struct area2 : area<feed_forward, F2, convolution<3>, max_pool<3, 2>> {};

    template <class Cell, class R, class Signs, class... Options>
    using network_of =
        network<areas<area1, area2, typename R::area3, typename R::area4, typename R::area5>, inputs<project<image, area1, unconstrained>>,
                long_range<project<F1, area2>, project<F2, typename R::area3>,
                           detail::onward<Cell, typename R::principal_neurons3, typename R::area4>,
                           detail::onward<Cell, typename R::principal_neurons4, typename R::area5>>,
                outputs<detail::read<Cell, typename R::principal_neurons5, category>>, signs<Signs>, detail::waivers_of<Signs>,
                time_steps<5>, Options...>;
};
/// The parts of imagenet beside its recurrent areas.
using imagenet_parts = large_image_parts<3, 1001>;

/// The network for ImageNet (section 2.2 and the authors' code): three recurrent areas, numbers doubled in the last; 128 x 128 pixels,
/// 1001 categories.
template <class Cell, class Signs = absolute, int Principal = 256, int Interneurons = 64, class... Options>
struct imagenet : imagenet_parts,
                  recurrent_areas<Cell, Principal, Interneurons, 5>,
                  imagenet_parts::network_of<Cell, recurrent_areas<Cell, Principal, Interneurons, 5>, Signs, Options...> {};

}  // namespace EIRNN_NAMESPACE::multicell
