#!/usr/bin/env bash
# pyDVL: GaussNewtonOperator all but loses the first batch and multiplies the others by the number of parameters.
# Guess: the product with (1/N) Σ g_i g_iᵀ, whatever the batches ("weighted by the number of points", says its docstring).
# Seen: the result is (G₁ v + D Σ_{b>1} G_b v) / (B D), with G_b the mean over batch b, B batches and D parameters: a batch's size is read from the
#       length of the product, which is D, and the first product is not weighted at all. With one batch the product is G v / D.
# Why it matters: CgInfluence, LissaInfluence and ArnoldiInfluence in Gauss-Newton mode depend on the order and the number of batches.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==1.26.4 'pyDVL[influence]==0.10.0'
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import pydvl
import torch
from pydvl.influence.torch.operator import GaussNewtonOperator
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Linear(3, 2)
x, y = torch.randn(12, 3), torch.randint(0, 2, (12,))
rows = []
for a, b in zip(x, y):
    parts = torch.autograd.grad(cross_entropy(model(a[None]), b[None]), list(model.parameters()))
    rows.append(torch.cat([p.reshape(-1) for p in parts]))
g = torch.stack(rows)
size = g.shape[1]
v = torch.randn(size)
mean = lambda part: part.T @ (part @ v) / len(part)
expected = mean(g)
far = lambda a, b: float((a - b).abs().max() / b.abs().max())
holds = True
print(f'pyDVL {pydvl.__version__}; 12 examples, {size} parameters; ‖·‖ of the product; expected {float(expected.norm()):.4f} for any batch size')
for batch in (12, 6, 4, 3):
    seen = GaussNewtonOperator(model, cross_entropy, DataLoader(TensorDataset(x, y), batch_size=batch)).apply(v)
    parts = [mean(part) for part in g.split(batch)]
    formula = (parts[0] + size * sum(parts[1:], torch.zeros(size))) / (len(parts) * size)
    print(f'batches of {batch:2d}: {float(seen.norm()):.4f}; from the formula above: {far(seen, formula):.1e}')
    holds &= far(seen, formula) < 1e-12 and far(seen, expected) > 0.05
sys.exit(0 if holds else 1)
PYTHON
