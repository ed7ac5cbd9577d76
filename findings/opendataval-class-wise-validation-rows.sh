#!/usr/bin/env bash
# opendataval: class-wise Shapley values take the validation rows of "the other classes" by the labels of the training rows, so values depend on the order of the validation set.
# Guess: the out-of-class accuracy is measured on the validation examples whose label is another class. The order of rows is of no consequence.
# Seen: its index is that of the training labels that differ. With at least as many validation rows as training rows nothing is raised: rows of all classes are among "the others",
#       and those behind the training set's length never. With fewer, it raises an index error or not, by chance of the last labels.
# Why it matters: the factor exp(out-of-class accuracy) is what sets CS-Shapley apart; it is computed on rows picked by the training set's order, in-class ones included.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 TQDM_DISABLE=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==2.3.3 matplotlib==3.11.2 requests==2.34.2 tqdm==4.67.1
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps opendataval==1.3.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
from itertools import permutations
from math import exp
from unittest.mock import MagicMock

import numpy as np
import torch
from torch.nn.functional import one_hot

# Loaders of images and texts need these; nothing here does.
for name in ('torchvision', 'torchvision.datasets', 'torchvision.models', 'torchvision.models.feature_extraction', 'torchvision.transforms',
             'torchvision.transforms.functional', 'transformers', 'geomloss', 'torcheval', 'torcheval.metrics', 'torcheval.metrics.functional'):
    sys.modules[name] = MagicMock()

from opendataval.dataval import ClassWiseShapley, TMCSampler
from opendataval.metrics import Metrics
from opendataval.model import Model

TRAIN, VALID = 8, 30
rng = torch.Generator().manual_seed(0)
labels, valid_labels = torch.arange(TRAIN) % 2, torch.arange(VALID) % 2
x, x_valid = (0.8 * torch.randn(len(c), 2, generator=rng) + 1.5 * c[:, None] for c in (labels, valid_labels))


def rows_of(data):
    return data if torch.is_tensor(data) else torch.stack([data[i] for i in range(len(data))])


class Centroids(Model):
    """The nearest mean of a class; a class without examples lies far away."""

    def fit(self, x, y, *args, **options):
        x, y = rows_of(x), rows_of(y)
        self.means = torch.stack([x[y[:, c] == 1].mean(0) if (y[:, c] == 1).any() else torch.full((2,), 9.0) for c in range(2)])
        return self

    def predict(self, x):
        return one_hot(torch.cdist(rows_of(x), self.means).argmin(1), 2).float()


def library(order):
    sampler = TMCSampler(mc_epochs=2000, min_cardinality=0, random_state=0, cache_name=None)
    shapley = ClassWiseShapley(sampler=sampler).input_model(Centroids()).input_metric(Metrics.ACCURACY)
    shapley.input_data(x, one_hot(labels, 2).float(), x_valid[order], one_hot(valid_labels[order], 2).float())
    shapley.train_data_values()
    return shapley.evaluate_data_values()


def by_hand(order, others):
    """All orders of the in-class examples; others(label) are the rows of the ordered validation set for the out-of-class accuracy."""
    xv, lv, found = x_valid[order], valid_labels[order], np.zeros(TRAIN)
    for label in (0, 1):
        inside, outside = (labels == label).nonzero()[:, 0].tolist(), (labels != label).nonzero()[:, 0].tolist()
        at_label, elsewhere = lv == label, others(lv, label)

        def utility(coalition):
            chosen = [*coalition, *outside]
            right = Centroids().fit(x[chosen], one_hot(labels[chosen], 2)).predict(xv).argmax(1) == lv
            return float(right[at_label].float().mean()) * exp(float(right[elsewhere].float().mean())) / VALID

        worth = {}
        value = lambda s: worth.setdefault(frozenset(s), utility(sorted(s)))
        orders = list(permutations(inside))
        for p in orders:
            for k, i in enumerate(p):
                found[i] += (value(p[: k + 1]) - value(p[:k])) / len(orders)
    return found


as_given, by_class = torch.arange(VALID), torch.argsort(valid_labels, stable=True)
of_valid = lambda lv, label: lv != label
of_train = lambda lv, label: (labels != label).nonzero()[:, 0]
print(f'opendataval {version("opendataval")}; {TRAIN} training and {VALID} validation rows of two classes; values of the training rows, times 1000')
holds = True
results = []
for name, order in (('classes alternating', as_given), ('sorted by class', by_class)):
    seen, wanted, formula = library(order), by_hand(order, of_valid), by_hand(order, of_train)
    results.append((seen, wanted))
    show = lambda v: ' '.join(f'{1000 * t:6.2f}' for t in v)
    print(f'validation rows {name}:\n  library                        {show(seen)}\n  all orders, others by label    {show(wanted)}\n  all orders, by training label  {show(formula)}')
    holds &= abs(seen - formula).max() < 0.03 * abs(formula).max()
changed = abs(results[0][0] - results[1][0]).max()
print(f'largest change by the order: library {1000 * changed:.2f}, others by label {1000 * abs(results[0][1] - results[1][1]).max():.2f}')
sys.exit(0 if holds and changed > 0.003 and np.allclose(results[0][1], results[1][1]) else 1)
PYTHON
