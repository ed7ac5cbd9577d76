#!/usr/bin/env bash
# Opacus, BackPACK, nngeometry and kronfluence: a convolution with padding_mode="circular", "reflect" or "replicate" is differentiated as if it padded with zeros.
# Guess: per-example gradients add up to the batch's gradient, which PyTorch has beside them, and a score by strategy "identity" is a product of such gradients.
# Seen: each library cuts the patches of the stored input itself, padding it with zeros, and does not look at padding_mode. The forward pass, the loss and p.grad stay right,
#       so training shows nothing. Per-example gradients are off by 0.5 to 0.8 of their largest entry here, scores by 0.3; padding_mode="zeros" is exact in all four. Nothing warns.
# Why it matters: circular padding is what periodic signals and panoramas use, reflection what image models use; influence scores, clipping norms and Fisher matrices are then of another network.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 opacus==1.6.0 backpack-for-pytorch==1.7.1 nngeometry==0.4 kronfluence==1.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sys
from copy import deepcopy
from importlib.metadata import version

import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from nngeometry.metrics import FIM
from nngeometry.object import PMatDense
from opacus import GradSampleModule
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.disable(logging.CRITICAL)
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x, y = torch.randn(8, 2, 6, 6), torch.randint(0, 3, (8,))
data = TensorDataset(x, y)
far = lambda a, b: float((a - b).abs().max() / b.abs().max())


class Classification(Task):
    def compute_train_loss(self, batch, model, sample=False):
        return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction='sum')

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


def differences(mode):
    net = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, padding_mode=mode), nn.Tanh(), nn.Flatten(), nn.Linear(144, 3))
    weight, loss = net[0].weight, nn.CrossEntropyLoss(reduction='sum')
    truth = torch.stack([torch.autograd.grad(loss(net(x[i:i + 1]), y[i:i + 1]), weight)[0] for i in range(8)])
    opacus = GradSampleModule(deepcopy(net), loss_reduction='sum')
    loss(opacus(x), y).backward()
    packed = extend(deepcopy(net))
    with backpack(BatchGrad()):
        extend(loss)(packed(x), y).backward()
    # The trace of nngeometry's Fisher of a regression: mean over examples of the squared gradients of all outputs.
    jacobian = torch.stack([torch.cat([g.reshape(-1) for g in torch.autograd.grad(net(x[i:i + 1])[0, c], net.parameters())]) for i in range(8) for c in range(3)])
    fisher = FIM(model=net, loader=DataLoader(data, 8), representation=PMatDense, variant='regression').to_torch().detach()
    # kronfluence's scores of the convolution's weight and bias, without curvature.
    grads = [torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss(net(x[i:i + 1]), y[i:i + 1]), net[0].parameters())]) for i in range(8)]
    task = Classification()
    analyzer = Analyzer(mode, prepare_model(deepcopy(net), task), task, cpu=True, disable_tqdm=True, output_dir='.')
    types = {f'{stage}_dtype': torch.float64 for stage in ('per_sample_gradient', 'precondition', 'score')}
    analyzer.fit_all_factors('f', data, per_device_batch_size=8, factor_args=FactorArguments(strategy='identity'))
    analyzer.compute_pairwise_scores('s', 'f', data, data, per_device_query_batch_size=8, per_device_train_batch_size=8, score_args=ScoreArguments(compute_per_module_scores=True, **types))
    scores, products = analyzer.load_pairwise_scores('s')['0'].double(), torch.stack(grads) @ torch.stack(grads).T
    return [far(next(opacus.parameters()).grad_sample, truth), far(packed[0].weight.grad_batch, truth), far(packed[0].weight.grad, truth.sum(0)),
            far(torch.linalg.eigvalsh(fisher)[-24:], torch.linalg.eigvalsh(jacobian.T @ jacobian / 8)[-24:]), far(scores, products)]


print(', '.join(f'{name} {version(name)}' for name in ('torch', 'opacus', 'backpack-for-pytorch', 'nngeometry', 'kronfluence')))
print('distance to autograd, relative to the largest entry (expected: below 1e-6)\n           Opacus grad_sample  BackPACK grad_batch  its p.grad  nngeometry Fisher\'s eigenvalues  kronfluence scores')
holds = True
for mode in ('zeros', 'circular', 'reflect', 'replicate'):
    seen = differences(mode)
    print(f'{mode:11s}{seen[0]:18.1e}{seen[1]:21.1e}{seen[2]:12.1e}{seen[3]:32.1e}{seen[4]:20.1e}')
    holds &= max(seen) < 1e-6 if mode == 'zeros' else seen[2] < 1e-12 and min(seen[:2] + seen[3:]) > 0.005
sys.exit(0 if holds else 1)
PYTHON
