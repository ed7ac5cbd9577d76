#!/usr/bin/env bash
# PyHessian: the estimate of a trace stops after two probes, whatever maxIter and tol, if the running mean is negative.
# Guess: trace(maxIter, tol) draws probes until the running mean changes by less than tol, relatively. The estimate of −L's Hessian is minus that of L's, of the same quality.
# Seen: the change is divided by mean + 1e-6, not by its absolute value, so with a negative mean the "relative change" is negative, below any tol.
# Why it matters: where curvature is negative (early in training, losses of rewards and bounds, layers near a saddle) the answer is the mean of two numbers and their scatter is taken
#       for curvature. The repository has abs() now; the release that pip installs, the only one, has not. The same slip was found in NNCF (openvinotoolkit/nncf issue 2155).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps PyHessian==0.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy
import torch
from pyhessian import hessian
from torch import nn

torch.manual_seed(0)
model = nn.Linear(20, 1, bias=False)
x, y = torch.randn(30, 20), torch.randn(30, 1)
exact = float(2 / 30 * (x**2).sum())
print(f'PyHessian {version("PyHessian")}, torch {torch.__version__}; trace(maxIter=1000, tol=1e-5) of ± the mean squared error of a linear model, ten times')
print('loss   exact trace   number of probes     mean and standard deviation of the ten estimates')
holds = True
for sign in (1, -1):
    runs = []
    for _ in range(10):
        model.zero_grad()
        runs.append(hessian(model, lambda u, t: sign * (u - t).pow(2).mean(), data=(x, y), cuda=False).trace(maxIter=1000, tol=1e-5))
    probes = [len(r) for r in runs]
    means = numpy.array([numpy.mean(r) for r in runs])
    print(f'{"+-"[sign < 0]}{"L":5s} {sign * exact:11.3f}   {min(probes)} to {max(probes):<14d} {means.mean():.3f} ± {means.std(ddof=1):.3f}')
    holds &= (min(probes) > 10 if sign > 0 else probes == [2] * 10) and abs(means.mean() - sign * exact) < 3 * abs(means.std()) + 1
sys.exit(0 if holds else 1)
PYTHON
