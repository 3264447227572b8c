#include "catch.hpp"
#include "scratch.hpp"

#include <eirnn/io/metrics.hpp>

#include <sys/resource.h>

#include <clocale>
#include <csignal>
#include <limits>
#include <locale>
#include <map>

using namespace eirnn;

namespace {
struct comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};
}  // namespace

TEST_CASE("JSON text is exact, ordered and independent of the locale", "[io][metrics]") {
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new comma));
    const std::string c_before = std::setlocale(LC_ALL, nullptr);
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_ALL, name);
    constexpr double inf = std::numeric_limits<double>::infinity();
    const json_object object = json_object{}
                                   .add("z", 0.1)
                                   .add("a", 0.1f)
                                   .add("big", 1e300)
                                   .add("steps", 1234567)
                                   .add("seed", std::numeric_limits<std::uint64_t>::max())
                                   .add("bad", std::vector{1.5, -inf, std::numeric_limits<double>::quiet_NaN()})
                                   .add("negative zero", -0.0)
                                   .add("done", true)
                                   .add("text", "a\"b\\c\n\x01 é")
                                   .add("names", std::vector<std::string>{"E", "I"})
                                   .add("flags", std::vector<bool>{true, false})
                                   .add("nested", json_object{}.add("x", std::vector<std::vector<int>>{{1}, {}}))
                                   .add("mixed", json_array{}.add(1).add("two").add(json_object{}));
    std::locale::global(before);
    std::setlocale(LC_ALL, c_before.c_str());
    CHECK(
        object.text() ==
        R"({"z":0.1,"a":0.1,"big":1e+300,"steps":1234567,"seed":18446744073709551615,"bad":[1.5,null,null],"negative zero":-0,"done":true,)"
        R"("text":"a\"b\\c\u000a\u0001 é","names":["E","I"],"flags":[true,false],"nested":{"x":[[1],[]]},"mixed":[1,"two",{}]})");
    CHECK_THROWS_AS(json_object{}.add("a", 1).add("a", 2), invalid_argument);
    CHECK_THROWS_AS(json_object{}.add("a", "\xFF"), invalid_argument);
}

TEST_CASE("metrics are appended line by line", "[io][metrics]") {
    scratch::folder here;
    const auto path = here / "metrics.jsonl";
    {
        jsonl_writer log(path);
        log.write(json_object{}.add("step", 1).add("loss", 0.5));
        CHECK(scratch::text(path) == "{\"step\":1,\"loss\":0.5}\n");
        jsonl_writer moved = std::move(log);
        moved.write(json_object{}.add("step", 2));
        moved.close();
        CHECK_THROWS_AS(moved.write(json_object{}), write_failed);
    }
    jsonl_writer(path).write(json_object{}.add("step", 3));
    CHECK(scratch::text(path) == "{\"step\":1,\"loss\":0.5}\n{\"step\":2}\n{\"step\":3}\n");

    scratch::write(path, scratch::bytes_of("{\"step\":1}\n{\"st"));  // a machine that lost its power
    jsonl_writer(path).write(json_object{}.add("step", 2));
    CHECK(scratch::text(path) == "{\"step\":1}\n{\"st\n{\"step\":2}\n");
    CHECK_THROWS_AS(jsonl_writer(here / "none" / "metrics.jsonl"), cannot_create);
    CHECK_THROWS_AS(jsonl_writer(here.path()), cannot_create);
}

TEST_CASE("a full disk leaves whole lines of metrics", "[io][metrics]") {
    jsonl_writer full("/dev/full");
    CHECK_THROWS_AS(full.write(json_object{}.add("step", 1)), write_failed);

    scratch::folder here;
    const int code = scratch::in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{100, 100};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        jsonl_writer log(here / "m");
        try {
            while (true) log.write(json_object{}.add("step", 12345678).add("x", 1));  // 24 bytes
        } catch (const write_failed&) {
            return 0;
        } catch (...) {
        }
        return 1;
    });
    CHECK(code == 0);
    const std::string text = scratch::text(here / "m");
    CHECK(text.size() == 96);
    CHECK(text.back() == '\n');
}
