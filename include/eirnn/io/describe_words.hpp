// Words and marks that the descriptions of networks share.
#pragma once
#include <eirnn/spec/allow.hpp>
#include <eirnn/spec/facts.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace EIRNN_NAMESPACE::detail {

struct words {
    static std::string_view sign_name(polarity s) {
        return s == polarity::excitatory ? "excitatory" : s == polarity::inhibitory ? "inhibitory" : "of either sign";
    }
    static std::string_view colour_of(polarity s) {
        return s == polarity::excitatory ? "firebrick" : s == polarity::inhibitory ? "royalblue" : "gray40";
    }
    static std::string count(long n, std::string_view noun) { return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : "s"); }
    static std::string shortest(double x) {
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
        return {text.data(), end};
    }
    static std::string node(std::string_view name, const std::string& note, const std::string& style) {
        return "  \"" + std::string(name) + "\" [label=\"" + std::string(name) + "\\n" + note + "\", " + style + "];\n";
    }
    static std::vector<std::string> waivers(unsigned bits) {
        std::vector<std::string> out;
        for (std::size_t i = 0; i < waiver_names.size(); ++i)
            if (bits >> i & 1u) out.emplace_back(waiver_names[i]);
        return out;
    }
    /// Which weights of a projection exist.
    static std::string mask_name(const projection_facts& p) {
        constexpr std::array<std::string_view, 4> names{"dense", "sparse", "block", "table"};
        std::string out(p.has_plastic() ? names[static_cast<std::size_t>(p.mask)] : "fixed");
        if (p.mask == mask_kind::sparse) out += " p=" + shortest(p.probability) + " seed=" + std::to_string(p.seed);
        return out + (p.has_plastic() && p.has_fixed() ? " and fixed" : "");
    }
    static std::string_view rule_name(sign_rule r) {
        constexpr std::array<std::string_view, 4> names{"unconstrained", "rectify", "absolute", "soft_rectify"};
        return names[static_cast<std::size_t>(r)];
    }
};

}  // namespace EIRNN_NAMESPACE::detail
