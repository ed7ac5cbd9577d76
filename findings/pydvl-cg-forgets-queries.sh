#!/usr/bin/env bash
# pyDVL: CgInfluence solves for as many queries as the model has parameters; every later query is influenced by nothing.
# Guess: one solution per query, whatever their number.
# Seen: the tolerances are norms over the wrong axis, D of them, and the loop pairs queries with tolerances: it ends after D queries, and the rows of
#       the result from D on are zeros. No warning. solve_simultaneously=True is right.
# Why it matters: a small model audited with a whole test set: "no training example matters" for most of it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==1.26.4 'pyDVL[influence]==0.10.0'
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
import pydvl
import torch
from pydvl.influence.torch import CgInfluence, DirectInfluence
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

logging.disable(logging.CRITICAL)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Linear(3, 2)
size = sum(p.numel() for p in model.parameters())
x, y = torch.randn(20, 3), torch.randint(0, 2, (20,))
loader = DataLoader(TensorDataset(x, y), batch_size=20)


def scores(kind, **options):
    return kind(model, cross_entropy, regularization=0.1, **options).fit(loader).influences(x, y, x, y)


expected, seen, together = scores(DirectInfluence), scores(CgInfluence), scores(CgInfluence, solve_simultaneously=True)
zero_rows = lambda s: int((s == 0).all(1).sum())
far = lambda a, b: float((a - b).abs().max() / b.abs().max())
print(f'pyDVL {pydvl.__version__}; 20 queries, {size} parameters; queries whose scores are all zero')
print(f'DirectInfluence (expected):              {zero_rows(expected)}')
print(f'CgInfluence:                             {zero_rows(seen)}; the first {size} differ from the expected by {far(seen[:size], expected[:size]):.1e}')
print(f'CgInfluence(solve_simultaneously=True):  {zero_rows(together)}; all differ by {far(together, expected):.1e}')
sys.exit(0 if zero_rows(expected) == 0 and zero_rows(seen[size:]) == 20 - size and far(seen[:size], expected[:size]) < 1e-5 and far(together, expected) < 1e-5 else 1)
PYTHON
