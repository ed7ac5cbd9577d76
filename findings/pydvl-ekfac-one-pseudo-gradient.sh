#!/usr/bin/env bash
# pyDVL: EkfacInfluence squares one summed pseudo-gradient per example in place of one per class.
# Guess: EK-FAC of the Fisher information of a softmax, Σ_c p_c ∇log p_c ∇log p_cᵀ; on one linear layer and one example it is exact.
# Seen: it uses r rᵀ with r = Σ_c √p_c ∇log p_c. The cross terms √(p_c p_k) of different classes stay, so the matrix has rank one
#       where the Fisher information has rank C − 1, and scores are off by large factors.
# Why it matters: "EK-FAC" of pyDVL and of kronfluence, curvlinops or Grosse et al. are different matrices; rankings do not transfer.
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
from pydvl.influence.torch import EkfacInfluence
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Linear(3, 4)
x, y = torch.randn(1, 3), torch.tensor([2])
a = torch.cat([x[0], torch.ones(1)])  # the bias's input is 1
p = model(x).softmax(1)[0].detach()
ridge = 0.01
# One example, one layer: the Fisher information is (diag p − p pᵀ) ⊗ a aᵀ exactly.
root_p = p.sqrt()
r = root_p - root_p.sum() * p  # derivative of Σ_c √p_c log p_c with √p_c held constant
g = p - torch.nn.functional.one_hot(y, 4)[0]
gradient = torch.outer(g, a).reshape(-1)
solve = lambda matrix: float(gradient @ torch.linalg.solve(torch.kron(matrix, torch.outer(a, a)) + ridge * torch.eye(16), gradient))
expected, formula = solve(torch.diag(p) - torch.outer(p, p)), solve(torch.outer(r, r))
fitted = EkfacInfluence(model, update_diagonal=True, hessian_regularization=ridge).fit(DataLoader(TensorDataset(x, y)))
seen = float(fitted.influences(x, y, x, y))
print(f'pyDVL {pydvl.__version__}; self-influence of a single example under EK-FAC, which is exact here')
print(f'expected {expected:.4f}, seen {seen:.4f}, with r rᵀ {formula:.4f}')
sys.exit(0 if abs(seen / formula - 1) < 1e-8 and abs(seen / expected - 1) > 0.5 else 1)
PYTHON
