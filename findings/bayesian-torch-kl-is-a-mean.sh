#!/usr/bin/env bash
# Bayesian-Torch: the KL divergence of a layer is the mean over its weights plus the mean over its biases, and the prior's "variance" is its standard deviation.
# Guess: kl_loss() is KL(q ‖ p) of the layer, a sum over independent normals, as in the evidence lower bound; prior_variance=4 is N(0, 4), of standard deviation 2.
# Seen: the terms are averaged, tensor by tensor, so a layer of a million weights counts as much as one of ten, and a bias as much as its whole matrix. prior_variance is squared once
#       more. With prior_variance=1, the default, the second cannot be seen.
# Why it matters: the library's examples add kl / batch_size to the mean loss. With sums that would be a bound up to a constant; with means the prior is weakened by the number of
#       weights, differently in each layer, and posterior widths of two architectures cannot be compared.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 bayesian-torch==0.5.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from bayesian_torch.layers import LinearFlipout, LinearReparameterization
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import softplus


def expected(layer, deviation, reduce):
    prior = Normal(0.0, deviation)
    pairs = ((layer.mu_weight, layer.rho_weight), (layer.mu_bias, layer.rho_bias))
    return sum(float(reduce(kl_divergence(Normal(mu, softplus(rho)), prior))) for mu, rho in pairs)


print(f'bayesian-torch {version("bayesian-torch")}; KL by torch.distributions beside it')
holds = True
for kind in (LinearReparameterization, LinearFlipout):
    for variance in (1.0, 4.0):
        for inputs, outputs in ((5, 4), (50, 40)):
            torch.manual_seed(0)
            layer = kind(inputs, outputs, prior_mean=0, prior_variance=variance)
            got = float(layer.kl_loss())
            right = expected(layer, variance**0.5, torch.sum)
            means = {d: expected(layer, d, torch.mean) for d in (variance, variance**0.5)}
            print(f'{kind.__name__:25s} {inputs} × {outputs}, prior_variance {variance}: {got:.3f}   right {right:9.3f}   means with deviation {variance}: {means[variance]:.3f}')
            holds &= abs(got - means[variance]) < 1e-4 * got and right > 3 * got
            holds &= variance == 1 or abs(got - means[variance**0.5]) > 0.1
sys.exit(0 if holds else 1)
PYTHON
