// Units that are slowed by what they did.
#include "on_device.hpp"

namespace EIRNN_TEST_SIDE::of_adaptation {
#include "../../../examples/gallery/adaptation.cpp"
}
namespace EIRNN_TEST_SIDE::of_depression {
#include "../../../examples/gallery/depression.cpp"
}

EIRNN_GALLERY_NETWORK(adaptation, of_adaptation::adaptation, delayed_match<80>{}, plain_units(), 12, usual)
EIRNN_GALLERY_NETWORK(depression, of_depression::depression, delayed_match<20>{}, plain_units(), 12, usual)
