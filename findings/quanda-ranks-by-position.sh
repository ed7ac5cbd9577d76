#!/usr/bin/env bash
# quanda: to rank self-influences it adds 0.0001 times the row number to each, so the score of mislabelling detection depends on their unit and on the order of the rows.
# Guess: a score of the ranking is the same for self-influences in any unit, and rows that are put in another order keep their ranks.
# Seen: the term should only settle ties, yet the last of 1000 rows gets 0.1 on top. TracIn multiplies self-influences by the learning rate, influence functions may divide them by n;
#       at a rate of 1e-5 the ranking is the order of the rows, last first: 0.94 becomes 0.05, 0.95 or 0.52, where flipped labels stand first, last or anywhere.
# Why it matters: methods are compared by this score, in the benchmark as well, and those of small units come out as chance. For 50000 rows the term reaches 5.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 PyYAML==6.0.3 tqdm==4.67.1
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps quanda==0.5.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import torch

# Benchmarks, wrappers and other metrics need these; nothing here does.
for name in ('quanda.benchmarks', 'quanda.benchmarks.downstream_eval', 'quanda.benchmarks.ground_truth', 'quanda.benchmarks.heuristics', 'quanda.explainers.wrappers',
             'datasets', 'lightning', 'torcheval', 'torcheval.metrics', 'torcheval.metrics.functional', 'torchmetrics', 'torchmetrics.functional',
             'torchmetrics.functional.regression', 'torchvision', 'transformers', 'PIL', 'huggingface_hub'):
    sys.modules[name] = MagicMock()

from quanda.metrics.downstream_eval import MislabelingDetectionMetric

N, D, FLIPPED = 1000, 10, 100
generator = torch.Generator().manual_seed(0)
labels = torch.arange(N) % 2
inputs = torch.randn(N, D, generator=generator, dtype=torch.float64) + 0.6 * (2 * labels[:, None] - 1)


def squared_gradients(flipped):
    """‖∇ loss‖² of logistic regression, trained with those labels flipped."""
    targets = labels.double()
    targets[flipped] = 1 - targets[flipped]
    weights = torch.zeros(D, dtype=torch.float64)
    for _ in range(500):
        weights -= 0.1 * inputs.T @ (torch.sigmoid(inputs @ weights) - targets) / N
    return targets, (torch.sigmoid(inputs @ weights) - targets).square() * inputs.square().sum(1)


def areas(targets, values, flipped):
    """The metric's score, and the same area under the ranking without the term."""
    dataset = torch.utils.data.TensorDataset(inputs, targets)
    metric = MislabelingDetectionMetric(torch.nn.Linear(D, 1), dataset, flipped.tolist(), precomputed_self_influence=values)
    found = torch.isin(torch.argsort(values, descending=True, stable=True), flipped).double().cumsum(0) / FLIPPED
    return metric.compute()['score'], (torch.trapezoid(found) / N).item()


print(f'quanda {version("quanda")}; logistic regression, {FLIPPED} of {N} labels flipped, self-influence = rate · squared gradient')
holds = True
for where, flipped in (('first', torch.arange(FLIPPED)), ('last', torch.arange(N - FLIPPED, N)), ('anywhere', torch.randperm(N, generator=generator)[:FLIPPED])):
    targets, squares = squared_gradients(flipped)
    for rate in (1e4, 1, 1e-2, 1e-5):
        seen, right = areas(targets, rate * squares, flipped)
        print(f'flipped rows {where:8}  rate {rate:<8g} score {seen:.3f}  (expected: {right:.3f})')
        holds &= right > 0.9 and (rate < 1e4 or abs(seen - right) < 1e-3)
        if rate == 1e-5:
            by_position, _ = areas(targets, torch.zeros(N, dtype=torch.float64), flipped)
            holds &= abs(seen - by_position) < 0.01 and (where == 'last' or seen < right - 0.3)
sys.exit(0 if holds else 1)
PYTHON
