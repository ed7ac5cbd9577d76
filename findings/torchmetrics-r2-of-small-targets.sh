#!/usr/bin/env bash
# torchmetrics: R² is 1.0 for any prediction, a sign-flipped or a random one too, once the targets are small.
# Guess: R² = 1 − RSS/TSS does not change when targets and predictions are both multiplied by 0.001.
# Seen: r2_score and R2Score take a residual sum of squares below 1e-4 for zero, in absolute terms, and return 1.0 ("perfect") before anything is divided.
#       100 predictions off by 1e-3 each are enough for that.
# Why it matters: leaving out one example changes a loss by 1e-3 to 1e-6, so predictions of influence are judged perfect whatever they say. explained_variance is right.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import torch
import torchmetrics
from torchmetrics.functional import explained_variance, r2_score

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
target = torch.randn(100)
target -= target.mean()
predictions = {'right': target + 0.3 * torch.randn(100), 'random': torch.randn(100), 'sign flipped': -target}


def by_hand(p, t):
    return float(1 - (t - p).pow(2).sum() / (t - t.mean()).pow(2).sum())


print(f'torchmetrics {torchmetrics.__version__}, torch {torch.__version__}, float64; 100 targets of standard deviation s')
print('s        prediction    r2_score   1 − RSS/TSS   explained_variance')
holds = True
for s in (1.0, 1e-1, 1e-4, 1e-6):
    for name, p in predictions.items():
        seen, expected = float(r2_score(s * p, s * target)), by_hand(s * p, s * target)
        explained = float(explained_variance(s * p, s * target))
        print(f'{s:<9g}{name:14s}{seen:8.4f}{expected:14.4f}{explained:17.4f}')
        holds &= abs(seen - expected) < 1e-9 if s >= 0.1 else seen == 1.0 and abs(expected - by_hand(p, target)) < 1e-9
        holds &= abs(explained - float(explained_variance(p, target))) < 1e-6
metric = torchmetrics.R2Score()
metric.update(-1e-4 * target, 1e-4 * target)
print(f'class R2Score, sign flipped, s = 1e-4: {float(metric.compute()):.4f} (expected: -3)')
sys.exit(0 if holds and float(metric.compute()) == 1.0 else 1)
PYTHON
