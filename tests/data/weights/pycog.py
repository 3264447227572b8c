"""Writes pycog.npz, the weights of a network as pycog (Song, Yang & Wang 2016) holds them after training, saved by `save`, and
pycog_trials.npz, what that network does in float64, by the Euler step of pycog.rnn without noise. pycog is not needed.
Usage: pycog.py FOLDER"""
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def save(path, rnn):
    """Save the weights of a pycog.RNN: they have their masks and signs already, and its small ones are 0."""
    np.savez_compressed(path, W_in=rnn.Win, W_rec=rnn.Wrec, W_out=rnn.Wout, b_rec=rnn.brec, b_out=rnn.bout, x0=rnn.x0)


def main(folder):
    draw = np.random.RandomState(3)
    excitatory, units, inputs, outputs, steps, trials = 6, 8, 2, 3, 15, 4
    dt, tau, baseline = 20, 100, 0.2

    ei = np.where(np.arange(units) < excitatory, 1, -1)  # of a column: the source
    plastic, fixed = 1 - np.eye(units), np.zeros((units, units))
    plastic[6:, 6:] = 0
    fixed[6, 7], fixed[7, 6] = 0.25, 0.5
    raw, scale = draw.uniform(-0.1, 0.4, (units, units)), 1.7  # fixed weights are scaled to the spectral radius with the others
    rnn = SimpleNamespace(
        Win=np.maximum(draw.uniform(-0.1, 0.5, (units, inputs)), 0),
        Wrec=(plastic * np.maximum(raw, 0) + scale * fixed) * ei,
        Wout=np.maximum(draw.uniform(-0.1, 0.5, (outputs, units)), 0) * (ei > 0),
        brec=np.zeros(units), bout=draw.uniform(-0.1, 0.1, outputs), x0=draw.uniform(-0.1, 0.3, units))
    for name, value in vars(rnn).items():
        value[np.abs(value) < 1e-4] = 0
        setattr(rnn, name, value.astype(np.float32))
    save(folder / "pycog.npz", rnn)

    w = SimpleNamespace(**{name: value.astype(np.float64) for name, value in vars(rnn).items()})
    x = draw.uniform(-1, 1, (steps, trials, inputs))
    alpha, rates = dt / tau, np.zeros((steps, trials, units))
    for k in range(trials):
        x_t = w.x0.copy()
        r_t = np.maximum(x_t, 0)
        for t in range(steps):
            u = np.maximum(baseline + x[t, k], 0)
            x_t += alpha * (-x_t + w.Wrec.dot(r_t) + w.brec + w.Win.dot(u))
            r_t = np.maximum(x_t, 0)
            rates[t, k] = r_t
    np.savez(folder / "pycog_trials.npz", input=x, rate=rates, output=rates.dot(w.Wout.T) + w.bout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
