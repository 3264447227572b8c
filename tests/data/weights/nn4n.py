"""Writes nn4n.npz, weights named and turned as nn4n.model.CTRNN (1.1.1) has them, and nn4n_trials.npz, what that network does in float64,
by the equations of its RecurrentLayer without noise. Neither nn4n nor PyTorch is needed. Usage: nn4n.py FOLDER"""
import sys
from pathlib import Path

import numpy as np

from pytorch import save


def main(folder):
    draw = np.random.RandomState(2)
    excitatory, units, inputs, outputs, steps, trials = 6, 8, 2, 3, 15, 4
    dt, tau = 20, 100

    def uniform(*shape):
        return draw.uniform(-0.5, 0.5, shape).astype(np.float32)

    sign = np.where(np.arange(units) < excitatory, np.float32(1), np.float32(-1))  # of a column: the source
    state = {
        "recurrent_layer.hidden_state": uniform(units),  # init_state="learn": the state before the activation
        "recurrent_layer.input_layer.weight": np.abs(uniform(units, inputs)),
        "recurrent_layer.input_layer.bias": uniform(units),
        "recurrent_layer.hidden_layer.weight": np.abs(uniform(units, units)) * sign * (1 - np.eye(units, dtype=np.float32)),
        "recurrent_layer.hidden_layer.bias": uniform(units),
        "readout_layer.weight": np.abs(uniform(outputs, units)) * (sign > 0),
        "readout_layer.bias": uniform(outputs),
    }
    save(folder / "nn4n.npz", state)

    w = {name: value.astype(np.float64) for name, value in state.items()}
    x = draw.uniform(-1, 1, (steps, trials, inputs))
    alpha = dt / tau
    v = np.tile(w["recurrent_layer.hidden_state"], (trials, 1))
    rate, states = np.maximum(v, 0), []
    for t in range(steps):
        from_hidden = rate @ w["recurrent_layer.hidden_layer.weight"].T + w["recurrent_layer.hidden_layer.bias"]
        from_input = x[t] @ w["recurrent_layer.input_layer.weight"].T + w["recurrent_layer.input_layer.bias"]
        v = (1 - alpha) * v + alpha * (from_hidden + from_input)
        rate = np.maximum(v, 0)
        states.append(rate)
    states = np.array(states)
    np.savez(folder / "nn4n_trials.npz", input=x, rate=states, output=states @ w["readout_layer.weight"].T + w["readout_layer.bias"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
