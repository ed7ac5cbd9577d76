#!/usr/bin/env bash
# laplax: the multiclass Brier score is minus the Brier score, divided by the number of classes.
# Guess: the score is the mean squared distance of probabilities and one-hot targets, as its documentation says: never negative, 0 for the best prediction.
# Seen: it is ≤ 0, and a mean over examples and classes: −1 for a prediction that is certain and wrong, of two classes, where the score is 2. Names and text do not tell.
# Why it matters: who takes the model or the prior precision with the smallest Brier score takes the worst one, and tables cannot be compared with those of others.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 JAX_PLATFORMS=cpu
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check laplax==0.0.2 jax==0.7.0 jaxlib==0.7.0 jaxtyping==0.3.11 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import jax
import numpy as np
from laplax.eval.metrics import multiclass_brier

jax.config.update('jax_enable_x64', True)
CASES = {
    'right and certain': ([[1.0, 0.0]], [0]),
    'undecided': ([[0.5, 0.5]], [0]),
    'wrong and certain': ([[0.0, 1.0]], [0]),
    'three classes': ([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], [0, 2]),
}
print(f'laplax {version("laplax")}')
holds = True
for name, (probabilities, targets) in CASES.items():
    p, classes = np.asarray(probabilities), len(probabilities[0])
    right = np.square(p - np.eye(classes)[targets]).sum(1).mean()
    seen = float(multiclass_brier(jax.numpy.asarray(p), jax.numpy.asarray(targets)))
    print(f'{name:18} {seen:7.3f}  (expected: {right:.3f})')
    holds &= abs(seen + right / classes) < 1e-12
sys.exit(0 if holds else 1)
PYTHON
