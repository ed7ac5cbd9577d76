"""pyDVL 0.10: the exact Hessian, and two modes whose matrices are not what their names say."""
import torch
import networks
from networks import DAMPING
from pydvl.influence.torch import DirectInfluence, EkfacInfluence
from pydvl.influence.torch.operator import GaussNewtonOperator, HessianOperator
from torch import nn
from torch.func import hessian
from torch.utils.data import DataLoader, TensorDataset
from with_torch import mean_loss


def pseudo_gradients(model, inputs):
    """Per example the gradient of Σ_c √p_c log p_c with √p_c held constant: one vector for all classes."""
    logits = model(inputs)
    probabilities = logits.softmax(1)
    values = (probabilities.detach().sqrt() * probabilities.log()).sum(1)
    return networks.gradients(model, values)


def kronecker(model, inputs, rows, corrected, right_hand_sides):
    """(Kronecker approximation of rowsᵀrows/N + λI)⁻¹ applied, layer by layer, weight with bias."""
    activations, at, count = inputs, 0, len(inputs)
    solved = torch.zeros_like(right_hand_sides)
    for layer, after in ((model[0], model[1]), (model[2], None)):
        outputs, size_in = layer.weight.shape
        size = outputs * (size_in + 1)
        split = outputs * size_in

        def block(matrix):
            part = matrix[:, at : at + size]
            return torch.cat([part[:, :split].view(-1, outputs, size_in), part[:, split:].unsqueeze(2)], 2)

        v, b = block(rows), block(right_hand_sides)
        joined = torch.cat([activations, torch.ones(count, 1, dtype=torch.float64)], 1)
        g = v[:, :, -1]
        sigma_g, left = torch.linalg.eigh(g.T @ g / count)
        sigma_a, right = torch.linalg.eigh(joined.T @ joined / count)
        eigenvalues = (left.T @ v @ right).pow(2).mean(0) if corrected else torch.outer(sigma_g, sigma_a)
        x = left @ ((left.T @ b @ right) / (eigenvalues + DAMPING)) @ right.T
        solved[:, at : at + size] = torch.cat([x[:, :, :-1].flatten(1), x[:, :, -1]], 1)
        activations = after(layer(activations)).detach() if after else None
        at += size
    return solved


def results(**problem):
    torch.set_default_dtype(torch.float64)  # its EK-FAC makes a column of ones in the default type
    try:
        yield from _results(**problem)
    finally:
        torch.set_default_dtype(torch.float32)


def _results(model, train, query, batches, gradients, query_gradients, **_):
    loader = DataLoader(TensorDataset(*train), batch_size=16)
    loss = nn.functional.cross_entropy
    direct = DirectInfluence(model, loss, regularization=DAMPING).fit(loader)
    yield 'pydvl.direct', direct.influences(*query, *train)
    for kind, corrected in (('kfac', False), ('ekfac', True)):
        fitted = EkfacInfluence(model, update_diagonal=corrected, hessian_regularization=DAMPING).fit(loader)
        yield f'pydvl.{kind}', fitted.influences(*query, *train)
        rows = pseudo_gradients(model, train[0])
        yield f'pydvl.{kind}.formula', kronecker(model, train[0], rows, corrected, query_gradients) @ gradients.T
    size = gradients.shape[1]
    vectors = torch.randn(size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    parts = gradients.split(16)
    products = [part.T @ (part @ vectors) / len(part) for part in parts]
    yield 'pydvl.gauss-newton', GaussNewtonOperator(model, loss, loader).apply(vectors)
    yield 'pydvl.gauss-newton.formula', (products[0] + size * sum(products[1:])) / (len(parts) * size)
    yield 'pydvl.gauss-newton.right', gradients.T @ (gradients @ vectors) / len(gradients)
    matrices = []
    for batch in batches:
        value, flat = mean_loss(model, batch, loss)
        matrices.append(hessian(value)(flat))
    value, flat = mean_loss(model, train, loss)
    yield 'pydvl.hessian-product', HessianOperator(model, loss, loader).apply(vectors)
    yield 'pydvl.hessian-product.formula', sum(m @ vectors for m in matrices) / len(matrices)
    yield 'pydvl.hessian-product.right', hessian(value)(flat) @ vectors
