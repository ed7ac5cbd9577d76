#!/usr/bin/env bash
# torchmetrics: Kendall's "variant a" is not τ_a but Goodman and Kruskal's γ: with ties it is larger than τ_b, which cannot be for τ_a.
# Guess: τ_a = (C − D) / (n (n − 1) / 2) over all pairs, concordant and discordant, as everywhere; a tied pair counts in the denominator alone, so |τ_a| ≤ |τ_b|.
# Seen: C − D is divided by C + D; tied pairs are left out. Scores of four levels that agree in the three pairs without a tie have 1.0. τ_b and τ_c are SciPy's.
# Why it matters: "a" is chosen as the variant that makes no allowance for ties, and here it makes the largest: a nearly constant ranking looks perfect. Its documentation has the
#       formula with C + D, under the name of τ_a, for which R, SAS and the literature have the other one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 scipy==1.16.3 torchmetrics==1.9.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from itertools import combinations

import torch
import torchmetrics
from scipy.stats import kendalltau
from torchmetrics.functional.regression import kendall_rank_corrcoef


def pairs(a, b):
    signs = [float(torch.sign(a[i] - a[j]) * torch.sign(b[i] - b[j])) for i, j in combinations(range(len(a)), 2)]
    return signs.count(1), signs.count(-1), len(signs)


torch.manual_seed(0)
first = torch.randint(0, 4, (50,)).float()
CASES = {
    'no ties': (torch.randn(50), torch.randn(50)),
    'four levels': (first, first + torch.randint(0, 4, (50,))),
    'nearly constant': (torch.tensor([0.0] * 19 + [1.0]), torch.tensor([0.0] * 16 + [1.0] * 4)),
}
print(f'torchmetrics {torchmetrics.__version__}')
holds = True
for name, (a, b) in CASES.items():
    concordant, discordant, total = pairs(a, b)
    tau_a, gamma = (concordant - discordant) / total, (concordant - discordant) / (concordant + discordant)
    got = {v: float(kendall_rank_corrcoef(a, b, variant=v)) for v in 'abc'}
    tau_b, tau_c = (float(kendalltau(a, b, variant=v).statistic) for v in 'bc')
    print(f'{name:16s} variant a {got["a"]:.4f}   τ_a {tau_a:.4f}   γ {gamma:.4f}   variant b {got["b"]:.4f}   τ_b of SciPy {tau_b:.4f}')
    holds &= abs(got['a'] - gamma) < 1e-5 and abs(got['b'] - tau_b) < 1e-5 and abs(got['c'] - tau_c) < 1e-5
    holds &= abs(tau_a - tau_b) < 1e-6 if name == 'no ties' else got['a'] > tau_a + 0.2 and got['a'] > tau_b + 0.1
sys.exit(0 if holds else 1)
PYTHON
