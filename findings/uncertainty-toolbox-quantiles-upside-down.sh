#!/usr/bin/env bash
# Uncertainty Toolbox: proportions under quantiles are counted from the wrong side, and recalibrated quantiles move away from the data.
# Guess: with prop_type="quantile" the observed proportion at level q is the share of targets at or below the predicted q-quantile, as documented; get_quantile_recalibrator
#        then returns quantiles with that coverage on the data it was fitted to.
# Seen: residuals are y_pred − y_true, so what is counted is the share of targets at or above the quantile of level 1 − q. Where predictions are biased, the curve is that of
#       the opposite bias, and recalibration doubles the bias. Interval proportions, symmetric in the residual, are right; averages over all levels hide it.
# Why it matters: recalibration is called to repair such predictions, and its test metric, the mean calibration error, is the same for both signs.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 uncertainty-toolbox==0.1.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import uncertainty_toolbox as uct
from scipy import stats

rng = np.random.default_rng(0)
EXAMPLES, BIAS = 5000, 0.5
y = rng.standard_normal(EXAMPLES)
mean, sd = np.full(EXAMPLES, BIAS), np.ones(EXAMPLES)
recalibrated = uct.recalibration.get_quantile_recalibrator(mean, sd, y)
print(f'uncertainty-toolbox {version("uncertainty-toolbox")}; y ~ N(0, 1), predicted N({BIAS}, 1), {EXAMPLES} examples; share of targets at or below the predicted quantile')
print('level   before, counted   theory   get_proportion_under_quantile   of the bias −0.5   after recalibration (expected: the level)')
holds = True
for q in (0.1, 0.25, 0.5, 0.75, 0.9):
    quantile = BIAS + stats.norm.ppf(q)
    counted = float((y <= quantile).mean())
    theory, opposite = float(stats.norm.cdf(quantile)), float(stats.norm.cdf(stats.norm.ppf(q) - BIAS))
    seen = uct.metrics_calibration.get_proportion_under_quantile(mean, sd, y, q)
    after = float((y <= recalibrated(mean, sd, q)).mean())
    print(f'{q:4.2f} {counted:15.3f} {theory:11.3f} {seen:22.3f} {opposite:24.3f} {after:20.3f}')
    holds &= abs(counted - theory) < 0.03 and abs(seen - opposite) < 0.03 and abs(theory - opposite) > 0.1
    # Twice the bias: the recalibrated quantile of level q is that of N(2 · bias, 1), within the steps of the fitted curve.
    holds &= abs(after - float(stats.norm.cdf(2 * BIAS + stats.norm.ppf(q)))) < 0.04
lists = uct.get_proportion_lists_vectorized(mean, sd, y, prop_type='quantile')
vector = np.array([(y <= BIAS + stats.norm.ppf(q)).mean() for q in lists[0]])
print(f'mean calibration error, from its proportions {np.abs(lists[1] - lists[0]).mean():.4f}, from counted ones {np.abs(vector - lists[0]).mean():.4f}')
sys.exit(0 if holds else 1)
PYTHON
