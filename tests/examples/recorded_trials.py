#!/usr/bin/env python3
"""Tests recorded_trials on trials laid out as neurogym_trials.py lays them out. Usage: recorded_trials.py PROGRAM EXAMPLES_DIR"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROGRAM, EXAMPLES = sys.argv[1:] if len(sys.argv) == 3 else sys.exit(__doc__)
sys.path.insert(0, EXAMPLES)
sys.dont_write_bytecode = True
from neurogym_trials import arrays_of  # noqa: E402


def perceptual_decisions(count, seed):
    """Fixation and two noisy stimuli for a random time, then the choice of the stronger one: steps of 50 ms, actions fixate, left, right."""
    random, trials = np.random.default_rng(seed), []
    for _ in range(count):
        right, steps = random.integers(2), int(random.integers(12, 24))
        seen = np.zeros((steps, 3))
        seen[:-3, 0] = 1
        seen[2:-3, 1:] = 0.5 + random.normal(0, 0.3, (steps - 5, 2))
        seen[2:-3, 1 + right] += 0.3
        truth = np.zeros(steps, dtype=np.int64)
        truth[-3:] = 1 + right
        trials.append((seen, truth))
    return trials


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=here, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


with tempfile.TemporaryDirectory(prefix="eirnn-recorded-") as folder:
    here = Path(folder)
    one = arrays_of([(np.ones((2, 3)), np.array([0, 2])), (np.ones((4, 3)), np.array([0, 0, 1, 1]))], 7)
    assert one["inputs"].shape == (4, 2, 3) and one["inputs"][:, 0, 0].tolist() == [1, 1, 0, 0]
    assert one["targets"].T.tolist() == [[0, 2, 0, 0], [0, 0, 1, 1]] and one["lengths"].tolist() == [2, 4]
    assert one["masks"].T.tolist() == [[1, 7, 1, 1], [1, 1, 7, 7]]
    np.savez_compressed(here / "training.npz", **arrays_of(perceptual_decisions(1000, 1), 20))
    np.savez_compressed(here / "validation.npz", **arrays_of(perceptual_decisions(300, 2), 20))

    code, out, err = run("training.npz", "validation.npz", 50, 3)
    assert (code, err) == (0, ""), (code, out, err)
    assert float(out.split()[-3]) > 80, out
    assert (here / "recorded.safetensors").exists()

    assert run()[0] == 64
    code, _, err = run("training.npz", "none.npz", 50)
    assert code == 66 and "none.npz" in err, (code, err)
    np.savez(here / "wrong.npz", inputs=np.zeros((4, 2, 3)), targets=np.full((4, 2), -1))
    code, _, err = run("wrong.npz", "validation.npz", 50)
    assert code == 65 and "a target is no class" in err, (code, err)
    code, _, err = run("training.npz", "validation.npz", 0)
    assert code == 65 and "time step" in err, (code, err)
print("learned from recorded trials")
