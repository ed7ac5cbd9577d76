"""dattri 0.3: the explicit inverse over one and over several mini-batches, and EK-FAC. Its scores are [train, query]."""
import torch
from dattri.algorithm.influence_function import IFAttributorEKFAC, IFAttributorExplicit
from dattri.task import AttributionTask
from networks import DAMPING
from torch import nn
from torch.func import functional_call, hessian
from torch.utils.data import DataLoader, TensorDataset
from with_torch import mean_loss


def loader(data, size):
    return DataLoader(TensorDataset(*data), batch_size=size, shuffle=False)


def rotated(model, inputs, gradients, right_hand_sides):
    """EK-FAC as dattri computes it: rows of Q for its columns, and [weight, bias] re-cut as if it were [out, in + 1]."""
    activations, at, count = inputs, 0, len(inputs)
    solved = torch.zeros_like(right_hand_sides)
    for layer, after in ((model[0], model[1]), (model[2], None)):
        outputs, size_in = layer.weight.shape
        size = outputs * (size_in + 1)
        joined = torch.cat([activations, torch.ones(count, 1)], 1)
        g = gradients[:, at + outputs * size_in : at + size]
        left = torch.linalg.eigh(g.T @ g / count, UPLO='U')[1].T
        right = torch.linalg.eigh(joined.T @ joined / count, UPLO='U')[1].T
        rows = g.unsqueeze(2) * joined.unsqueeze(1)
        eigenvalues = (left.T @ rows @ right).pow(2).mean(0)
        cut = right_hand_sides[:, at : at + size].reshape(-1, outputs, size_in + 1)
        solved[:, at : at + size] = (left @ ((left.T @ cut @ right) / (eigenvalues + DAMPING)) @ right.T).flatten(1)
        activations = after(layer(activations)).detach() if after else None
        at += size
    return solved


def results(model, train, query, batches, gradients, query_gradients, **_):
    def loss(parameters, data):
        return nn.functional.cross_entropy(functional_call(model, parameters, (data[0],)), data[1])

    def target(parameters, data):
        return loss(parameters, data)

    def explicit(size):
        task = AttributionTask(loss_func=loss, model=model, checkpoints=model.state_dict())
        attributor = IFAttributorExplicit(task, regularization=DAMPING)
        attributor.cache(loader(train, size))
        return attributor.attribute(loader(train, len(train[0])), loader(query, len(query[0]))).T

    torch.set_default_dtype(torch.float64)  # dattri makes its identity matrices and results in the default type
    try:
        yield 'dattri.explicit', explicit(len(train[0]))
        yield 'dattri.explicit.batches', explicit(16)
        solved = 0
        for batch in batches:
            value, flat = mean_loss(model, batch, nn.functional.cross_entropy)
            solved = solved + torch.linalg.solve(hessian(value)(flat) + DAMPING * torch.eye(len(flat)), query_gradients.T)
        yield 'dattri.explicit.batches.formula', solved.T @ gradients.T
        task = AttributionTask(loss_func=loss, model=model, checkpoints=model.state_dict(), target_func=target)
        attributor = IFAttributorEKFAC(task, damping=DAMPING)
        attributor.cache(loader(train, len(train[0])))
        scores = attributor.attribute(loader(train, len(train[0])), loader(query, len(query[0]))).T
        yield 'dattri.ekfac', scores
        yield 'dattri.ekfac.formula', rotated(model, train[0], gradients, query_gradients) @ gradients.T
    finally:
        torch.set_default_dtype(torch.float32)
