// Checksums of file contents. They detect damage, not attack.
#pragma once
#include <eirnn/config.hpp>

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace EIRNN_NAMESPACE::detail {

/// XXH3-64 as 16 lower-case hexadecimal digits.
inline std::string xxh3_hex(std::span<const std::byte> bytes) {
    const std::uint64_t hash = XXH3_64bits(bytes.data(), bytes.size());
    std::string digits(16, '0');
    for (std::size_t k = 0; k < 16; ++k) digits[k] = "0123456789abcdef"[(hash >> (60 - 4 * k)) & 15];
    return digits;
}

/// The CRC-32 of zip archives (reflected polynomial 0xEDB88320).
inline std::uint32_t crc32(std::span<const std::byte> bytes) {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t k = 0; k < 256; ++k) {
            std::uint32_t c = k;
            for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1 ? 0xEDB88320u : 0u);
            t[k] = c;
        }
        return t;
    }();
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const std::byte b : bytes) crc = table[(crc ^ static_cast<std::uint32_t>(b)) & 0xFFu] ^ (crc >> 8);
    return ~crc;
}

}  // namespace EIRNN_NAMESPACE::detail
