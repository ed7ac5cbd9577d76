#!/usr/bin/env bash
# PyHessian: of two Hessian objects made one after the other for the same network, the second is the sum of both Hessians.
# Guess: hessian(model, criterion, data=a) and hessian(model, criterion, data=b) are the Hessians on the batches a and b.
# Seen: the constructor calls loss.backward(create_graph=True) without clearing, and takes p.grad, graph and all, for its gradient. The second one's p.grad is the first's gradient
#       plus its own, and its eigenvalues and trace are those of H_a + H_b. Once eigenvalues() or trace() of any object has run, gradients are cleared and all is well.
# Why it matters: "training and test curvature" made in two lines before the first call: the second number is of both, of the right order of size, and depends on the order.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps PyHessian==0.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from pyhessian import hessian
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
loss = nn.MSELoss()
a, b = [(torch.randn(50, 3), torch.randn(50, 1)) for _ in range(2)]
names = [n for n, _ in model.named_parameters()]
sizes = [p.numel() for p in model.parameters()]


def dense(batch):
    def value(flat):
        parts = {n: t.view(p.shape) for n, t, p in zip(names, flat.split(sizes), model.parameters())}
        return loss(torch.func.functional_call(model, parts, (batch[0],)), batch[1])

    return torch.autograd.functional.hessian(value, torch.cat([p.detach().reshape(-1) for p in model.parameters()]))


def top(matrix):
    values = torch.linalg.eigvalsh(matrix)
    return float(values[values.abs().argmax()])


def power(h):
    return h.eigenvalues(maxIter=2000, tol=1e-8)[0][0]


h_a, h_b = dense(a), dense(b)
first, second = hessian(model, loss, data=a, cuda=False), hessian(model, loss, data=b, cuda=False)
seen = [power(first), power(second)]
alone = power(hessian(model, loss, data=b, cuda=False))
expected = [top(h_a), top(h_b), top(h_a + h_b)]
print(f'PyHessian {version("PyHessian")}, torch {torch.__version__}; largest eigenvalue')
print(f'first object, batch a:  {seen[0]:.5f}   dense Hessian of a:           {expected[0]:.5f}')
print(f'second object, batch b: {seen[1]:.5f}   dense Hessian of b:           {expected[1]:.5f}')
print(f'                                  of a plus of b:               {expected[2]:.5f}')
print(f'batch b, made after those calls: {alone:.5f}')
near = lambda p, q: abs(p / q - 1) < 1e-4
sys.exit(0 if near(seen[0], expected[0]) and near(seen[1], expected[2]) and near(alone, expected[1]) and not near(expected[1], expected[2]) else 1)
PYTHON
