#!/usr/bin/env bash
# dattri: the AUC of a mislabel detection depends on where in the dataset the wrong labels stand, if scores are equal.
# Guess: the area under the ROC curve that scikit-learn's roc_curve describes, as its documentation says: equal scores are one point, and a constant score has 0.5.
# Seen: equal scores are ranked in whatever order an unstable sort leaves their rows. A constant score has an AUC of 0.30 if the wrong labels are the last rows and of 0.71 if
#       they are the first; votes of 0, 1 or 2 have 0.59 or 0.74 in place of 0.67. Without ties it is scikit-learn's to rounding.
# Why it matters: scores are equal where a loss underflows, a network of ReLU is dead, or a method counts; and sets with added wrong labels have them at one end.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scikit-learn==1.7.2 dattri==0.3.0
"$work/venv/bin/python" -m pip uninstall --quiet --yes torchvision
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from dattri.metric import mislabel_detection_auc
from sklearn.metrics import roc_auc_score

torch.manual_seed(0)
SIZE, WRONG = 200, 20
last = torch.arange(SIZE) >= SIZE - WRONG
continuous = torch.randn(SIZE) + last
votes = (continuous > 0).to(torch.float32) + (continuous > 1.5)

print(f'dattri {version("dattri")}, scikit-learn {version("scikit-learn")}, torch {torch.__version__}; {WRONG} wrong labels among {SIZE}, AUC')
seen = {}
for name, scores in (('no two equal', continuous), ('votes: 0, 1 or 2', votes), ('constant', torch.zeros(SIZE))):
    for place, labels, values in (('last rows', last, scores), ('first rows', last.flip(0), scores.flip(0))):
        got = float(mislabel_detection_auc(values, labels.to(torch.float32))[0])
        expected = float(roc_auc_score(labels, values))
        seen[name, place] = got, expected
        print(f'{name:18s} wrong labels in the {place:11s} dattri {got:.3f}   expected {expected:.3f}')
off = {key: abs(got - expected) for key, (got, expected) in seen.items()}
holds = all(far < 1e-5 if name == 'no two equal' else far > 0.04 for (name, _), far in off.items())
sys.exit(0 if holds else 1)
PYTHON
