"""A dense E/I rate network in PyTorch, written for speed: one product for all inputs, one draw of noise and one readout for all steps.
Usage: torch_dense.py eager|script|compile UNITS BATCH STEPS THREADS"""
import math
import sys

import torch

from serve import serve

how, (units, batch, steps, threads) = sys.argv[1], map(int, sys.argv[2:6])
torch.manual_seed(0)
torch.set_num_threads(threads)
alpha = 0.2
sigma = math.sqrt(2 * alpha) * 0.05
sign = torch.ones(units)
sign[int(0.8 * units) :] = -1
mask = 1 - torch.eye(units)
to_readout = (sign > 0).float()

W = (torch.rand(units, units) * (1.5 / units)).requires_grad_()
W_in = torch.rand(units, 4).requires_grad_()
bias = torch.zeros(units, requires_grad=True)
W_out = (torch.randn(2, units) * 0.1).requires_grad_()
bias_out = torch.zeros(2, requires_grad=True)
inputs, targets = torch.rand(steps, batch, 4), torch.rand(steps, batch, 2)
live = (torch.rand(steps, batch, 1) < 0.8).float()


def loss(W, W_in, bias, W_out, bias_out, sign, mask, to_readout, inputs, targets, live, alpha: float, sigma: float):
    recurrent = (torch.relu(W) * mask * sign).t() * alpha
    drive = torch.nn.functional.linear(inputs, torch.relu(W_in), bias) * alpha
    drive = (drive + torch.randn(drive.shape) * sigma).unbind(0)
    x = torch.zeros_like(drive[0])
    r = torch.relu(x)
    rates = []
    for d in drive:
        x = torch.addmm(d + (1 - alpha) * x, r, recurrent)
        r = torch.relu(x)
        rates.append(r)
    z = torch.nn.functional.linear(torch.stack(rates), W_out * to_readout, bias_out)
    return ((z - targets) ** 2 * live).sum() / live.sum()


if how == "script":
    loss = torch.jit.script(loss)
elif how == "compile":
    loss = torch.compile(loss)
weights = [W, W_in, bias, W_out, bias_out]
rule = torch.optim.SGD(weights, lr=1e-4)


def step():
    rule.zero_grad(set_to_none=True)
    loss(*weights, sign, mask, to_readout, inputs, targets, live, alpha, sigma).backward()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    rule.step()


serve(step, batch)
