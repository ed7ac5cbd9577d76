#!/usr/bin/env bash
# curvlinops: the exact ("type-2") K-FAC factors of a network that predicts every token are not what its own sampled ("mc") factors converge to.
# Guess: type-2 is the expectation that mc draws from, so the mean of many draws comes ever nearer to it.
# Seen: with one prediction per example it does. With a prediction per token the draws converge to the definition (each token's column back-propagated alone, squared,
#       summed), and type-2 stays away from both: it back-propagates column c of all tokens of an example at once and squares the sum, so products of different
#       tokens stay in, which no expectation holds. Expand is off where tokens mix (attention, a running mean), reduce always. Nothing warns.
# Why it matters: type-2 is chosen where exact numbers are wanted; language models are such networks.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 curvlinops-for-pytorch==3.0.1
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from curvlinops import KFACLinearOperator
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
N, D, C, DRAWS = 6, 3, 4, 4000


class Net(nn.Module):
    """A layer at every token, a running mean over the tokens, a layer at every token: logits [N, C, T], as nn.CrossEntropyLoss wants them."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(D, 5), nn.Linear(5, C)

    def forward(self, x):
        self.hidden = self.first(x)
        mixed = torch.tanh(self.hidden).cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]
        return self.last(mixed).transpose(1, 2)


def by_definition(net, x, kind):
    """1/(N T) of Σ over examples, predicted tokens and columns of √(diag p − p pᵀ) of the squared gradient at the first layer, one backward pass each."""
    total = 0
    for example in x:
        logits = net(example[None])[0].T
        p = logits.detach().softmax(1)
        for t in range(len(example)):
            root = torch.diag(p[t].sqrt()) - torch.outer(p[t], p[t].sqrt())
            for c in range(C):
                g = torch.autograd.grad(logits[t] @ root[:, c], net.hidden, retain_graph=True)[0][0]
                rows = g if kind == 'expand' else g.sum(0, keepdim=True)
                total = total + rows.T @ rows
    return total / (len(x) * x.shape[1])


def theirs(net, x, y, kind, fisher, draws=1, layer='first'):
    parameters = list(net.parameters())
    operator = KFACLinearOperator(net, nn.CrossEntropyLoss(), parameters, [(x, y)], fisher_type=fisher, mc_samples=draws, kfac_approx=kind,
                                  num_per_example_loss_terms=x.shape[1], check_deterministic=False)
    operator.compute_kronecker_factors()
    return operator._gradient_covariances[layer]


def behind_the_mixing(net, x):
    """The same factor of the last layer: 1/(N T) of Σ over predicted tokens of diag p − p pᵀ."""
    p = net(x).detach().softmax(1).transpose(1, 2).reshape(-1, C)
    return (torch.diag(p.sum(0)) - p.T @ p) / len(p)


far = lambda a, b: float((a - b).norm() / b.norm())
print(f'curvlinops {version("curvlinops-for-pytorch")}, torch {torch.__version__}; relative distance of the gradient factor of the first layer to its definition')
holds = True
for tokens in (1, 5):
    x, y = torch.randn(N, tokens, D), torch.randint(0, C, (N, tokens))
    for kind in ('expand', 'reduce'):
        net = Net()
        truth = by_definition(net, x, kind)
        exact, sampled = far(theirs(net, x, y, kind, 'type-2'), truth), far(theirs(net, x, y, kind, 'mc', DRAWS), truth)
        print(f'{tokens} token{"s" * (tokens > 1)}, {kind}: type-2 {exact:.1e}, mc with {DRAWS} draws {sampled:.1e}')
        if kind == 'expand':
            last = far(theirs(net, x, y, kind, 'type-2', layer='last'), behind_the_mixing(net, x))
            print(f'  last layer, behind the mixing: type-2 {last:.1e}')
            holds &= last < 1e-12
        holds &= sampled < 0.05 and (exact < 1e-12 if tokens == 1 else exact > 0.15)
sys.exit(0 if holds else 1)
PYTHON
