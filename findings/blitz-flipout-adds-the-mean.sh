#!/usr/bin/env bash
# BLiTZ: a layer wrapped in Flipout has the whole mean weight in its noise: the spread of predictions is |μ|, whatever σ.
# Guess: Flipout (Wen et al. 2018) changes correlations within a batch, not the distribution of one prediction: x W + b with W ~ N(μ, σ²) has variance Σ x² σ² + σ_b².
# Seen: output = x μ + b_μ + r ∘ ((x ∘ s) W + b), s and r random signs, W the sampled weight. The paper has the perturbation W − μ there; the layer's forward, called for it,
#       returns mean and perturbation. The variance gets Σ x² μ² + b_μ² on top. The mean of many predictions is right.
# Why it matters: uncertainty from mfvi_forward is noise of random signs, over a hundred times too wide at the library's initial σ, and training with it cannot reach a small loss.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps blitz-bayesian-pytorch==0.2.8
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from blitz.modules import BayesianLinear
from blitz.utils import Flipout

torch.manual_seed(0)
x = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
DRAWS = 20000
print(f'BLiTZ {version("blitz-bayesian-pytorch")}, torch {torch.__version__}; one layer, one input, {DRAWS} predictions: mean ± standard deviation')
print('rho      closed form           plain layer           with Flipout          with the mean in the noise')
holds = True
for rho in (-7.0, -5.0, -4.0):
    plain = BayesianLinear(4, 1, posterior_rho_init=rho)
    flipout = Flipout(BayesianLinear)(4, 1, posterior_rho_init=rho)
    flipout.load_state_dict(plain.state_dict())
    mu, bias = plain.weight_mu.detach(), plain.bias_mu.detach()
    sigma, sigma_of_bias = plain.weight_rho.detach().exp().log1p(), plain.bias_rho.detach().exp().log1p()
    mean = float(x @ mu.T + bias)
    deviation = float(((x * sigma) ** 2).sum() + (sigma_of_bias**2).sum()) ** 0.5
    with_mean = (deviation**2 + float(((x * mu) ** 2).sum() + (bias**2).sum())) ** 0.5
    cells, seen = [], []
    with torch.no_grad():
        for layer in (plain, flipout):
            draws = torch.cat([layer(x) for _ in range(DRAWS)])
            seen.append(float(draws.std()))
            cells.append(f'{float(draws.mean()):8.4f} ± {seen[-1]:.4f}')
            holds &= abs(float(draws.mean()) - mean) < 5 * seen[-1] / DRAWS**0.5
    print(f'{rho:4.0f} {mean:12.4f} ± {deviation:.4f}   {cells[0]:20s}  {cells[1]:20s}  ± {with_mean:.4f}')
    holds &= abs(seen[0] / deviation - 1) < 0.03 and abs(seen[1] / with_mean - 1) < 0.03 and with_mean > 1.5 * deviation
sys.exit(0 if holds else 1)
PYTHON
