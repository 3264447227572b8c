// A network declared, lowered and described in a file that nvcc compiles: the types of the description must pass its front end. Needs no
// GPU.
#include <eirnn/cell/cells.hpp>
#include <eirnn/io/describe.hpp>

#include <cstdio>

using namespace eirnn;

struct E_S : population<excitatory, 12> {};
struct I_S : population<inhibitory, 3> {};
struct E_M : population<excitatory, 12> {};
struct I_M : population<inhibitory, 3> {};
struct sensory : area<rate<relu>, E_S, I_S> {};
struct motor : area<rate<relu>, E_M, I_M> {};
struct motion : input<2> {};
struct choice : output<2> {};
using two_areas = network<areas<sensory, motor>, inputs<project<motion, sensory>>,
                          long_range<project<E_S, motor>, project<E_M, sensory, sparse<0.2>>>, outputs<project<E_M, choice>>>;

int main() {
    const layout l = lower<two_areas>();
    const auto text = describe<two_areas>().text();
    std::puts(text.c_str());
    return l.units == 30 && l.recurrent.sign(0, 12) == -1 && text.find("E_S") != std::string::npos ? 0 : 1;
}
