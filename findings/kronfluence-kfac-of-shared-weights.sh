#!/usr/bin/env bash
# kronfluence: with strategy "kfac", a layer that is used at T positions has a curvature that is T times too small.
# Guess: "kfac" and "ekfac" differ in the eigenvalues' detail; their traces, which are the mean squared norm of a gradient, agree.
# Seen: both factors are averaged over examples and positions, and nothing multiplies the T positions back. With tokens independent of one another, at the optimum, the trace of
#       the curvature is 1/T of the gradients' mean squared norm; EK-FAC, which squares whole gradients, has the right one. T = 1 agrees; no warning.
# Why it matters: convolutions and token layers weigh T times as much in a sum over layers as the head behind the pooling (T = 1), and a damping acts T times as strongly on
#       them: the layer with most positions decides the ranking. A comparison of "kfac" with "ekfac" measures this factor.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 kronfluence==1.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from torch import nn
from torch.utils.data import TensorDataset

torch.set_default_dtype(torch.float64)
EXAMPLES = 1000


class Squares(Task):
    def compute_train_loss(self, batch, model, sample=False):
        x, y = batch
        return (model(x) - y).square().sum() / 2

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


class Shared(nn.Module):
    """A layer at every one of T positions, one prediction each, and a layer that is used once."""

    def __init__(self):
        super().__init__()
        self.every, self.once = nn.Linear(3, 2, bias=False), nn.Linear(3, 2, bias=False)

        nn.init.zeros_(self.every.weight)  # the optimum: targets are noise
        nn.init.zeros_(self.once.weight)

    def forward(self, x):
        return torch.cat([self.every(x), self.once(x[:, 0])[:, None]], 1)


def traces(positions):
    """Trace of the curvature per layer: by autograd, of "ekfac" and of "kfac"."""
    torch.manual_seed(0)
    model = Shared()
    data = TensorDataset(torch.randn(EXAMPLES, positions, 3), torch.randn(EXAMPLES, positions + 1, 2))
    exact = {name: 0.0 for name in ('every', 'once')}
    for x, y in data:
        loss = (model(x[None]) - y).square().sum() / 2
        for name in exact:
            exact[name] += sum(float(g.square().sum()) for g in torch.autograd.grad(loss, getattr(model, name).parameters(), retain_graph=True)) / EXAMPLES
    task = Squares()
    analyzer = Analyzer(f'positions-{positions}', prepare_model(model, task), task, cpu=True, disable_tqdm=True, output_dir='.')
    types = {f'{stage}_dtype': torch.float64 for stage in ('activation_covariance', 'gradient_covariance', 'eigendecomposition', 'per_sample_gradient', 'lambda')}
    for strategy in ('kfac', 'ekfac'):
        analyzer.fit_all_factors(strategy, data, per_device_batch_size=500, factor_args=FactorArguments(strategy=strategy, use_empirical_fisher=True, **types))
    eigen, lambdas = analyzer.load_eigendecomposition('kfac'), analyzer.load_lambda_matrices('ekfac')
    kfac = {name: float(eigen['activation_eigenvalues'][name].sum() * eigen['gradient_eigenvalues'][name].sum()) for name in exact}
    ekfac = {name: float(lambdas['lambda_matrix'][name].sum() / lambdas['num_lambda_processed'][name]) for name in exact}
    return exact, ekfac, kfac


print(f'kronfluence {version("kronfluence")}, torch {torch.__version__}; trace of a layer\'s curvature over the mean squared norm of its gradients (expected: 1, for K-FAC about 1)')
holds = True
for positions in (1, 4, 16):
    exact, ekfac, kfac = traces(positions)
    for name in exact:
        uses = positions if name == 'every' else 1
        e, k = ekfac[name] / exact[name], kfac[name] / exact[name]
        print(f'T={positions:2d}  layer "{name}", used {uses:2d} times:  ekfac {e:.4f}   kfac {k:.4f}   kfac × uses {k * uses:.2f}')
        holds &= abs(e - 1) < 1e-9 and abs(k * uses - 1) < 0.1
sys.exit(0 if holds else 1)
PYTHON
