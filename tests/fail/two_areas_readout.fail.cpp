// The network of two areas with a readout from interneurons of the sensory area: rule W05 in a network of the examples.
// expect: an output reads an inhibitory population
#include "../../examples/cognitive/networks.hpp"

#include <eirnn/spec/lower.hpp>

using namespace two_areas;

#ifdef EIRNN_CONTROL
using observed = E_M;
#else
using observed = I_S;
#endif
using net = eirnn::network<eirnn::areas<sensory, motor>, stimulus, eirnn::long_range<feedforward, feedback>,
                           eirnn::outputs<eirnn::project<observed, choice>>>;

eirnn::layout lowered() { return eirnn::lower<net>(); }
