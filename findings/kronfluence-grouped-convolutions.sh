#!/usr/bin/env bash
# kronfluence: scores through a convolution with groups are not products of its gradients, even without any curvature.
# Guess: strategy "identity" takes no approximation, so a score is the dot product of two gradients; EK-FAC and K-FAC would approximate their inverse curvature alone.
# Seen: nn.Conv2d with groups > 1 is accepted without a word. Its input is averaged over the groups before the patches are cut, for the gradients of single
#       examples too: with two groups or depthwise, "identity" scores are as far from autograd's as these are large (0.9), a third of them in sign. groups=1 is exact.
# Why it matters: depthwise convolutions are the body of MobileNet, EfficientNet and ConvNeXt; the documentation names Conv2d as supported.
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


class Classification(Task):
    def compute_train_loss(self, batch, model, sample=False):
        x, y = batch
        return nn.functional.cross_entropy(model(x), y, reduction='sum')

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


def products(model, queries, train):
    """Dot products of the gradients of the convolution's parameters, by autograd."""
    conv = list(model[0].parameters())

    def gradient(x, y):
        loss = nn.functional.cross_entropy(model(x[None]), y[None])
        return torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss, conv)])

    return torch.stack([gradient(*e) for e in queries]) @ torch.stack([gradient(*e) for e in train]).T


print(f'kronfluence {version("kronfluence")}, torch {torch.__version__}; scores of one convolution, strategy "identity", float64')
holds = True
for groups in (1, 2, 4):
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    model = nn.Sequential(nn.Conv2d(4, 4, 3, groups=groups), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    train = TensorDataset(torch.randn(12, 4, 6, 6), torch.randint(0, 3, (12,)))
    queries = TensorDataset(torch.randn(5, 4, 6, 6), torch.randint(0, 3, (5,)))
    truth = products(model, queries, train)
    task = Classification()
    analyzer = Analyzer(f'groups-{groups}', prepare_model(model, task), task, cpu=True, disable_tqdm=True, output_dir='.')
    types = {f'{stage}_dtype': torch.float64 for stage in ('per_sample_gradient', 'precondition', 'score')}
    analyzer.fit_all_factors('factors', train, per_device_batch_size=12, factor_args=FactorArguments(strategy='identity'))
    analyzer.compute_pairwise_scores('scores', 'factors', queries, train, per_device_query_batch_size=5, per_device_train_batch_size=12,
                                     score_args=ScoreArguments(compute_per_module_scores=True, **types))
    seen = analyzer.load_pairwise_scores('scores')['0'].to(torch.float64)
    far = float((seen - truth).norm() / truth.norm())
    turned = int((seen.sign() != truth.sign()).sum())
    print(f'groups={groups}: relative distance to autograd {far:.1e}; {turned} of {truth.numel()} scores with another sign')
    holds &= far < 1e-6 if groups == 1 else far > 0.1
sys.exit(0 if holds else 1)
PYTHON
