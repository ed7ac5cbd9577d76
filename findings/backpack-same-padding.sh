#!/usr/bin/env bash
# BackPACK: per-example gradients of a convolution with padding="same" are wrong; their sum is not the gradient that PyTorch computes in the same backward pass.
# Guess: padding="same" with a kernel of 3 is padding=1, and the sum over examples of grad_batch is p.grad.
# Seen: BatchGrad computes the weight's gradient as a convolution of the input with the output's gradient for its kernel, and hands module.padding on. The word "same" is then
#       taken for that kernel, which is as large as the image, and the result is cut to the weight's shape: another corner. BatchL2Grad and DiagGGN raise an error; BatchGrad,
#       SumGradSquared and Variance do not.
# Why it matters: it is the spelling of new code and of models ported from Keras; influence, gradient noise and privacy from these gradients are noise, p.grad is right.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 einops==0.8.1 packaging==26.4
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps backpack-for-pytorch==1.7.1 unfoldNd==0.2.3
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad, SumGradSquared
from torch import nn

torch.set_default_dtype(torch.float64)
x, y = torch.randn(5, 2, 6, 6, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0, 1])
far = lambda a, b: float((a - b).abs().max() / b.abs().max())


def model(padding):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=padding), nn.Sigmoid(), nn.Flatten(), nn.Linear(144, 3))


def by_autograd(net):
    """Gradients of each example's share of the mean loss with respect to the kernel."""
    return torch.stack([torch.autograd.grad(nn.functional.cross_entropy(net(a[None]), b[None]) / len(x), net[0].weight)[0] for a, b in zip(x, y)])


print(f'BackPACK {version("backpack-for-pytorch")}, torch {torch.__version__}; a convolution of 3 × 3; largest differences of the kernel\'s gradients, relative')
print('padding    outputs    p.grad    grad_batch    its sum from p.grad    sum_grad_squared')
holds = True
reference = by_autograd(model(1))
for padding in (1, 'same'):
    net = extend(model(padding))
    loss = extend(nn.CrossEntropyLoss())
    with backpack(BatchGrad(), SumGradSquared()):
        loss(net(x), y).backward()
    weight = net[0].weight
    seen = [
        far(net(x).detach(), model(1)(x).detach()), far(weight.grad, reference.sum(0)), far(weight.grad_batch, reference),
        far(weight.grad_batch.sum(0), weight.grad), far(weight.sum_grad_squared, (reference**2).sum(0)),
    ]
    print(f'{padding!s:8s} {seen[0]:9.0e} {seen[1]:9.0e} {seen[2]:11.0e} {seen[3]:18.0e} {seen[4]:20.0e}')
    holds &= max(seen[:2]) < 1e-12 and (max(seen) < 1e-12 if padding == 1 else min(seen[2:]) > 0.3)
print('expected: rounding everywhere; by_autograd of padding="same" itself differs by', f'{far(by_autograd(model("same")), reference):.0e}')
sys.exit(0 if holds else 1)
PYTHON
