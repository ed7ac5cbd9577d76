#!/usr/bin/env bash
# laplace-torch: for regression the empirical Fisher is twice what it should be, in every backend and structure; the GGN beside it is right.
# Guess: with noise of variance 1 the log-likelihood of an example is −½(u − y)², its gradient r J with r = u − y, the empirical Fisher Σ r² JᵀJ. With y of the model's own
#       distribution it and the GGN, Σ JᵀJ, have one expectation.
# Seen: gradients are taken of (u − y)² without the half, and the outer products, four times too large, are halved once, as a loss is: 2 Σ r² JᵀJ. Full, diagonal and
#       Kronecker-factored, curvlinops' and BackPACK's: all are doubled. For classification all are exact.
# Why it matters: "EF" and "GGN" are one word apart. The posterior's variance is halved, the marginal likelihood moves, and a prior tuned on it with it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 curvlinops-for-pytorch==3.0.1 torchmetrics==1.9.0 opt-einsum==3.4.0 unfoldNd==0.2.3
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps laplace-torch==0.3 backpack-for-pytorch==1.7.1 asdfghjkl==0.1a4
# Nothing here needs it, and its wheel may be of another build than that of torch.
"$work/venv/bin/python" -m pip uninstall --quiet --yes torchvision
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from laplace import Laplace
from laplace.curvature import BackPackEF, CurvlinopsEF, CurvlinopsGGN
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
EXAMPLES = 2000
x = torch.randn(EXAMPLES, 3)


def expected(likelihood, y, model):
    """Sums over the examples of the outer products of residuals and Jacobians, in closed form: [empirical Fisher, GGN] of u = W x."""
    u = model(x).detach()
    if likelihood == 'regression':
        r, h = u - y, torch.eye(2).expand(EXAMPLES, 2, 2)
    else:
        p = u.softmax(-1)
        r, h = p - nn.functional.one_hot(y, 2), torch.diag_embed(p) - p[:, :, None] * p[:, None]
    g = torch.einsum('ni,nj->nij', r, x).flatten(1)
    return g.T @ g, torch.einsum('nij,nk,nl->ikjl', h, x, x).reshape(6, 6)


print(f'laplace-torch {version("laplace-torch")}, torch {torch.__version__}, curvlinops {version("curvlinops-for-pytorch")}, backpack {version("backpack-for-pytorch")}; '
      f'one linear layer, targets drawn from the model')
holds = True
for likelihood in ('classification', 'regression'):
    model = nn.Linear(3, 2, bias=False)
    u = model(x).detach()
    y = torch.multinomial(u.softmax(-1), 1).flatten() if likelihood == 'classification' else u + torch.randn(EXAMPLES, 2)
    fisher, ggn = expected(likelihood, y, model)
    print(f'{likelihood}: traces of the empirical Fisher and of the GGN in closed form {float(fisher.trace()):.0f}, {float(ggn.trace()):.0f}')
    for backend, structure in ((CurvlinopsGGN, 'full'), (CurvlinopsEF, 'full'), (CurvlinopsEF, 'diag'), (CurvlinopsEF, 'kron'), (BackPackEF, 'full'), (BackPackEF, 'diag')):
        la = Laplace(model, likelihood, subset_of_weights='all', hessian_structure=structure, backend=backend)
        la.fit(DataLoader(TensorDataset(x, y), batch_size=500))
        truth = ggn if backend is CurvlinopsGGN else fisher
        seen = la.H_facs.to_matrix() if structure == 'kron' else la.H
        trace = float(seen.sum() if structure == 'diag' else seen.trace())
        ratio = trace / float(truth.trace())
        want = 2 if likelihood == 'regression' and backend is not CurvlinopsGGN else 1
        print(f'  {backend.__name__:14s} {structure:5s} trace {trace:7.0f}, {ratio:.4f} of the expected')
        holds &= abs(ratio - want) < (0.15 if structure == 'kron' else 1e-6)
sys.exit(0 if holds else 1)
PYTHON
