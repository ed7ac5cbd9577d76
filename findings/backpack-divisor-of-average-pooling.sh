#!/usr/bin/env bash
# BackPACK: second-order quantities do not see divisor_override of average pooling; the gradient, in the same pass, does.
# Guess: with nn.AvgPool2d(2, divisor_override=1), a sum over the window, the diagonals of GGN and Hessian are those of the network with the sum.
# Seen: the pooling's Jacobian is a convolution with a kernel of ones divided by the number of its entries; divisor_override is not read. Below such a layer the diagonal is that of
#       the plain mean: (divisor / 4)² times the right one. Unusual options have a check, which asks for count_include_pad only.
# Why it matters: sums instead of means are how pooling over padded or masked windows is written; layers below get curvature of another network, layers above the right one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 einops==0.8.1 packaging==26.4
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps backpack-for-pytorch==1.7.1 unfoldNd==0.2.3
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from backpack import backpack, extend
from backpack.extensions import DiagGGNExact, DiagHessian
from torch import nn
from torch.func import functional_call, hessian, jacrev

torch.set_default_dtype(torch.float64)
x, y = torch.randn(5, 1, 6, 6, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 0, 1])
loss = nn.CrossEntropyLoss()


def model(divisor):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.AvgPool2d(2, divisor_override=divisor), nn.Flatten(), nn.Linear(8, 3))


def dense(net):
    """Diagonals of Jᵀ H J and of the Hessian, and the gradient, of convolution and linear layer."""
    params = {n: p.detach() for n, p in net.named_parameters()}
    z = net(x).detach()
    h = hessian(lambda t: loss(t, y))(z).reshape(z.numel(), z.numel())
    jacobians = jacrev(lambda p: functional_call(net, p, (x,)).reshape(-1))(params)
    found = {}
    for n in ('0.weight', '3.weight'):
        j, size = jacobians[n].flatten(1), params[n].numel()
        full = hessian(lambda t, n=n: loss(functional_call(net, {**params, n: t}, (x,)), y))(params[n]).reshape(size, size)
        found[n] = (torch.einsum('ap,ab,bp->p', j, h, j), full.diagonal())
    return found


print(f'BackPACK {version("backpack-for-pytorch")}, torch {torch.__version__}; convolution, pooling of 2 × 2, linear layer; BackPACK / dense, smallest and largest over a weight')
print('divisor    layer          p.grad                diagonal of the GGN    diagonal of the Hessian   (expected: 1)')
holds = True
for divisor in (None, 4, 3, 1):
    truth = dense(model(divisor))
    net = extend(model(divisor))
    with backpack(DiagGGNExact(), DiagHessian()):
        extend(nn.CrossEntropyLoss())(net(x), y).backward()
    plain = model(divisor)
    gradients = dict(zip((n for n, _ in plain.named_parameters()), torch.autograd.grad(loss(plain(x), y), list(plain.parameters()))))
    for name, layer in (('0.weight', 'convolution'), ('3.weight', 'linear')):
        p = dict(net.named_parameters())[name]
        ratios = [p.grad / gradients[name]] + [s.flatten() / t for s, t in zip((p.diag_ggn_exact, p.diag_h), truth[name])]
        print(f'{divisor!s:9s}  {layer:12s}' + ''.join(f'{float(r.min()):10.5f} to {float(r.max()):<9.5f}' for r in ratios))
        wanted = ((divisor or 4) / 4) ** 2 if layer == 'convolution' else 1
        holds &= all(float((r - w).abs().max()) < 1e-8 for r, w in zip(ratios, (1, wanted, wanted)))
sys.exit(0 if holds else 1)
PYTHON
