#!/usr/bin/env bash
# cleanlab: a right label that the model is certain of is scored worse than a wrong one, with method "confidence_weighted_entropy".
# Guess: label quality is in [0, 1], 1 for a clean label; a probability of 1 for the given label is the cleanest case.
# Seen: the nearer the probability comes to 1, the nearer the score to 1, but once single precision rounds it to 1 the score falls back towards 0: 0.40 for a margin of 18
#       between the logits, 4e-6 for one of 30, less than for a wrong label (0.38). Entropy over confidence, z, has left the range in which log(z + 1) / z is divided by z itself:
#       the divisor is clipped from below. No warning; the other two methods give 1.
# Why it matters: a softmax in single precision is exactly 1 from a margin of 17 on. Ranked from the worst, the most certain right labels of a trained network come first.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6 cleanlab==2.9.0
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from cleanlab.rank import get_label_quality_scores

# The last label is wrong; margins are those of the logits, class 0 is given.
margins = np.array([2, 6, 10, 16, 18, 30, -2], np.float32)
logits = np.stack([margins, np.zeros_like(margins)], 1)
shifted = np.exp(logits - logits.max(1, keepdims=True))
probabilities = shifted / shifted.sum(1, keepdims=True)
labels = np.zeros(len(margins), int)
methods = ('confidence_weighted_entropy', 'self_confidence', 'normalized_margin')
scores = {m: get_label_quality_scores(labels, probabilities, method=m) for m in methods}
print(f'cleanlab {version("cleanlab")}, numpy {np.__version__}; quality of a label with margin m, 1 is clean')
for i, margin in enumerate(margins):
    row = '   '.join(f'{m} {scores[m][i]:.6f}' for m in methods)
    print(f'm = {margin:3.0f}, p = {probabilities[i, 0]:.9f}   {row}')
entropy = scores[methods[0]]
certain = probabilities[:, 0] == 1
print(f'p is exactly 1 for margins {margins[certain].astype(int).tolist()}: expected quality 1; seen {entropy[certain].tolist()}')
holds = certain.tolist() == [False, False, False, False, True, True, False] and entropy[3] > 0.999 and entropy[4] < 0.5 and entropy[5] < 1e-4 < entropy[6]
holds &= all((scores[m][certain] == 1).all() and scores[m][6] < 0.2 for m in methods[1:])
sys.exit(0 if holds else 1)
PYTHON
