// The sizes that a network's types leave open (`dynamic`), given when it is built.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/spec/facts.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// `sizes{}.of<E>(120).of<I>(30)`: units of a population, channels of an input or output. Every part declared `dynamic` needs one, others
/// may have none.
class sizes {
public:
    struct entry {
        type_identity self;
        std::string_view name;
        int size = 0;
    };

    /// A copy with the size of `T` added. Throws invalid_argument if it is less than 1 or above 2^24, or was given before.
    template <class T>
    [[nodiscard]] sizes of(long size) const {
        sizes more = *this;
        more.add({identity_of<T>, name_of<T>(), 0}, size);
        return more;
    }
    const std::vector<entry>& entries() const& noexcept { return entries_; }
    std::vector<entry> entries() && noexcept { return std::move(entries_); }

private:
    void add(entry e, long size) {
        const std::string where = "sizes, of<" + std::string(e.name) + ">";
        if (size < 1 || size > most_units)
            throw invalid_argument(
                {"a size is out of range", where, "1 to " + std::to_string(most_units), std::to_string(size), "give another size"});
        for (const entry& x : entries_)
            if (x.self == e.self) throw invalid_argument({"a size is given twice", where, "", "", "remove one of the two"});
        e.size = static_cast<int>(size);
        entries_.push_back(e);
    }
    std::vector<entry> entries_;
};

}  // namespace EIRNN_NAMESPACE
