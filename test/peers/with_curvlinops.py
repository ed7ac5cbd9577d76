"""curvlinops 3.0.1: dense matrices of its operators, and scores by its inverses."""
import torch
from curvlinops import (
    EFLinearOperator,
    EKFACLinearOperator,
    FisherType,
    GGNLinearOperator,
    HessianLinearOperator,
    KFACInverseLinearOperator,
    KFACLinearOperator,
)
from networks import DAMPING
from torch import nn


def dense(operator):
    return operator @ torch.eye(operator.shape[1], dtype=torch.float64)


def results(model, batches, gradients, query_gradients, regression, data_batches, **_):
    parameters, loss = list(model.parameters()), nn.CrossEntropyLoss()
    mse, weights = nn.MSELoss(), list(regression.parameters())
    yield 'curvlinops.hessian', dense(HessianLinearOperator(model, loss, parameters, batches))
    yield 'curvlinops.ggn', dense(GGNLinearOperator(model, loss, parameters, batches))
    yield 'curvlinops.empirical', dense(EFLinearOperator(model, loss, parameters, batches))
    yield 'curvlinops.ggn.mse', dense(GGNLinearOperator(regression, mse, weights, data_batches))
    yield 'curvlinops.empirical.mse', dense(EFLinearOperator(regression, mse, weights, data_batches))

    is_bias = torch.cat([torch.full((p.numel(),), p.ndim == 1) for p in parameters])

    def scores(inverse, bias_scale=1.0):
        solved = inverse @ gradients.T.contiguous()
        return query_gradients @ (solved * (1 + (bias_scale - 1) * is_bias.to(solved))[:, None])

    for kind, operator in (('kfac', KFACLinearOperator), ('ekfac', EKFACLinearOperator)):
        for partition in ('tensor', 'layer'):
            options = {'fisher_type': FisherType.TYPE2, 'separate_weight_and_bias': partition == 'tensor'}
            matrix = operator(model, loss, parameters, batches, **options)
            yield f'curvlinops.{kind}.{partition}', dense(matrix)
            inverse = KFACInverseLinearOperator(matrix, damping=DAMPING, use_exact_damping=True)
            yield f'curvlinops.scores.{kind}.{partition}', scores(inverse)
            if kind == 'kfac':
                # A bias apart has the factor G alone here; ours has the input's 1 beside it, damped to 1 + λ.
                scale = 1 / (1 + DAMPING) if partition == 'tensor' else 1.0
                default = KFACInverseLinearOperator(matrix, damping=DAMPING)
                yield f'curvlinops.scores.{kind}.{partition}.factors', scores(default, scale)
                if partition == 'layer':
                    pi = KFACInverseLinearOperator(matrix, damping=DAMPING, use_heuristic_damping=True, min_damping=0.0)
                    yield f'curvlinops.scores.{kind}.{partition}.pi', scores(pi)
