#!/usr/bin/env bash
# ASDL (asdfghjkl): the diagonal Fisher information of a convolution is one quantity in narrow layers and another one in wide layers.
# Guess: the diagonal is the sum of squared per-example gradients, in any layer.
# Seen: for small images with many channels a way "that consumes less memory" is taken, which squares gradient and input at each position of the image and then sums; products
#       of two positions are lost, while a gradient is the sum over positions. The whole is about as large, single entries are off by a factor of two and more; nothing warns.
# Why it matters: pruning scores, elastic weight consolidation and diagonal Laplace are read entry by entry, and the layers at the end of a network, wide on small maps, get the other formula.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps asdfghjkl==0.1a5
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from asdl.fisher import FisherConfig, get_fisher_maker
from torch import nn
from torch.nn.functional import cross_entropy

torch.set_default_dtype(torch.float64)
EXAMPLES, KERNEL = 6, 3


def diagonals(channels, size):
    """The package's diagonal of the empirical Fisher information of the convolution, and the mean of squared gradients, one example at a time."""
    torch.manual_seed(0)
    outputs = size - KERNEL + 1
    network = nn.Sequential(nn.Conv2d(channels, channels, KERNEL), nn.ReLU(), nn.Flatten(), nn.Linear(channels * outputs**2, 3))
    inputs, targets = torch.randn(EXAMPLES, channels, size, size), torch.arange(EXAMPLES) % 3
    maker = get_fisher_maker(network, FisherConfig(fisher_type='fisher_emp', fisher_shapes=['diag'], data_size=EXAMPLES))
    output = maker.setup_model_call(network, inputs)
    maker.setup_loss_call(cross_entropy, output, targets, reduction='sum')
    maker.forward_and_backward()
    right = torch.zeros_like(network[0].weight)
    for i in range(EXAMPLES):
        loss = cross_entropy(network(inputs[i : i + 1]), targets[i : i + 1])
        right += torch.autograd.grad(loss, network[0].weight)[0].square() / EXAMPLES
    return network[0].fisher.diag.weight, right


print(f'ASDL {version("asdfghjkl")}, torch {torch.__version__}: diagonal empirical Fisher information of Conv2d(c, c, {KERNEL})')
holds = True
for channels, size, wide in ((4, 4, False), (8, 6, False), (16, 4, True), (32, 6, True)):
    seen, right = diagonals(channels, size)
    ratio = seen / right
    print(f'c = {channels:2}, images {size} × {size}: entry / squared gradients from {ratio.min().item():.3f} to {ratio.max().item():.3g}, sums {(seen.sum() / right.sum()).item():.3f}  (expected: 1)')
    holds &= (ratio.min() < 0.5 and ratio.max() > 2).item() if wide else torch.allclose(seen, right)
sys.exit(0 if holds else 1)
PYTHON
