#!/usr/bin/env bash
# opendataval: DataBanzhafMargContrib weights coalitions by the wrong row of Pascal's triangle: in a game with two examples the second to come counts twice as much as the first.
# Guess: the Banzhaf value of i is the plain mean of v(S ∪ {i}) − v(S) over all S without i, so size j has the weight C(n − 1, j) / 2ⁿ⁻¹.
# Seen: the weights are C(n, j) / (2ⁿ − 1): the empty coalition and the full one are not treated alike, and the mean size is n/2, not (n − 1)/2.
# Why it matters: it is recommended for reusing contributions that were sampled for Shapley values, and disagrees with DataBanzhaf. For 10 examples an eighth of the weight is misplaced, for
#       100 a twenty-fifth.
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
from itertools import combinations, permutations
from math import comb
from unittest.mock import MagicMock

import numpy as np

# Loaders of images and texts need these; nothing here does.
for name in ('torchvision', 'torchvision.datasets', 'torchvision.models', 'torchvision.models.feature_extraction', 'torchvision.transforms',
             'torchvision.transforms.functional', 'transformers', 'geomloss', 'torcheval', 'torcheval.metrics', 'torcheval.metrics.functional'):
    sys.modules[name] = MagicMock()

from opendataval.dataval import DataBanzhafMargContrib, TMCSampler


def utility(s):
    """A game of four: the square root of the summed worths."""
    return float(np.sqrt(sum((1.0, 2.0, 3.0, 5.0)[i] for i in s)))


N = 4
exact = []
contributions = np.zeros((N, N))
for i in range(N):
    others = [j for j in range(N) if j != i]
    subsets = [s for size in range(N) for s in combinations(others, size)]
    exact.append(np.mean([utility((*s, i)) - utility(s) for s in subsets]))
    for size in range(N):
        contributions[i, size] = np.mean([utility((*s, i)) - utility(s) for s in combinations(others, size)])
evaluator = DataBanzhafMargContrib(sampler=TMCSampler(cache_name=None))
evaluator.num_points, evaluator.marg_contrib = N, contributions
seen = evaluator.evaluate_data_values()
right = contributions @ (np.array([comb(N - 1, j) for j in range(N)]) / 2 ** (N - 1))
formula = contributions @ (np.array([comb(N, j) for j in range(N)]) / (2**N - 1))
print(f'opendataval {version("opendataval")}; v(S) = √Σ over S of (1, 2, 3, 5), contributions of every size exact')
print('mean over all subsets:  ', np.round(exact, 4))
print('DataBanzhafMargContrib: ', np.round(seen, 4), '  (expected: the same)')
print('weights C(3, j) / 8:    ', np.round(right, 4))
print('weights C(4, j) / 15:   ', np.round(formula, 4))
for n in (2, 10, 100):
    evaluator.num_points = n
    weights = evaluator.compute_weight()
    wanted = np.array([comb(n - 1, j) / 2 ** (n - 1) for j in range(n)])
    print(f'{n} examples: misplaced weight {abs(weights - wanted).sum() / 2:.3f}; mean size {weights @ np.arange(n):.3f} (expected: {(n - 1) / 2})')
near = lambda a, b: np.allclose(a, b, rtol=0, atol=1e-12)
sys.exit(0 if near(right, exact) and near(seen, formula) and abs(seen - exact).min() > 0.05 else 1)
PYTHON
