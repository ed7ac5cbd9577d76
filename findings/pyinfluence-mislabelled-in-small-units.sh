#!/usr/bin/env bash
# pyinfluence: the search for wrong targets finds them in one unit, and none in a smaller one.
# Guess: the search goes by z-scores of self-influence, which are the same in every unit.
# Seen: where the standard deviation of self-influences is below 1e-10, an absolute number, all count as equal and an empty list comes back. Self-influence is squared error times
#       leverage, so that targets of some micrometres given in metres, or a large training set, are enough; z-scores and ranking are the same to the last digits.
# Why it matters: an empty list reads as "no label is suspicious"; with a unit of measurement for the only difference nobody would look for another reason.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyinfluence==0.5.0 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from pyinfluence import InfluenceFunctions, find_mislabeled, self_influence
from sklearn.linear_model import Ridge

N, D = 300, 5
generator = np.random.default_rng(0)
inputs = generator.standard_normal((N, D))
targets = inputs @ np.arange(1, D + 1) + 0.3 * generator.standard_normal(N)
wrong = np.arange(0, N, 30)
targets[wrong] += 15


def closed_form(values):
    """Self-influence of ridge regression with an intercept: squared residual times leverage, over n, with the package's damping."""
    design = np.hstack([inputs, np.ones((N, 1))])
    hessian = design.T @ design / N + np.diag([1e-3 / N + 1e-5] * D + [1e-10])
    slope_penalty = np.diag([1e-3] * D + [0])
    weights = np.linalg.solve(design.T @ design + slope_penalty, design.T @ values)
    leverage = np.einsum('ij,ij->i', design @ np.linalg.inv(hessian), design)
    scores = (values - design @ weights) ** 2 * leverage / N
    return scores, set(np.flatnonzero((scores - scores.mean()) / scores.std() > 2).tolist())


print(f'pyinfluence {version("pyinfluence")}; ridge regression of {N} examples, {wrong.size} targets changed by the same amount')
holds = True
for unit in (1e3, 1, 1e-3, 1e-6, 1e-9):
    values = targets * unit
    attributor = InfluenceFunctions(mode='loss').fit(Ridge(alpha=1e-3).fit(inputs, values), inputs, values)
    scores, right = closed_form(values)
    same = np.allclose(self_influence(attributor), scores, rtol=1e-6, atol=0)
    found = set(find_mislabeled(attributor).tolist())
    print(f'targets times {unit:<5g}: {len(found)} found, self-influence as in closed form: {same}, standard deviation {scores.std():.0e}  (expected: {len(right)} found)')
    holds &= same and right <= set(wrong.tolist()) and len(right) > 5 and found == (right if unit > 1e-5 else set())
sys.exit(0 if holds else 1)
PYTHON
