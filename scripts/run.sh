#!/usr/bin/env bash
# Trains the perceptual decision network and draws its figures into runs/dense. What it does first: scripts/setup.sh.
set -eu
cd "$(dirname "$0")/.."
bash scripts/setup.sh run
cmake --preset release -DEIRNN_BUILD_TESTS=OFF -DEIRNN_BUILD_BENCH=OFF
cmake --build --preset release -j "$(nproc)" --target perceptual_decision
build/release/examples/perceptual_decision --variant dense --seed 1 --out runs/dense
/usr/bin/python3 examples/plot_perceptual_decision.py runs/dense
echo "The figures are in $PWD/runs/dense:"
ls runs/dense/*.png
