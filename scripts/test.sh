#!/usr/bin/env bash
# Builds everything and runs all tests. What it does first: scripts/setup.sh.
set -eu
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
cmake --preset release
cmake --build --preset release -j "$(nproc)"
ctest --preset release
