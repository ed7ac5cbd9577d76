#!/usr/bin/env bash
# torchbnn: the KL divergence "of the last layer only" is that of its bias alone, and it is a sum whatever the reduction.
# Guess: BKLLoss(last_layer_only=True) is the KL divergence of the last layer, weight and bias, and reduction="mean" divides it by their number.
# Seen: one variable holds the divergence of the weight and then that of the bias; what it holds last is returned, before the reduction is looked at: 16 for 79 here. Without a bias
#       it is the weight's. All layers together are right.
# Why it matters: with the option the weights of the layer feel no prior at all, and their deviations are free to shrink: a deterministic layer by the name of a Bayesian one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torchbnn==1.2
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
import torchbnn as bnn
from torch.distributions import Normal, kl_divergence

PRIOR = 0.1


def layer(inputs, outputs):
    return bnn.BayesLinear(prior_mu=0, prior_sigma=PRIOR, in_features=inputs, out_features=outputs)


def parts(l):
    of = lambda mu, log_sigma: float(kl_divergence(Normal(mu, log_sigma.exp()), Normal(0.0, PRIOR)).sum())
    return of(l.weight_mu, l.weight_log_sigma), of(l.bias_mu, l.bias_log_sigma)


torch.manual_seed(0)
net = torch.nn.Sequential(layer(5, 4), torch.nn.ReLU(), layer(4, 3))
first, last = parts(net[0]), parts(net[2])
got = {(r, only): float(bnn.BKLLoss(reduction=r, last_layer_only=only)(net)) for r in ('sum', 'mean') for only in (False, True)}
print(f'torchbnn {version("torchbnn")}; last layer by torch.distributions: weight {last[0]:.3f}, bias {last[1]:.3f}')
print(f'all layers: {got["sum", False]:.3f}, expected {sum(first) + sum(last):.3f}')
print(f'last layer: sum {got["sum", True]:.3f}, expected {sum(last):.3f}; mean {got["mean", True]:.3f}, expected {sum(last) / 15:.3f}')

net.zero_grad()
bnn.BKLLoss(reduction='sum', last_layer_only=True)(net).sum().backward()
print(f'gradient for the last weight: {net[2].weight_mu.grad}; for the bias {net[2].bias_mu.grad}')
holds = abs(got['sum', False] - sum(first) - sum(last)) < 1e-3
holds &= abs(got['sum', True] - last[1]) < 1e-4 and abs(got['mean', True] - last[1]) < 1e-4 and last[0] > 3 * last[1]
holds &= net[2].weight_mu.grad is None and net[2].bias_mu.grad is not None
sys.exit(0 if holds else 1)
PYTHON
