#!/usr/bin/env bash
# BackPACK: BatchL2Grad, the squared norms of per-example gradients, is wrong for a convolution with groups; BatchGrad beside it is right.
# Guess: batch_l2 is grad_batch squared and summed, only cheaper.
# Seen: patches of all input channels are multiplied with the gradients of all output channels, as if groups were 1: products of channels that share no weight
#       are counted as well. With g groups the norm is that of a dense layer, about g times too large; the other first-order extensions and groups=1 are exact.
# Why it matters: the norms are what self-influence, clipping and importance sampling take; MobileNet, EfficientNet and ConvNeXt are built of depthwise convolutions.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 backpack-for-pytorch==1.7.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad, BatchL2Grad, SumGradSquared
from torch import nn

torch.set_default_dtype(torch.float64)
x, y = torch.randn(6, 8, 7, 7, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0, 1, 2])
far = lambda a, b: float((a / b - 1).abs().max())

print(f'backpack-for-pytorch {version("backpack-for-pytorch")}, torch {torch.__version__}; weight of one convolution, 6 examples, against a loop over autograd.grad')
print('groups   batch_l2 / truth (expected: 1)   error of grad_batch²   error of sum_grad_squared')
holds = True
for groups in (1, 2, 4, 8):
    torch.manual_seed(4)
    net = extend(nn.Sequential(nn.Conv2d(8, 8, 3, groups=groups), nn.Tanh(), nn.Flatten(), nn.Linear(200, 3)))
    loss = extend(nn.CrossEntropyLoss(reduction='sum'))
    weight = net[0].weight
    truth = torch.stack([torch.autograd.grad(loss(net(x[i:i + 1]), y[i:i + 1]), weight)[0] for i in range(6)])
    norms = truth.pow(2).flatten(1).sum(1)
    with backpack(BatchGrad(), BatchL2Grad(), SumGradSquared()):
        loss(net(x), y).backward()
    ratio = weight.batch_l2 / norms
    exact = far(weight.grad_batch.pow(2).flatten(1).sum(1), norms)
    total = far(weight.sum_grad_squared.sum(), norms.sum())
    print(f'{groups:6d}   {float(ratio.min()):8.2f} to {float(ratio.max()):.2f} {exact:26.1e} {total:27.1e}')
    holds &= exact < 1e-12 and total < 1e-12 and (far(weight.batch_l2, norms) < 1e-12 if groups == 1 else float(ratio.min()) > 1.2)
sys.exit(0 if holds else 1)
PYTHON
