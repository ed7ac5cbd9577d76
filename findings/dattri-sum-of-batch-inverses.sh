#!/usr/bin/env bash
# dattri: the explicit inverse Hessian is summed over mini-batches.
# Guess: a DataLoader's batch size is a matter of memory.
# Seen: the score is Σ_b ∇mᵀ (H_b + λI)⁻¹ g over mini-batches b, each inverse of that batch's mean Hessian. Batches that are alike scale the scores by
#       their number; small ones change the ranking. (Reported upstream, TRAIS-Lab/dattri pull request 241, open.)
# Why it matters: CG and LiSSA attributors have the same loop; scores of two batch sizes cannot be compared.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 dattri==0.3.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
import torch
from dattri.algorithm.influence_function import IFAttributorExplicit
from dattri.task import AttributionTask
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Linear(3, 3, bias=False)
x, y = torch.randn(24, 3), torch.randint(0, 3, (24,))
damping = 0.05


def loss(parameters, data):
    return cross_entropy(functional_call(model, parameters, (data[0],)), data[1])


def scores(batch):
    attributor = IFAttributorExplicit(AttributionTask(loss_func=loss, model=model, checkpoints=model.state_dict()), regularization=damping)
    attributor.cache(DataLoader(TensorDataset(x, y), batch_size=batch))
    whole = DataLoader(TensorDataset(x, y), batch_size=24)
    return attributor.attribute(whole, whole)


def hessian(part):  # softmax regression: the Hessian in closed form
    p = model(part).softmax(1).detach()
    outer = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    return sum(torch.kron(a, torch.outer(b, b)) for a, b in zip(outer, part)) / len(part)


gradients = ((model(x).softmax(1).detach() - torch.nn.functional.one_hot(y, 3))[:, :, None] * x[:, None, :]).flatten(1)
solve = lambda matrix: gradients @ torch.linalg.solve(matrix + damping * torch.eye(9), gradients.T)
expected = solve(hessian(x))
far = lambda a, b: float((a - b).abs().max() / b.abs().max())
holds = True
print(f'dattri {version("dattri")}; largest score; expected {float(expected.abs().max()):.2f} for any batch size')
for batch in (24, 12, 6):
    seen = scores(batch)
    formula = sum(solve(hessian(part)) for part in x.split(batch))
    print(f'batches of {batch:2d}: {float(seen.abs().max()):.2f}; from the sum of the batches\' inverses {far(seen, formula):.1e}')
    holds &= far(seen, formula) < 1e-10 and (far(seen, expected) > 0.5) == (batch < 24)
sys.exit(0 if holds else 1)
PYTHON
