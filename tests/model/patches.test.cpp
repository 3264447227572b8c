// Where a matrix has trained weights: rectangles that gradients are taken in.
#include "../catch.hpp"

#include <eirnn/model/parameters.hpp>

using namespace eirnn;

namespace {

struct columns_of_numbers {
    long rows, columns, ld;
    std::vector<float> data;
    columns_of_numbers(long r, long c) : rows(r), columns(c), ld(r + 3), data(static_cast<std::size_t>(ld * c)) {}
    float& operator()(long r, long c) { return data[static_cast<std::size_t>(c * ld + r)]; }
    std::vector<patch> patches(long unit) const { return detail::patches_of(data, rows, columns, ld, unit); }
};
/// How often each entry lies in a patch.
std::vector<int> covered(const columns_of_numbers& m, const std::vector<patch>& patches) {
    std::vector<int> count(m.data.size());
    for (const patch& p : patches)
        for (long c = p.column; c < p.column + p.columns; ++c)
            for (long r = p.row; r < p.row + p.rows; ++r) ++count[static_cast<std::size_t>(c * m.ld + r)];
    return count;
}

}  // namespace

TEST_CASE("a full matrix is one patch, an empty one has none") {
    columns_of_numbers m(37, 41);
    CHECK(m.patches(8).empty());
    for (long c = 0; c < m.columns; ++c)
        for (long r = 0; r < m.rows; ++r) m(r, c) = 1;
    const auto all = m.patches(8);
    REQUIRE(all.size() == 1);
    CHECK((all[0].row == 0 && all[0].rows == 37 && all[0].column == 0 && all[0].columns == 41));
}
TEST_CASE("two areas with empty blocks between them are patches of their own") {
    columns_of_numbers m(64, 64);
    for (long c = 0; c < 64; ++c)
        for (long r = 0; r < 64; ++r) m(r, c) = (r < 32) == (c < 32) ? -1.f : 0.f;
    const auto two = m.patches(8);
    REQUIRE(two.size() == 2);
    CHECK((two[0].row == 0 && two[0].rows == 32 && two[0].column == 0 && two[0].columns == 32));
    CHECK((two[1].row == 32 && two[1].rows == 32 && two[1].column == 32 && two[1].columns == 32));
}
TEST_CASE("patches hold every entry once, whatever the mask") {
    random_sequence random({1, 2});
    for (const double density : {0.001, 0.01, 0.05, 0.3, 1.0})
        for (const long unit : {1, 8, 16}) {
            columns_of_numbers m(53, 130);
            for (long c = 0; c < m.columns; ++c)
                for (long r = 0; r < m.rows; ++r) m(r, c) = random.bernoulli(density) ? 1.f : 0.f;
            const auto patches = m.patches(unit);
            const auto count = covered(m, patches);
            bool once = true, aligned = true;
            for (std::size_t k = 0; k < count.size(); ++k) once = once && count[k] <= 1 && (m.data[k] == 0 || count[k] == 1);
            for (const patch& p : patches) aligned = aligned && p.row % unit == 0 && p.row + p.rows <= m.rows;
            CHECK(once);
            CHECK(aligned);
        }
}
