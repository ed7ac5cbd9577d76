#!/usr/bin/env bash
# The second derivative of weight normalisation by double backward is wrong: the "Hessian" is not even symmetric.
# Guess: backward through create_graph=True is exact to every order, as everywhere in PyTorch; only the newer function transforms have gaps.
# Seen: the first derivative through torch.nn.utils.parametrizations.weight_norm is right, the second is off by tens of per cent.
# Why it matters: Hessian-vector products, influence functions and gradient penalties on weight-normalised networks are silently wrong.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
layer = weight_norm(nn.Linear(3, 2))
inputs = torch.tensor([[0.3, -0.8, 0.5], [1.0, 0.2, -0.4]])
parameters = list(layer.parameters())
bias, g, v = parameters
assert g.shape == (2, 1) and v.shape == (2, 3)


def fused():
    return layer(inputs).pow(3).sum()


def spelled_out():
    return (inputs @ (g * v / v.norm(dim=1, keepdim=True)).T + bias).pow(3).sum()


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def gradient(f):
    return flat(torch.autograd.grad(f(), parameters, create_graph=True))


def hessian(f):
    options = dict(retain_graph=True, allow_unused=True, materialize_grads=True)
    return torch.stack([flat(torch.autograd.grad(x, parameters, **options)) for x in gradient(f)])


def differences(f, step=1e-5):
    rows = []
    for p in parameters:
        for i in range(p.numel()):
            sides = []
            for sign in (1, -1):
                with torch.no_grad():
                    p.view(-1)[i] += sign * step
                sides.append(gradient(f).detach())
                with torch.no_grad():
                    p.view(-1)[i] -= sign * step
            rows.append((sides[0] - sides[1]) / (2 * step))
    return torch.stack(rows)


def far(a, b):
    return float((a - b).abs().max() / b.abs().max())


first = far(gradient(fused), gradient(spelled_out))
exact = differences(fused)
wrong, right = far(hessian(fused), exact), far(hessian(spelled_out), exact)
asymmetry = far(hessian(fused), hessian(fused).T)
print(f'torch {torch.__version__}')
print(f'gradient, fused against spelled out:            {first:.1e}   (expected: rounding)')
print(f'Hessian spelled out, against finite differences: {right:.1e}   (expected: rounding)')
print(f'Hessian of weight_norm, against the same:        {wrong:.1e}   (expected: rounding)')
print(f'its asymmetry:                                   {asymmetry:.1e}   (expected: rounding)')
sys.exit(0 if first < 1e-12 and right < 1e-8 and wrong > 0.05 and asymmetry > 0.05 else 1)
PYTHON
