// A program of units that were compiled with different flags; UNITS(EACH) is EACH(name) for every one. Prints what each computes, and
// fails if it cannot read a unit's matrix or catch its exception.
#include "networks.hpp"

#include <cstdio>

#define EACH(unit) DECLARE_UNIT(unit);
UNITS(EACH)
#undef EACH

template <class Results, class Exchange>
bool run(const char* name, Results results, Exchange exchange) {
    std::printf("%s", name);
    for (const double x : results()) std::printf(" %a", x);
    std::puts("");
    eirnn::matrix<float> m(2, 3, 1.f);
    m(1, 2) = 4;
    try {
        if (exchange(m, eirnn::seed{1}) != m) return false;
        exchange({}, eirnn::seed{1});
    } catch (const eirnn::error& e) {
        return e.text().what == "a matrix is empty";
    }
    return false;
}

int main() {
    bool fine = true;
#define EACH(unit) fine &= run(#unit, [] { return unit(); }, [](const eirnn::matrix<float>& m, eirnn::seed s) { return unit(m, s); });
    UNITS(EACH)
    return fine ? 0 : 1;
}
