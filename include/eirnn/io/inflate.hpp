// The one door to zlib: deflated bytes whose size is known beforehand.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace EIRNN_NAMESPACE::detail {

/// A byte of a deflate stream gives 1032 bytes at most: 258 for two bits.
inline constexpr std::size_t most_inflation = 1032;

/// What a deflate stream is wrapped in: nothing, or the header and the checksum of gzip. The numbers are those that zlib takes.
enum class wrapping : int { none = -15, gzip = 31 };

/// Inflates a deflate stream into `to`. `whole`: the stream must have exactly that many bytes, and nothing may follow it; otherwise at
/// least that many. Returns what is wrong, or nullptr. Writes nothing outside `to`, whatever the stream says.
EIRNN_COLD inline const char* inflate_into(std::span<const std::byte> from, std::span<std::byte> to, bool whole,
                                           wrapping in_what = wrapping::none) {
    struct stream : z_stream {
        explicit stream(wrapping w) : z_stream{} {
            if (inflateInit2(this, static_cast<int>(w)) != Z_OK)
                throw out_of_resources({"zlib cannot inflate", "inflateInit2", "memory for a window of 32 KiB", "less", "free some"});
        }
        stream(const stream&) = delete;
        stream& operator=(const stream&) = delete;
        ~stream() { inflateEnd(this); }
    } s(in_what);
    constexpr std::size_t part = 1u << 30;  // zlib counts in 32 bits
    std::size_t read = 0, written = 0;
    while (true) {
        // A stream may go on after its last byte, with the code that ends it: one more byte of room tells that from a stream too long.
        std::byte spare{};
        const bool full = written == to.size();
        const auto in = static_cast<uInt>((std::min)(from.size() - read, part));
        const auto out = static_cast<uInt>(full ? 1 : (std::min)(to.size() - written, part));
        s.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data() + read));
        s.avail_in = in;
        s.next_out = reinterpret_cast<Bytef*>(full ? &spare : to.data() + written);
        s.avail_out = out;
        const int state = ::inflate(&s, Z_NO_FLUSH);
        read += in - s.avail_in;
        const std::size_t made = out - s.avail_out;
        if (full && made > 0) return "is longer than its size says";
        if (!full) written += made;
        if (state == Z_MEM_ERROR) throw out_of_resources({"zlib cannot inflate", "inflate", "memory for its window", "less", "free some"});
        if (state == Z_STREAM_END)
            return written < to.size()           ? "is shorter than its size says"
                   : whole && read < from.size() ? "is followed by something"
                                                 : nullptr;
        if (state == Z_BUF_ERROR) return "is cut";
        if (state != Z_OK) return "is damaged";
        if (!whole && written == to.size()) return nullptr;
    }
}

}  // namespace EIRNN_NAMESPACE::detail
