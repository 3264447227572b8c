"""The Standard network of Sun et al. for CIFAR-10 in PyTorch, written for speed: channels last, what the image brings to area 3 computed
once, the depthwise kernels of all four equations that read the same map in one convolution.
Usage: torch_standard.py eager|compile BATCH THREADS"""
import sys

import torch
import torch.nn.functional as F
from torch import nn

from serve import serve

STEPS = 4


class Separable(nn.Module):
    """Non-negative separable kernels from one map to several: a list of maps."""

    def __init__(self, pre, posts, bias):
        super().__init__()
        self.pre, self.posts = pre, posts
        self.depthwise = nn.Parameter(torch.randn(len(posts) * pre, 1, 3, 3) * 0.3)
        self.pointwise = nn.ParameterList([nn.Parameter(torch.randn(n, pre, 1, 1) / pre) for n in posts])
        self.bias = nn.ParameterList([nn.Parameter(torch.zeros(n)) for n in posts]) if bias else [None] * len(posts)

    def forward(self, x):
        n = len(self.posts)
        seen = F.conv2d(x, self.depthwise.abs(), padding=1, groups=self.pre)
        each = seen.unflatten(1, (self.pre, n)).unbind(2) if n > 1 else [seen]
        return [F.conv2d(e, w.abs(), b) for e, w, b in zip(each, self.pointwise, self.bias)]


class Area(nn.Module):
    def __init__(self, inputs, principal, interneurons):
        super().__init__()
        posts = [principal, interneurons, interneurons, principal]  # f, IG, OG, C
        self.from_below, self.inside = Separable(inputs, posts, True), Separable(principal, posts, False)
        self.i, self.o = Separable(interneurons, [principal], True), Separable(interneurons, [principal], True)
        self.norm = nn.ModuleList([nn.BatchNorm2d(principal, momentum=0.003) for _ in range(STEPS)])

    def forward(self, below, state, step):
        if state is None:
            f, ig, og, c = below
        else:
            f, ig, og, c = (a + b for a, b in zip(below, self.inside(state[0])))
        i = torch.sigmoid(self.i(F.relu(ig))[0])
        o = F.relu(self.o(F.relu(og))[0])
        new = (1 - i) * F.relu(c)
        if state is not None:
            new = torch.sigmoid(f + 1) * state[1] + new
        C = self.norm[step](new)
        return F.relu(C - o), C


class Standard(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.conv2, self.norm2 = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.area3, self.area4 = Area(32, 64, 16), Area(64, 128, 32)
        self.readout = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 3, 1, 1)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 3, 2, 1)
        below, three, four = self.area3.from_below(x), None, None
        for step in range(STEPS):
            three = self.area3(below, three, step)
            four = self.area4(self.area4.from_below(F.max_pool2d(three[0], 3, 2, 1)), four, step)
        return self.readout(F.max_pool2d(four[0], 3, 2, 1).mean((2, 3)))


def main():
    how, (batch, threads) = sys.argv[1], map(int, sys.argv[2:4])
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    net = Standard().to(memory_format=torch.channels_last).train()
    run = torch.compile(net) if how == "compile" else net
    rule = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-4)
    images = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (batch,))

    def step():
        rule.zero_grad(set_to_none=True)
        F.cross_entropy(run(images), labels).backward()
        rule.step()

    serve(step, batch)


if __name__ == "__main__":
    main()
