// Lists searched by a member.
#pragma once
#include <eirnn/config.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE::detail {

/// The first element whose `member` is `value`, or the end: std::ranges::find with a projection, whose concepts would cost every program
/// that includes it megabytes of the compiler's memory.
template <class List, class Value, class Class, class Member>
constexpr auto find_by(List& list, const Value& value, Member Class::*member) {
    return std::find_if(list.begin(), list.end(), [&](const Class& element) { return element.*member == value; });
}

}  // namespace EIRNN_NAMESPACE::detail
