#!/usr/bin/env bash
# Seconds and memory that compilers take for programs, without and with optimisation, and the templates that clang instantiates for them.
# Usage: compile_cost.sh          the quick start, by g++
#        compile_cost.sh --all    the quick start, two areas and the Standard network, by g++ and clang++-19
# Needs the Debian packages `time` and, for --all, clang-19.
set -eu
cd "$(dirname "$0")/.."
programs=(examples/quick_start.cpp) compilers=(g++)
if [ "${1:-}" = --all ]; then
    programs+=(examples/two_areas.cpp examples/multicell/networks/standard.cpp) compilers+=(clang++-19)
fi
flags=(-std=c++20 -Iinclude -Iexamples/multicell -idirafter /usr/include/eigen3 -c -o /dev/null)
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
for program in "${programs[@]}"; do
    for compiler in "${compilers[@]}"; do
        for level in -O0 -O3; do
            /usr/bin/time -f "$program, $compiler $level: %U s, %M KiB" "$compiler" "${flags[@]}" $level "$program"
        done
        [ "$compiler" != clang++-19 ] || {
            "$compiler" "${flags[@]}" -fsyntax-only -Xclang "-ftime-trace=$trace" -Xclang -ftime-trace-granularity=0 "$program"
            echo "$program: $(grep -oE '"name":"Instantiate(Class|Function)"' "$trace" | wc -l) template instantiations"
        }
    done
done
