// Soft attention over what was stored (Bahdanau et al. 2015): in every step the area stores a key and a value; a query takes the values of
// all steps before, weighted by the softmax of its products with their keys. New patterns and their labels are shown once; then a pattern
// asks for its label.
#include "tasks.hpp"

using namespace eirnn;

namespace cells {
using namespace eirnn::notation;
inline constexpr equations::symbol<struct query> query;
inline constexpr equations::symbol<struct key> key;
inline constexpr equations::symbol<struct value> value;
inline constexpr equations::symbol<struct found> found;
struct attention {
    static constexpr auto equations =
        system(query[r] = W(u), key[r] = W(u), value[r] = W(u), found[r] = equations::attention(query, prev(key), prev(value)), r = found);
};
}  // namespace cells

struct H : population<free_sign, 20, principal> {};
struct memory : area<cells::attention, H> {};
struct pairs : input<new_pairs::bits + new_pairs::items> {};
struct label : output<new_pairs::items, softmax> {};

using attention = network<areas<memory>, inputs<project<pairs, memory, unconstrained>>, outputs<project<H, label>>>;

// Usage: attention [SEED | --graph]
int main(int argc, char** argv) { return learn<attention>(asked_of(argc, argv), new_pairs{}, plain_units()) ? 0 : 1; }
