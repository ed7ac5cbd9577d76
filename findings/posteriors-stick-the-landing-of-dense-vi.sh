#!/usr/bin/env bash
# posteriors: the option stl of dense variational inference does not reach the mean: its gradient is as noisy as without, while vi.diag with the same option has none of that noise.
# Guess: stl=True (the default; Roeder et al. 2017) takes the distribution's parameters in log q as constants. Where q is the exact posterior, log p − log q is constant in θ, so
#        every sampled gradient is zero: the estimator sticks.
# Seen: in vi.dense the detached mean is not kept: mean_flat.detach() stands alone and the old, attached one goes into log q. The covariance is detached. The mean's gradient keeps
#       the score Σ⁻¹(θ − μ), of expectation zero: right on average, with the variance the option is there to remove.
# Why it matters: comparing dense with diagonal variational inference compares two estimators; with step sizes that suit one, the other's mean does not settle.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 posteriors==0.1.3 torchopt==0.7.3 optree==0.20.0 tensordict==0.15.3
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from posteriors.utils import L_to_flat
from posteriors.vi import dense, diag

torch.set_default_dtype(torch.float64)
MEAN, SD = torch.tensor([0.3, -1.0]), torch.tensor([0.5, 2.0])
DRAWS = 2000


def log_posterior(params, batch):
    return -0.5 * (((params - MEAN) / SD) ** 2).sum(), torch.tensor([])


def gradients(family, stl):
    """Sampled gradients with respect to mean and scale at q = the posterior itself."""
    torch.manual_seed(0)
    scale = SD.clone() if family is diag else L_to_flat(torch.diag(SD))
    found = []
    for _ in range(DRAWS):
        mean, s = MEAN.clone().requires_grad_(), scale.clone().requires_grad_()
        found.append(torch.cat(torch.autograd.grad(family.nelbo(mean, s, None, log_posterior, stl=stl)[0], (mean, s))))
    return torch.stack(found)


print(f'posteriors {version("posteriors")}, torch {torch.__version__}; q = posterior = N(μ, diag(0.5², 2²)), {DRAWS} sampled gradients of the negative ELBO')
print('family     stl     standard deviation of the mean\'s gradient    of the scale\'s')
holds = True
for family, name in ((diag, 'vi.diag'), (dense, 'vi.dense')):
    for stl in (True, False):
        deviation = gradients(family, stl).std(0)
        of_mean, of_scale = deviation[:2], deviation[2:]
        print(f'{name:9s}  {stl!s:6s}{of_mean[0]:23.4f} {of_mean[1]:8.4f} {float(of_scale.max()):24.4f}')
        if stl:
            holds &= float(of_scale.max()) < 1e-10
            # The score has the standard deviation 1/σ in each direction.
            holds &= float((of_mean * SD - (1 if family is dense else 0)).abs().max()) < 0.05
print('expected with stl: 0 everywhere; standard deviation of the score left in: 1/0.5 = 2 and 1/2 = 0.5')
sys.exit(0 if holds else 1)
PYTHON
