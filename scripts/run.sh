#!/usr/bin/env bash
# Trains the perceptual decision network and draws its figures into runs/dense; goes on with a run that was interrupted there.
# What it does first: scripts/setup.sh.
set -eu
cd "$(dirname "$0")/.."
bash scripts/setup.sh run
cmake --fresh --preset run  # fresh: nothing that an earlier or interrupted command left decides what is built
cmake --build --preset run -j "$(nproc)"
build/run/examples/perceptual_decision --variant dense --seed 1 --out runs/dense --resume
/usr/bin/python3 examples/plot_perceptual_decision.py runs/dense
echo "The figures are in $PWD/runs/dense:"
ls runs/dense/*.png
