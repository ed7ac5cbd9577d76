#!/usr/bin/env bash
# dattri: the retrainings of its LDS and leave-one-out truths take the first rows of the dataset, whatever rows the loader's sampler draws.
# Guess: retrain_lds(train, loader) trains on subsets of what loader yields; the attributors are given the same loader, and their scores follow its order.
# Seen: the positions 0 … n−1 of the loader are used as rows of loader.dataset. With a sampler over rows 100 … 139 (dattri's own SubsetSampler, or PyTorch's), every
#       retraining sees rows 0 … 39 alone, not one of the rows that were attributed, and indices.txt says 0 … 39. A sampler over the first rows hides it.
# Why it matters: the second half of a set, one class, a fold of a cross-validation: scores of these rows are judged by models that never saw them. Nothing fails; the LDS is
#       near zero, and the method takes the blame.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 TQDM_DISABLE=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 dattri==0.3.0
"$work/venv/bin/python" -m pip uninstall --quiet --yes torchvision
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from dattri.benchmark.utils import SubsetSampler
from dattri.metric import calculate_lds_ground_truth, lds
from dattri.model_util.retrain import retrain_lds, retrain_loo
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
SIZE, RIDGE, SUBSETS = 40, 1e-3, 40
x = torch.randn(200, 4)
y = x @ torch.randn(4) + torch.randn(200)
dataset = TensorDataset(torch.arange(200), x, y)
queries = torch.randn(6, 4)
target = torch.randn(6)
seen = set()


def train(loader, seed=None):
    """The exact ridge regression of what the loader yields; notes the rows it was given."""
    rows, a, b = (torch.cat(parts) for parts in zip(*loader))
    seen.update(rows.tolist())
    model = nn.Linear(4, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.linalg.solve(a.T @ a + len(a) * RIDGE * torch.eye(4), a.T @ b)[None])
    return model


def loss(path, _):
    return (queries @ torch.load(path)['weight'][0] - target).square() / 2


def scores(rows):
    """Influence of every row on every query's loss, in closed form: positive where the row lowers it."""
    a, b = x[rows], y[rows]
    hessian = a.T @ a / len(a) + RIDGE * torch.eye(4)
    w = torch.linalg.solve(hessian, a.T @ b / len(a))
    return (a * (a @ w - b)[:, None]) @ torch.linalg.solve(hessian, (queries * (queries @ w - target)[:, None]).T)


print(f'dattri {version("dattri")}, torch {torch.__version__}; {SUBSETS} retrainings of an exact ridge regression, exact influence of each of {SIZE} rows')
right = []
for start in (0, 100):
    rows = list(range(start, start + SIZE))
    loader = DataLoader(dataset, batch_size=SIZE, sampler=SubsetSampler(rows))
    attributed = torch.cat([batch[0] for batch in loader]).tolist()
    path = f'lds-{start}'
    seen.clear()
    retrain_lds(train, loader, path, num_subsets=SUBSETS, subset_ratio=0.5, seed=1)
    used = sorted(seen)
    truth = calculate_lds_ground_truth(loss, path, DataLoader(TensorDataset(queries), batch_size=6))
    # calculate_lds_ground_truth gives minus the loss
    score = float(lds(scores(rows), truth)[0].mean())
    seen.clear()
    retrain_loo(train, loader, f'loo-{start}', indices=[0, 1, 2], seed=1)
    print(f'the loader yields rows {attributed[0]} … {attributed[-1]}: LDS retrainings saw rows {used[0]} … {used[-1]}, leave-one-out ones {min(seen)} … {max(seen)}; LDS of the exact influence {score:.2f}')
    right.append((attributed == rows, set(used) <= set(rows), set(used) <= set(range(SIZE)), max(seen) < SIZE, score))
first, later = right
holds = first[0] and first[1] and first[4] > 0.8 and later[0] and not later[1] and later[2] and later[3] and abs(later[4]) < 0.5
sys.exit(0 if holds else 1)
PYTHON
