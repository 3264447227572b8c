#include <eirnn/core/name_of.hpp>
#include <eirnn/core/type_list.hpp>

#include "catch.hpp"

#include <string>

using namespace eirnn;

struct plain {};
struct E {};
namespace lab::area_17 {
struct E {};
template <class T>
struct holder {
    struct inner {};
};
}  // namespace lab::area_17
namespace {
struct hidden {};
}  // namespace

TEST_CASE("a type's name is what the user typed, without where it stands") {
    struct local {};
    STATIC_REQUIRE(name_of<plain>() == "plain");
    STATIC_REQUIRE(name_of<lab::area_17::E>() == "E");
    STATIC_REQUIRE(name_of<hidden>() == "hidden");
    STATIC_REQUIRE(name_of<local>() == "local");
    STATIC_REQUIRE(name_of<lab::area_17::holder<lab::area_17::E>::inner>() == "inner");
    STATIC_REQUIRE_FALSE(is_identifier(name_of<lab::area_17::holder<plain>>()));
    CHECK(std::string(name_of<lab::area_17::holder<lab::area_17::E>>()).rfind("holder<", 0) == 0);
}

TEST_CASE("identifiers can stand in a file, other texts cannot") {
    STATIC_REQUIRE(is_identifier("E_2"));
    STATIC_REQUIRE_FALSE(is_identifier("2_E"));
    STATIC_REQUIRE_FALSE(is_identifier("a b"));
    STATIC_REQUIRE_FALSE(is_identifier(""));
}

TEST_CASE("types have identities and places in lists") {
    using list = type_list<plain, hidden, plain>;
    STATIC_REQUIRE(std::is_same_v<type_at<1, list>, hidden>);
    STATIC_REQUIRE(identity_of<plain> != identity_of<hidden>);
    STATIC_REQUIRE(identity_of<lab::area_17::holder<plain>> != identity_of<lab::area_17::holder<hidden>>);
    STATIC_REQUIRE(identity_of<lab::area_17::E> != identity_of<E>);
}
