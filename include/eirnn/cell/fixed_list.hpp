// A list with room for a fixed number of things, which a constexpr value can be.
#pragma once
#include <eirnn/config.hpp>

namespace EIRNN_NAMESPACE::equations {

template <class T, int N>
struct fixed_list {
    T item[static_cast<unsigned>(N)]{};
    int size = 0;
    constexpr void push(const T& t) { item[size++] = t; }
    constexpr T& operator[](int i) { return item[i]; }
    constexpr const T& operator[](int i) const { return item[i]; }
    constexpr T* begin() { return item; }
    constexpr T* end() { return item + size; }
    constexpr const T* begin() const { return item; }
    constexpr const T* end() const { return item + size; }
    constexpr int find(const T& t) const {
        for (int i = 0; i < size; ++i)
            if (item[i] == t) return i;
        return -1;
    }
};

}  // namespace EIRNN_NAMESPACE::equations
