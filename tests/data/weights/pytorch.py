"""Writes pytorch.npz, weights named and turned as torch.nn.RNN and torch.nn.Linear have them, and pytorch_trials.npz, what that network
does in float64, by the equations of PyTorch's documentation. PyTorch is not needed. Usage: pytorch.py FOLDER"""
import sys
from pathlib import Path

import numpy as np


def save(path, state):
    """Save what `net.state_dict()` gives: arrays, or tensors in the memory of the CPU."""
    np.savez_compressed(path, **{name: np.asarray(value) for name, value in state.items()})


def main(folder):
    draw = np.random.RandomState(1)  # its numbers are the same in every version of NumPy
    units, inputs, outputs, steps, trials = 5, 2, 3, 12, 4

    def uniform(*shape):  # as torch.nn.RNN draws them
        return draw.uniform(-1 / np.sqrt(units), 1 / np.sqrt(units), shape).astype(np.float32)

    state = {
        "rnn.weight_ih_l0": uniform(units, inputs),
        "rnn.weight_hh_l0": uniform(units, units),
        "rnn.bias_ih_l0": uniform(units),
        "rnn.bias_hh_l0": uniform(units),
        "readout.weight": uniform(outputs, units),
        "readout.bias": uniform(outputs),
    }
    save(folder / "pytorch.npz", state)

    w = {name: value.astype(np.float64) for name, value in state.items()}
    x = draw.uniform(-1, 1, (steps, trials, inputs))
    h, states = np.zeros((trials, units)), []
    for t in range(steps):
        h = np.tanh(x[t] @ w["rnn.weight_ih_l0"].T + w["rnn.bias_ih_l0"] + h @ w["rnn.weight_hh_l0"].T + w["rnn.bias_hh_l0"])
        states.append(h)
    rate = np.array(states)
    np.savez(folder / "pytorch_trials.npz", input=x, rate=rate, output=rate @ w["readout.weight"].T + w["readout.bias"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
