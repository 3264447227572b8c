#!/usr/bin/env bash
# Seconds and memory that g++ takes for a program (the quick start unless told otherwise), without and with optimisation.
# Usage: compile_cost.sh [FILE]          needs the Debian package `time`
set -eu
cd "$(dirname "$0")/.."
for level in -O0 -O3; do
    /usr/bin/time -f "g++ $level: %U s, %M KiB" g++ -std=c++20 $level -Iinclude -idirafter /usr/include/eigen3 -c "${1:-examples/quick_start.cpp}" -o /dev/null
done
