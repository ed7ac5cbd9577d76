#!/usr/bin/env bash
# nngeometry: the Fisher information of BatchNorm's weight is computed with eps = 1e-5, whatever the layer's eps.
# Guess: Jacobian and Fisher matrix are those of the network's function: a BatchNorm in eval mode multiplies by weight / √(running_var + eps) of its own eps.
# Seen: the input is normalized again by F.batch_norm without eps, which is 1e-5 by default there. The block of the weight is too large by (var + eps) / (var + 1e-5), blocks of
#       other layers are right, crossed ones off by the root. LayerNorm and GroupNorm do hand their eps on.
# Why it matters: EfficientNet, MobileNetV3, Inception and models from Keras have eps = 1e-3; channels with a small variance then get curvature up to a hundred times too large.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps nngeometry==0.4 einops==0.8.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from nngeometry.metrics import FIM
from nngeometry.object.pspace import PMatDense
from torch import nn
from torch.func import functional_call, jacrev
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
EXAMPLES = 12
x = torch.randn(EXAMPLES, 4, generator=torch.Generator().manual_seed(0))


def model(eps, variance):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5, eps=eps), nn.Tanh(), nn.Linear(5, 3)).eval()
    net[1].running_mean.normal_()
    net[1].running_var.fill_(variance)
    # Scaled inputs, as in a channel of that variance.
    net[0].weight.data *= variance**0.5
    net[0].bias.data *= variance**0.5
    net[1].running_mean *= variance**0.5
    return net


def closed_form(net):
    params = {n: p.detach() for n, p in net.named_parameters()}
    jacobians = jacrev(lambda p: functional_call(net, p, (x,)))(params)
    j = torch.cat([jacobians[n].reshape(EXAMPLES, 3, -1) for n in params], 2)
    p = net(x).detach().softmax(1)
    h = torch.diag_embed(p) - p[:, :, None] * p[:, None]
    return torch.einsum('nai,nab,nbj->ij', j, h, j) / EXAMPLES


print(f'nngeometry {version("nngeometry")}, torch {torch.__version__}; linear, BatchNorm (eval), tanh, linear; traces of blocks of the Fisher matrix, nngeometry / Jᵀ(diag p − p pᵀ)J')
print('eps      running_var    linear     BatchNorm weight   its bias    last linear    (var + eps) / (var + 1e-5)')
holds = True
blocks = [slice(0, 25), slice(25, 30), slice(30, 35), slice(35, 53)]
for eps, variance in ((1e-5, 1.0), (1e-5, 1e-4), (1e-3, 1.0), (1e-3, 1e-2), (1e-3, 1e-4)):
    net = model(eps, variance)
    seen = FIM(net, DataLoader(TensorDataset(x), batch_size=4), PMatDense, variant='classif_logits').to_torch()
    truth = closed_form(net)
    ratios = [float(seen[b, b].trace() / truth[b, b].trace()) for b in blocks]
    factor = (variance + eps) / (variance + 1e-5)
    print(f'{eps:7.0e} {variance:9.0e}  {ratios[0]:12.6f} {ratios[1]:14.6f} {ratios[2]:14.6f} {ratios[3]:13.6f} {factor:20.6f}')
    holds &= all(abs(r - w) < 1e-9 * w for r, w in zip(ratios, (1, factor, 1, 1)))
sys.exit(0 if holds else 1)
PYTHON
