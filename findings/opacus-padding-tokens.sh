#!/usr/bin/env bash
# Opacus: the per-example gradient of an embedding has a row for the padding token, where PyTorch's own gradient is zero.
# Guess: with loss_reduction="sum" the per-example gradients add up to p.grad, which PyTorch leaves beside them.
# Seen: GradSampleModule takes the gradients of all positions, padding_idx or not; the row that PyTorch leaves at zero is as large
#       as the largest other one. All other rows are exact, and so is force_functorch=True. The norm that clipping divides by is too large in short texts: by 20 to 45 % here.
# Why it matters: dot products of such gradients (TracIn, influence) say how alike two texts are in length; DP-SGD moves the padding vector, and clips short texts harder.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 opacus==1.6.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from copy import deepcopy
from importlib.metadata import version

import torch
from opacus import GradSampleModule
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
lengths = torch.tensor([2, 3, 4, 6, 8, 12])
tokens = torch.randint(1, 20, (6, 12))
tokens[torch.arange(12) >= lengths[:, None]] = 0
labels = torch.tensor([0, 1, 0, 1, 0, 1])
net = nn.Sequential(nn.Embedding(20, 4, padding_idx=0), nn.Conv1d(12, 6, 1), nn.Tanh(), nn.Flatten(), nn.Linear(24, 2))
loss = nn.CrossEntropyLoss(reduction='sum')
truth = torch.stack([torch.autograd.grad(loss(net(tokens[i:i + 1]), labels[i:i + 1]), net[0].weight)[0] for i in range(6)])


def samples(**options):
    model = GradSampleModule(deepcopy(net), loss_reduction='sum', **options)
    loss(model(tokens), labels).backward()
    weight = next(model.parameters())
    return weight.grad_sample, weight.grad


far = lambda a, b: float((a - b).abs().max() / b.abs().max())
hooks, grad = samples()
traced, _ = samples(force_functorch=True)
kernel = lambda g: g.flatten(1) @ g.flatten(1).T
turned = int((kernel(hooks).sign() != kernel(truth).sign()).sum())
print(f'opacus {version("opacus")}, torch {torch.__version__}; nn.Embedding(padding_idx=0), 6 texts of 2 to 12 tokens padded to 12')
print(f'sum of grad_sample against p.grad (expected: 1e-16): {far(hooks.sum(0), grad):.1e}; p.grad against autograd: {far(grad, truth.sum(0)):.1e}')
print(f'grad_sample against autograd: padding row {float(hooks[:, 0].abs().max() / truth.abs().max()):.2f} of the largest entry (expected: 0), other rows {far(hooks[:, 1:], truth[:, 1:]):.1e}; force_functorch {far(traced, truth):.1e}')
ratios = hooks.flatten(1).norm(dim=1) / truth.flatten(1).norm(dim=1)
print('norm over true norm, by length: ' + ', '.join(f'{n}: {float(r):.2f}' for n, r in zip(lengths.tolist(), ratios)))
print(f'dot products of two texts: relative error {far(kernel(hooks), kernel(truth)):.2f}; {turned} of 36 with another sign')
exact = max(far(grad, truth.sum(0)), far(hooks[:, 1:], truth[:, 1:]), far(traced, truth), abs(float(ratios[5]) - 1))
sys.exit(0 if exact < 1e-12 and far(hooks.sum(0), grad) > 0.1 and float(ratios[0]) > 1.2 else 1)
PYTHON
