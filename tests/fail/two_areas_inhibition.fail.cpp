// The network of two areas with inhibition across the areas: rule W02 in a network of the examples.
// expect: a projection between areas starts from an inhibitory population
#include "../../examples/cognitive/networks.hpp"

#include <eirnn/spec/lower.hpp>

using namespace two_areas;

#ifdef EIRNN_CONTROL
using inhibiting = E_S;
#else
using inhibiting = I_S;
#endif
using net = eirnn::network<eirnn::areas<sensory, motor>, stimulus, eirnn::long_range<eirnn::project<inhibiting, motor>, feedback>,
                           eirnn::outputs<eirnn::project<E_M, choice>>>;

eirnn::layout lowered() { return eirnn::lower<net>(); }
