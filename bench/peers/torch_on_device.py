"""Training steps in PyTorch on a GPU, written for speed, as torch_dense.py and torch_standard.py are on a processor. All numbers are in single
precision, without TF32, and what is trained on lies on the device already.
Usage: torch_on_device.py HOW [cpu]; requests are lines "rate UNITS BATCH STEPS SECONDS" or "standard BATCH SECONDS", answers lines of JSON.

HOW is one of
  eager           as it stands
  graphs          the whole training step captured once as a CUDA graph and replayed
  compile         torch.compile of one time step (of the whole network of Standard)
  compile_graphs  that, captured as a CUDA graph
  cudnn           torch.nn.RNN, that is cuDNN's: no leak, no noise and no signs, so that it does less; rate networks only"""
import json
import math
import statistics
import sys
import time

import torch

from torch_standard import F, Standard

HOW = sys.argv[1]
DEVICE = "cpu" if "cpu" in sys.argv[2:] else "cuda"
ALPHA = 0.2
SIGMA = math.sqrt(2 * ALPHA) * 0.05


def advance(d, x, r, recurrent):
    x = torch.addmm(d + (1 - ALPHA) * x, r, recurrent)
    return x, torch.relu(x)


if HOW.startswith("compile"):
    advance = torch.compile(advance)


def rate_network(units, batch, steps):
    """A function that is one training step, but for what a capture must not hold: see `prepared`."""
    on = dict(device=DEVICE)
    sign = torch.ones(units, **on)
    sign[int(0.8 * units):] = -1
    mask = 1 - torch.eye(units, **on)
    to_readout = (sign > 0).float()
    weights = [torch.rand(units, units, **on) * (1.5 / units), torch.rand(units, 4, **on), torch.zeros(units, **on),
               torch.randn(2, units, **on) * 0.1, torch.zeros(2, **on)]
    inputs, targets = torch.rand(steps, batch, 4, **on), torch.rand(steps, batch, 2, **on)
    live = (torch.rand(steps, batch, 1, **on) < 0.8).float()
    layer = torch.nn.RNN(4, units, nonlinearity="relu").to(DEVICE) if HOW == "cudnn" else None
    weights = [*layer.parameters(), *weights[3:]] if layer else weights
    for w in weights:
        w.requires_grad_()
    rule = torch.optim.SGD(weights, lr=1e-4)

    def rates():
        W, W_in, bias = weights[:3]
        recurrent = (torch.relu(W) * mask * sign).t() * ALPHA
        drive = F.linear(inputs, torch.relu(W_in), bias) * ALPHA
        drive = (drive + torch.randn_like(drive) * SIGMA).unbind(0)
        x = torch.zeros_like(drive[0])
        r = torch.relu(x)
        seen = []
        for d in drive:
            x, r = advance(d, x, r, recurrent)
            seen.append(r)
        return torch.stack(seen)

    def step():
        r = layer(inputs)[0] if layer else rates()
        z = F.linear(r, weights[-2] * to_readout, weights[-1])
        (((z - targets) ** 2 * live).sum() / live.sum()).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        rule.step()

    return step, rule


def standard_network(batch):
    net = Standard().to(DEVICE, memory_format=torch.channels_last).train()
    run = torch.compile(net) if HOW.startswith("compile") else net
    rule = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-4)
    images = torch.randn(batch, 3, 32, 32, device=DEVICE).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (batch,), device=DEVICE)

    def step():
        F.cross_entropy(run(images), labels).backward()
        rule.step()

    return step, rule


def prepared(step, rule):
    """What a training step is from now on."""
    if not HOW.endswith("graphs"):

        def plain():
            rule.zero_grad(set_to_none=True)
            step()

        return plain
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            rule.zero_grad(set_to_none=True)
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    rule.zero_grad(set_to_none=True)
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def finish():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def measure(step, seconds, count):
    for _ in range(3):
        step()
    finish()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        begin = time.perf_counter()
        step()
        finish()
        times.append(time.perf_counter() - begin)
    return {"per_second": count / statistics.median(times), "fastest": count / min(times), "runs": len(times)}


def answer(words):
    kind, (*sizes, seconds) = words[0], map(float, words[1:])
    sizes = [int(n) for n in sizes]
    network = rate_network(*sizes) if kind == "rate" else standard_network(*sizes)
    return measure(prepared(*network), seconds, sizes[1] if kind == "rate" else sizes[0])


def main():
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        try:
            found = answer(line.split())
        except Exception as error:  # whatever it is: the next request may go well
            found = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        if DEVICE == "cuda":
            torch.cuda.empty_cache()
        print(json.dumps(found), flush=True)


main()
