"""A dense E/I rate network as users of nn4n write it today (it runs on PyTorch).
Usage: nn4n_dense.py layer UNITS BATCH STEPS THREADS"""
import math
import sys

import numpy as np
import torch
from nn4n.model import CTRNN

from serve import serve

units, batch, steps, threads = map(int, sys.argv[2:6])
torch.manual_seed(0)
torch.set_num_threads(threads)
sign = np.where(np.arange(units) < int(0.8 * units), 1.0, -1.0)
net = CTRNN(
    dims=[4, units, 2],
    activation="relu",
    dt=20,
    tau=100,
    preact_noise=math.sqrt(2 * 0.2) * 0.05,
    biases="zero",
    ei_masks=[np.ones((4, units)), np.tile(sign[:, None], units), None],  # (pre, post)
    sparsity_masks=[None, 1 - np.eye(units), np.tile(sign[:, None] > 0, 2).astype(float)],
)
net.train()
rule = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=1e-4)
inputs, targets = torch.rand(steps, batch, 4), torch.rand(steps, batch, 2)
live = (torch.rand(steps, batch, 1) < 0.8).float()


def step():
    rule.zero_grad(set_to_none=True)
    z = net(inputs)[0]
    (((z - targets) ** 2 * live).sum() / live.sum()).backward()
    rule.step()


serve(step, batch)
