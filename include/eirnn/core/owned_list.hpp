// A list whose elements stay valid when the list is part of a temporary.
#pragma once
#include <eirnn/config.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace EIRNN_SHARED_NAMESPACE {

/// A std::vector that is safe to index where it stands in a result: an element of a temporary list is handed out by value, so that
///     for (float w : m.raw().recurrent[0].data)
/// reads numbers that are still there. (C++20 destroys the result before the loop begins; a reference into it would dangle.) In a named
/// list an element is a reference, as in any vector.
template <class T>
struct owned_list : std::vector<T> {
    using list = std::vector<T>;
    using list::list;
    owned_list() = default;
    owned_list(list elements) : list(std::move(elements)) {}

    T& operator[](std::size_t k) & { return list::operator[](k); }
    const T& operator[](std::size_t k) const& { return list::operator[](k); }
    T operator[](std::size_t k) && { return std::move(list::operator[](k)); }
    T& at(std::size_t k) & { return list::at(k); }
    const T& at(std::size_t k) const& { return list::at(k); }
    T at(std::size_t k) && { return std::move(list::at(k)); }
    T& front() & { return list::front(); }
    const T& front() const& { return list::front(); }
    T front() && { return std::move(list::front()); }
    T& back() & { return list::back(); }
    const T& back() const& { return list::back(); }
    T back() && { return std::move(list::back()); }
};

}  // namespace EIRNN_SHARED_NAMESPACE
