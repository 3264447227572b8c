// As much of Catch2 as the tests of the primitives need, for nvcc, which takes a quarter of a minute for Catch2 itself.
#pragma once
#include <cstdio>
#include <sstream>
#include <string>

namespace checks {
inline int failed = 0;
inline std::string where;
inline void check(bool right, const char* what) {
    if (right) return;
    ++failed;
    std::printf("wrong, %s: %s\n", where.c_str(), what);
}
}  // namespace checks

#define CHECK(...) checks::check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__)
#define INFO(...) checks::where = (std::ostringstream() << __VA_ARGS__).str()
