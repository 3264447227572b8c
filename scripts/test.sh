#!/usr/bin/env bash
# Builds everything and runs all tests. What it does first: scripts/setup.sh.
set -eu
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
cmake --fresh --preset release  # fresh: nothing that an earlier or interrupted command left decides what is built
cmake --build --preset release -j "$(nproc)"
ctest --preset release
