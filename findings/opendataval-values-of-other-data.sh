#!/usr/bin/env bash
# opendataval: Data Shapley of one dataset is, every now and then, that of another one computed earlier in the process; on a second dataset given to one evaluator it always is.
# Guess: values belong to the data they are computed for. The samplers' cache_name is by default "set to a unique value for a object".
# Seen: the default name is id(sampler), and the cache belongs to the class and lives as long as the process. Python gives a freed object's id to the next one, so a new sampler
#       finds the contributions of an old one. Nothing compares data, size, model or metric. cache_name=None turns the cache off.
# Why it matters: a loop over seeds or datasets with a fresh evaluator each, as for error bars, repeats earlier results. A fifth of the runs here; how many depends on garbage collection.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 TQDM_DISABLE=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==2.3.3 matplotlib==3.11.2 requests==2.34.2 tqdm==4.67.1
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps opendataval==1.3.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import gc
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import numpy as np
import torch

# Loaders of images and texts need these; nothing here does.
for name in ('torchvision', 'torchvision.datasets', 'torchvision.models', 'torchvision.models.feature_extraction', 'torchvision.transforms',
             'torchvision.transforms.functional', 'transformers', 'geomloss', 'torcheval', 'torcheval.metrics', 'torcheval.metrics.functional'):
    sys.modules[name] = MagicMock()

from opendataval.dataval import DataShapley, TMCSampler
from opendataval.metrics import Metrics
from opendataval.model import Model

RUNS = 300


class Ridge(Model):
    def fit(self, x, y, *args, **options):
        x, y = (torch.stack([rows[i] for i in range(len(rows))]) for rows in (x, y))
        self.weights = torch.linalg.solve(x.T @ x + 0.1 * torch.eye(x.shape[1]), x.T @ y)
        return self

    def predict(self, x):
        return x @ self.weights


def data(seed, size=12):
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(size, 2, generator=rng)
    return x, x @ torch.tensor([[1.0], [2.0]]) + 0.3 * torch.randn(size, 1, generator=rng)


def evaluator(**cache):
    sampler = TMCSampler(mc_epochs=10, min_cardinality=2, random_state=0, **cache)
    return DataShapley(sampler=sampler).input_model(Ridge()).input_metric(Metrics.NEG_MSE)


def values(shapley, x, y):
    return shapley.input_data(x, y, x, y).train_data_values().evaluate_data_values()


def distinct(**cache):
    """A fresh evaluator for each of RUNS datasets: how many different vectors of values come out, and whether each repeated one is an earlier dataset's."""
    seen = [tuple(values(evaluator(**cache), *data(seed))) for seed in range(RUNS)]
    return len(set(seen)), seen


print(f'opendataval {version("opendataval")}; {RUNS} datasets, a new sampler and evaluator for each')
without, right = distinct(cache_name=None)
gc.collect()
default, seen = distinct()
wrong = [i for i in range(RUNS) if seen[i] != right[i]]
earlier = sum(seen[i] in right[:i] for i in wrong)
print(f'different results: {without} with cache_name=None, {default} by default (expected: {RUNS})')
print(f'by default {len(wrong)} are not those of their dataset; {earlier} of these are those of an earlier one')
shapley = evaluator()
first, second = values(shapley, *data(0)), values(shapley, *data(1, size=20))
print(f'one evaluator: 12 examples, then 20 other ones: {len(first)} values, then {len(second)} (expected: 20); the second 12/20 of the first: {np.allclose(second, first * 12 / 20)}')
holds = without == RUNS and default < RUNS and len(wrong) > 0 and earlier == len(wrong)
sys.exit(0 if holds and len(second) == 12 and np.allclose(second, first * 12 / 20) else 1)
PYTHON
