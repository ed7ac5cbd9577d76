#!/usr/bin/env bash
# curvlinops: with class weights the "Hessian of the mean loss" depends on how the examples are batched.
# Guess: for a deterministic loss and fixed data, batches are a matter of memory; uneven ones are weighted by their sizes.
# Seen: they are weighted by their sizes, but nn.CrossEntropyLoss(weight=…) divides each batch by the sum of its examples' WEIGHTS. Two batches give another matrix
#       than one, and every order of the examples another again. A single batch is exact. Nothing warns: the determinism check passes.
# Why it matters: class weights are how imbalanced data are trained; Hessian, GGN and empirical Fisher inherit it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 curvlinops-for-pytorch==3.0.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
import torch
from curvlinops import GGNLinearOperator, HessianLinearOperator
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Linear(3, 3)
x, y = torch.randn(12, 3), torch.tensor([0, 0, 0, 0, 0, 1, 2, 2, 1, 2, 1, 0])
parameters = list(model.parameters())
far = lambda a, b: float((a - b).abs().max() / b.abs().max())


def dense(kind, loss, size):
    return kind(model, loss, parameters, list(zip(x.split(size), y.split(size)))) @ torch.eye(12)


def exact(loss):
    flat = torch.cat([p.detach().reshape(-1) for p in parameters])
    return torch.autograd.functional.hessian(lambda t: loss(x @ t[:9].view(3, 3).T + t[9:], y), flat)


print(f'curvlinops {version("curvlinops-for-pytorch")}; relative distance to the Hessian of the loss of all examples (expected: rounding)')
holds = True
for name, loss in (('no weights', nn.CrossEntropyLoss()), ('weights 1, 5, 10', nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 10.0])))):
    truth = exact(loss)
    seen = {size: [far(dense(kind, loss, size), truth) for kind in (HessianLinearOperator, GGNLinearOperator)] for size in (12, 6, 5)}
    print(f'{name:17s}' + '; '.join(f'batches of {size}: Hessian {h:.1e}, GGN {g:.1e}' for size, (h, g) in seen.items()))
    for size, pair in seen.items():
        holds &= all((d > 0.05) == (name != 'no weights' and size < 12) for d in pair)
sys.exit(0 if holds else 1)
PYTHON
