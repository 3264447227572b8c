#!/usr/bin/env python3
"""Writes trials of a neurogym environment as an NPZ file for examples/recorded_trials.

Usage: neurogym_trials.py ENVIRONMENT OUT.npz [--trials N] [--dt MS] [--seed N] [--decision WEIGHT]

inputs   [step][trial][observation]   what the environment shows (env.ob)
targets  [step][trial]                the action that is right in each step (env.gt), an integer
lengths  [trial]                      steps of each trial; what lies behind them is 0
masks    [step][trial]                1, and WEIGHT (default 20) where another action than 0, which is to fixate, is right:
                                      a decision takes few of the steps, and would count for little

Needs neurogym (PyPI) and an environment with discrete actions, such as PerceptualDecisionMaking-v0.
"""

import argparse
import sys
import warnings

import numpy as np


def arrays_of(trials, weight):
    """Arrays of trials given as pairs of observations [step][observation] and ground truth [step]."""
    lengths = np.array([len(truth) for _, truth in trials], dtype=np.int32)
    shape = (lengths.max(), len(trials))
    inputs = np.zeros((*shape, trials[0][0].shape[1]), dtype=np.float32)
    targets = np.zeros(shape, dtype=np.int64)
    for k, (seen, truth) in enumerate(trials):
        inputs[: len(truth), k], targets[: len(truth), k] = seen, truth
    masks = np.where(targets > 0, np.float32(weight), np.float32(1))
    return {"inputs": inputs, "targets": targets, "lengths": lengths, "masks": masks}


def main(arguments):
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("environment")
    options.add_argument("out")
    options.add_argument("--trials", type=int, default=2000)
    options.add_argument("--dt", type=float, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--decision", type=float, default=20)
    asked = options.parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurogym

        env = neurogym.make(asked.environment, dt=asked.dt).unwrapped
        env.seed(asked.seed)
        trials = []
        for _ in range(asked.trials):
            env.new_trial()
            if np.ndim(env.gt) != 1 or not np.issubdtype(np.asarray(env.gt).dtype, np.integer):
                sys.exit(f"{asked.environment}: its ground truth is no action per step; write its arrays in another way")
            trials.append((np.array(env.ob), np.array(env.gt)))
    np.savez_compressed(asked.out, **arrays_of(trials, asked.decision))


if __name__ == "__main__":
    main(sys.argv[1:])
