#!/usr/bin/env bash
# opendataval: where examples do harm, samplers stop after ten steps and take the rest for zero: Shapley values of −v are a quarter of minus those of v.
# Guess: contributions are truncated where the utility has stopped changing. In an additive game, v(S) the sum of wᵢ over S, the Shapley value of i is wᵢ, whatever the sign.
# Seen: a step counts as "no change" if |step| / Σ steps is below 1e-8, with the sum's sign. Once a permutation's utility is below where it began, every step counts, however
#       large; after ten in a row the permutation ends and the remaining examples get zeros. All three samplers do so.
# Why it matters: harmful examples are what data values are computed to find. With much noise their values shrink toward zero, those of large coalitions first, and nothing is reported.
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
from unittest.mock import MagicMock

import numpy as np

# Loaders of images and texts need these; nothing here does.
for name in ('torchvision', 'torchvision.datasets', 'torchvision.models', 'torchvision.models.feature_extraction', 'torchvision.transforms',
             'torchvision.transforms.functional', 'transformers', 'geomloss', 'torcheval', 'torcheval.metrics', 'torcheval.metrics.functional'):
    sys.modules[name] = MagicMock()

from opendataval.dataval import DataShapley, GrTMCSampler, TMCSampler
from opendataval.dataval.margcontrib.sampler import MonteCarloSampler

EXAMPLES, PERMUTATIONS = 40, 1000
weights = np.linspace(0.5, 1.5, EXAMPLES)
options = {'min_cardinality': 0, 'random_state': 0, 'cache_name': None}
samplers = {
    'TMCSampler': lambda: TMCSampler(mc_epochs=PERMUTATIONS, **options),
    'MonteCarloSampler': lambda: MonteCarloSampler(mc_epochs=PERMUTATIONS, **options),
    'GrTMCSampler': lambda: GrTMCSampler(max_mc_epochs=1, models_per_epoch=PERMUTATIONS, min_models=PERMUTATIONS, **options),
}


def shapley(sampler, w):
    """Values and number of utilities computed, in the game of utility Σ wᵢ."""
    calls = []

    def utility(coalition):
        calls.append(len(coalition))
        return float(w[coalition].sum()) if len(coalition) else 0.0

    sampler.set_coalition(w)
    sampler.set_evaluator(utility)
    evaluator = DataShapley(sampler=sampler)
    evaluator.num_points, evaluator.marg_contrib = len(w), sampler.compute_marginal_contribution()
    return evaluator.evaluate_data_values(), len(calls)


print(f'opendataval {version("opendataval")}; additive game of {EXAMPLES} examples, {PERMUTATIONS} permutations')
holds = True
rows = []
for name, make in samplers.items():
    for sign in (1, -1):
        found, calls = shapley(make(), sign * weights)
        ratio = found / (sign * weights)
        rows.append(f'{name:18s} w {"> 0" if sign > 0 else "< 0"}: values / w from {ratio.min():.4f} to {ratio.max():.4f} (expected: 1), {calls} utilities')
        # Ten of EXAMPLES positions are counted, and each example is equally often in each.
        holds &= abs(ratio - (1 if sign > 0 else 10 / EXAMPLES)).max() < (1e-6 if sign > 0 else 0.01)
print('\n'.join(rows))
sys.exit(0 if holds else 1)
PYTHON
