"""Golden values of losses, gradients, curvature matrices and influence scores of small dense networks.

    python3 test/reference/curvature.py        # writes test/reference/curvature/*.json

Two computations that share no code: NumPy with hand-written forward and backward passes, and PyTorch with automatic
differentiation. The Hessian of the first is a complex step of its gradient; that of the second is torch.func.hessian.
The script stops when the two disagree; the largest disagreement is recorded in each file.

Everything is in PyTorch's parameter order: layer by layer, weight [out, in] row-major, then bias.
"""
import numpy as np
import scipy
import scipy.special
import torch

from common import lower, write

COMMAND = 'python3 test/reference/curvature.py'
EPS, DAMPING = 1e-4, 0.01

# Networks -------------------------------------------------------------------------------------------------------------

CASES = {
    # name: sizes, activation, loss, training examples, classes that occur, seed
    'softmax-regression': dict(sizes=[4, 3], activation='identity', loss='cross-entropy', n=9, seed=1),
    'tanh-depth-1': dict(sizes=[5, 4, 3], activation='tanh', loss='cross-entropy', n=11, seed=2),
    'tanh-depth-2-missing-class': dict(sizes=[4, 4, 3, 4], activation='tanh', loss='cross-entropy', n=13, classes=[0, 1, 3], seed=3),
    'relu-depth-2': dict(sizes=[4, 4, 4, 3], activation='relu', loss='cross-entropy', n=17, seed=4),
    'gelu-depth-3': dict(sizes=[2, 3, 3, 3, 3], activation='gelu', loss='cross-entropy', n=12, seed=5),
    'sigmoid-one-example': dict(sizes=[3, 4, 3], activation='sigmoid', loss='cross-entropy', n=1, seed=6),
    'tanh-regression-depth-2': dict(sizes=[3, 4, 3, 2], activation='tanh', loss='squared-error', n=10, seed=7),
    'linear-regression-depth-1': dict(sizes=[4, 3, 2], activation='identity', loss='squared-error', n=8, seed=8),
    'relu-regression-depth-1': dict(sizes=[4, 5, 2], activation='relu', loss='squared-error', n=14, seed=9),
}


def draw(case):
    """Parameters, training and query examples. Nothing is special about the distributions."""
    rng = np.random.default_rng(case['seed'])
    sizes, n = case['sizes'], case['n']
    theta = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        theta += [rng.normal(size=(fan_out, fan_in)) * 1.5 / np.sqrt(fan_in), rng.normal(size=fan_out) * 0.3]

    def examples(count):
        x = rng.normal(size=(count, sizes[0]))
        if case['loss'] == 'squared-error':
            return x, rng.normal(size=(count, sizes[-1]))
        return x, rng.choice(case.get('classes', list(range(sizes[-1]))), size=count)

    return np.concatenate([t.ravel() for t in theta]), examples(n), examples(3)


# First computation: NumPy, by hand -----------------------------------------------------------------------------------

def gelu_slope(s):
    return 0.5 * (1 + scipy.special.erf(s / np.sqrt(2))) + s * np.exp(-s * s / 2) / np.sqrt(2 * np.pi)


ACTIVATION = {  # value and slope; analytic in s, so that complex steps work (relu: away from 0)
    'identity': (lambda s: s, lambda s: np.ones_like(s)),
    'tanh': (np.tanh, lambda s: 1 - np.tanh(s) ** 2),
    'relu': (lambda s: np.where(s.real > 0, s, 0), lambda s: np.where(s.real > 0, 1.0, 0.0) + 0 * s),
    'gelu': (lambda s: s * 0.5 * (1 + scipy.special.erf(s / np.sqrt(2))), gelu_slope),
    'sigmoid': (lambda s: 1 / (1 + np.exp(-s)), lambda s: np.exp(-s) / (1 + np.exp(-s)) ** 2),
}


def unpack(case, theta):
    out, at = [], 0
    for fan_in, fan_out in zip(case['sizes'], case['sizes'][1:]):
        w = theta[at:at + fan_in * fan_out].reshape(fan_out, fan_in)
        at += fan_in * fan_out
        out.append((w, theta[at:at + fan_out]))
        at += fan_out
    return out


def forward(case, theta, x):
    """Inputs a_{l−1} and pre-activations s_l of every layer; the last s are the logits."""
    value, _ = ACTIVATION[case['activation']]
    inputs, pre, a = [], [], x
    for w, b in unpack(case, theta):
        inputs.append(a)
        pre.append(a @ w.T + b)
        a = value(pre[-1])
    return inputs, pre


def backward(case, theta, pre, cotangent):
    """δ_l = ∂/∂s_l for a cotangent of the logits, [n, out] per layer."""
    _, slope = ACTIVATION[case['activation']]
    deltas = [cotangent]
    for layer, s in reversed(list(zip(unpack(case, theta)[1:], pre[:-1]))):
        deltas.insert(0, (deltas[0] @ layer[0]) * slope(s))
    return deltas


def parameter_gradients(inputs, deltas):
    """[n, D], PyTorch order."""
    parts = []
    for a, d in zip(inputs, deltas):
        parts += [np.einsum('nr,nc->nrc', d, a).reshape(len(a), -1), d]
    return np.concatenate(parts, axis=1)


def softmax(u):
    e = np.exp(u - u.real.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def one_hot(case, y):
    return np.eye(case['sizes'][-1])[y]


def example_losses(case, u, y):
    if case['loss'] == 'squared-error':
        return 0.5 * ((u - y) ** 2).sum(axis=1)
    return -np.log(softmax(u)[np.arange(len(y)), y])


def loss_cotangent(case, u, y):
    return u - y if case['loss'] == 'squared-error' else softmax(u) - one_hot(case, y)


def numpy_gradients(case, theta, x, y):
    inputs, pre = forward(case, theta, x)
    return parameter_gradients(inputs, backward(case, theta, pre, loss_cotangent(case, pre[-1], y)))


def numpy_margins(case, theta, x, y):
    """m = log p_y − log(1 − p_y) per example and its gradient: ∂m/∂u = (e_y − p)/(1 − p_y)."""
    inputs, pre = forward(case, theta, x)
    p = softmax(pre[-1])
    p_y = p[np.arange(len(y)), y]
    cotangent = (one_hot(case, y) - p) / (1 - p_y)[:, None]
    return np.log(p_y) - np.log1p(-p_y), parameter_gradients(inputs, backward(case, theta, pre, cotangent))


def numpy_hessian(case, theta, x, y, h=1e-30):
    columns = []
    for j in range(len(theta)):
        step = theta.astype(complex)
        step[j] += 1j * h
        columns.append(numpy_gradients(case, step, x, y).mean(axis=0).imag / h)
    return np.array(columns)


def output_draws(case, theta, x, y, fisher):
    """Weighted cotangents of the logits whose outer products average to the output curvature.

    type-2: the exact expectation over the model's labels (classification: p − e_c with weight p_c; squared error:
    unit-variance Gaussian, one unit vector per output). empirical: the labels of the data.
    """
    u = forward(case, theta, x)[1][-1]
    if fisher == 'empirical':
        return [(np.ones(len(x)), loss_cotangent(case, u, y))]
    outputs = np.eye(case['sizes'][-1])
    if case['loss'] == 'squared-error':
        return [(np.ones(len(x)), np.tile(e, (len(x), 1))) for e in outputs]
    p = softmax(u)
    return [(p[:, c], p - outputs[c]) for c in range(len(outputs))]


def kronecker_factors(case, theta, x, y, fisher):
    """Per layer A = E[ā āᵀ], ā = [a, 1], and G = E[δ δᵀ]; with the per-draw deltas for the eigenvalue correction."""
    inputs, pre = forward(case, theta, x)
    extended = [np.hstack([a, np.ones((len(a), 1))]) for a in inputs]
    draws = [(weight, backward(case, theta, pre, cotangent)) for weight, cotangent in output_draws(case, theta, x, y, fisher)]
    n = len(x)
    factor_a = [a.T @ a / n for a in extended]
    factor_g = [sum((weight[:, None] * deltas[l]).T @ deltas[l] for weight, deltas in draws) / n for l in range(len(inputs))]
    return extended, draws, factor_a, factor_g


def dense_fisher(case, theta, x, y, fisher):
    inputs, pre = forward(case, theta, x)
    total = 0
    for weight, cotangent in output_draws(case, theta, x, y, fisher):
        g = parameter_gradients(inputs, backward(case, theta, pre, cotangent))
        total = total + (weight[:, None] * g).T @ g
    return total / len(x)


def well_separated(factor):
    """Smallest gap between eigenvalues that are not zero, relative to the largest: a unique eigenbasis needs it."""
    w = np.linalg.eigvalsh(factor)
    return min(np.diff(w[w > 1e-12 * w[-1]]) / w[-1], default=1.0)


def kronecker_blocks(case, theta, x, y, fisher, partition):
    """K-FAC and EK-FAC, one block each per layer (weight with bias) or per tensor, in PyTorch order.

    EK-FAC: Q diag(s) Qᵀ with Q = Q_G ⊗ Q_A and s_k = E[(Qᵀ g)_k²]. Q is not unique where eigenvalues of a factor
    coincide. Coinciding zeros do no harm: every a and δ is orthogonal to those directions, so s = 0 there.
    """
    extended, draws, factor_a, factor_g = kronecker_factors(case, theta, x, y, fisher)
    kfac, ekfac, gap = [], [], 1.0
    for l, (a, big_a, big_g) in enumerate(zip(extended, factor_a, factor_g)):
        inputs = a.shape[1] - 1
        spans = [slice(0, inputs + 1)] if partition == 'layer' else [slice(0, inputs), slice(inputs, inputs + 1)]
        for span in spans:
            part_a, part = big_a[span, span], a[:, span]
            q_a, q_g = np.linalg.eigh(part_a)[1], np.linalg.eigh(big_g)[1]
            gap = min(gap, well_separated(part_a))
            if not (np.array_equal(big_g, np.eye(len(big_g)))):  # G = I (squared error, last layer): s is the same in any basis
                gap = min(gap, well_separated(big_g))
            s = sum(np.einsum('n,nr,nc->rc', weight, (deltas[l] @ q_g) ** 2, (part @ q_a) ** 2) for weight, deltas in draws) / len(a)
            q = np.kron(q_g, q_a)
            blocks = np.kron(big_g, part_a), (q * s.ravel()) @ q.T
            if partition == 'layer':  # from [out, in + 1] row-major to weight, then bias
                index = np.arange(len(big_g) * (inputs + 1)).reshape(len(big_g), inputs + 1)
                order = np.concatenate([index[:, :-1].ravel(), index[:, -1]])
                blocks = [b[np.ix_(order, order)] for b in blocks]
            kfac.append(blocks[0])
            ekfac.append((blocks[1] + blocks[1].T) / 2)
    return kfac, ekfac, gap


# Second computation: PyTorch -----------------------------------------------------------------------------------------

def torch_results(case, theta, x, y):
    f = torch.nn.functional
    act = {'identity': lambda s: s, 'tanh': torch.tanh, 'relu': torch.relu, 'gelu': f.gelu, 'sigmoid': torch.sigmoid}[case['activation']]

    def logits(t, xn):
        layers = unpack(case, t)
        for i, (w, b) in enumerate(layers):
            xn = f.linear(xn, w, b)
            if i + 1 < len(layers):
                xn = act(xn)
        return xn

    regression = case['loss'] == 'squared-error'
    t0, xt = torch.tensor(theta), torch.tensor(x)
    yt = torch.tensor(y) if regression else torch.tensor(y, dtype=torch.long)

    def one(t, xn, yn):
        u = logits(t, xn)
        return 0.5 * ((u - yn) ** 2).sum() if regression else f.cross_entropy(u[None], yn[None])

    def one_margin(t, xn, yn):
        logp = f.log_softmax(logits(t, xn), dim=0)
        others = torch.cat([logp[:yn], logp[yn + 1:]])
        return logp[yn] - torch.logsumexp(others, 0)

    func = torch.func
    losses = torch.stack([one(t0, a, b) for a, b in zip(xt, yt)])
    grads = torch.stack([func.grad(one)(t0, a, b) for a, b in zip(xt, yt)])
    hessian = func.hessian(lambda t: sum(one(t, a, b) for a, b in zip(xt, yt)) / len(xt))(t0)
    ggn = 0
    for a, b in zip(xt, yt):
        jac = func.jacrev(lambda t: logits(t, a))(t0)
        outer = func.hessian(lambda u: 0.5 * ((u - b) ** 2).sum() if regression else f.cross_entropy(u[None], b[None]))(logits(t0, a))
        ggn = ggn + jac.T @ outer @ jac / len(xt)
    margins = None if regression else torch.stack([func.grad(one_margin)(t0, a, int(b)) for a, b in zip(xt, yt)])
    return [v if v is None else v.detach().numpy() for v in (losses, grads, hessian, ggn, margins)]


# Influence -----------------------------------------------------------------------------------------------------------

RULES = {
    'truncated-keep': lambda w: np.where(np.abs(w) > EPS, 1 / np.where(w == 0, 1, w), 0),
    'truncated-drop': lambda w: np.where(w > EPS, 1 / np.where(w == 0, 1, w), 0),
    'damped': lambda w: 1 / (w + DAMPING),
}


def inverse(matrix, rule):
    w, q = np.linalg.eigh(matrix)
    # A golden value must not hang on which side of ε an eigenvalue falls, nor on a nearly singular σ + λ.
    assert np.abs(np.abs(w) - EPS).min() > 1e-3 * EPS, 'an eigenvalue too close to ±eps'
    assert np.abs(w + DAMPING).min() > 1e-3 * DAMPING, 'an eigenvalue too close to −damping'
    return (q * RULES[rule](w)) @ q.T


def block_diagonal(blocks):
    return scipy.linalg.block_diag(*blocks)


def relative(a, b):
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(b), 1e-300))


def compute(case, theta, train, queries):
    x, y = train
    xq, yq = queries
    classification = case['loss'] == 'cross-entropy'
    u = forward(case, theta, x)[1][-1]
    losses, grads = example_losses(case, u, y), numpy_gradients(case, theta, x, y)
    hessian = numpy_hessian(case, theta, x, y)
    hessian = (hessian + hessian.T) / 2
    ggn = dense_fisher(case, theta, x, y, 'type-2')
    t_losses, t_grads, t_hessian, t_ggn, t_margins = torch_results(case, theta, x, y)
    agreement = {'losses': relative(losses, t_losses), 'gradients': relative(grads, t_grads), 'hessian': relative(hessian, t_hessian), 'ggn': relative(ggn, t_ggn)}
    query = {'loss': numpy_gradients(case, theta, xq, yq)}
    margins = None
    if classification:
        margins, margin_grads = numpy_margins(case, theta, x, y)
        agreement['margins'] = relative(margin_grads, t_margins)
        query['margin'] = numpy_margins(case, theta, xq, yq)[1]
    assert max(agreement.values()) < 1e-13, agreement

    blocks = {p: kronecker_blocks(case, theta, x, y, 'type-2', p) for p in ('layer', 'tensor')}
    empirical = kronecker_blocks(case, theta, x, y, 'empirical', 'layer')
    gap = min(blocks['layer'][2], blocks['tensor'][2], empirical[2])
    assert gap > 1e-4, f'eigenvalues of a Kronecker factor too close: {gap}'
    kfac, ekfac, _ = blocks['layer']
    at = np.cumsum([0] + [len(b) for b in kfac])
    ggn_blocks = [ggn[i:j, i:j] for i, j in zip(at, at[1:])]
    for b, k, e in zip(ggn_blocks, kfac, ekfac):  # laws that hold whatever the network
        assert abs(np.trace(e) - np.trace(b)) < 1e-12 * np.trace(b)
        assert np.linalg.norm(b - e) <= np.linalg.norm(b - k) + 1e-12 * np.linalg.norm(b)
    _, _, factor_a, factor_g = kronecker_factors(case, theta, x, y, 'type-2')

    matrices = {'hessian': hessian, 'ggn': ggn, 'block-ggn': block_diagonal(ggn_blocks), 'ekfac': block_diagonal(ekfac), 'kfac': block_diagonal(kfac)}
    scores = {rule: {m: {kind: g @ inverse(c, rule) @ grads.T for kind, c in matrices.items()} for m, g in query.items()} for rule in RULES}
    tensors = dict(
        exampleLosses=losses, meanLoss=losses.mean(), gradient=grads.mean(axis=0), perExampleGradients=grads,
        hessian=lower(hessian), ggn=lower(ggn), empiricalFisher=lower(dense_fisher(case, theta, x, y, 'empirical')),
        factors=[{'a': a, 'g': g} for a, g in zip(factor_a, factor_g)],
        ekfacLayer=[lower(b) for b in ekfac], ekfacTensor=[lower(b) for b in blocks['tensor'][1]],
        ekfacEmpiricalLayer=[lower(b) for b in empirical[1]], kfacEmpiricalLayer=[lower(b) for b in empirical[0]],
        scores=scores,
    )
    if classification:
        tensors.update(exampleMargins=margins, marginGradients=margin_grads)
    return matrices, tensors, agreement, gap


def main():
    about = ('Losses, gradients, curvature of the mean loss, and influence scores [query][train] = grad m(query)^T C^-1 grad L(train). PyTorch parameter order. '
             'Symmetric matrices: lower triangle, row by row. factors: per layer A = E[a a^T] with the bias as last input and G (type-2).')
    for name, case in CASES.items():
        theta, train, queries = draw(case)
        _, tensors, agreement, gap = compute(case, theta, train, queries)
        target = 'targets' if case['loss'] == 'squared-error' else 'labels'
        problem = {'sizes': case['sizes'], 'activation': case['activation'], 'loss': case['loss'], 'seed': case['seed'], 'eps': EPS, 'damping': DAMPING,
                   'agreementNumpyTorch': agreement, 'smallestFactorGap': gap, 'theta': theta, 'inputs': train[0], target: train[1], 'queries': {'inputs': queries[0], target: queries[1]}}
        write(f'curvature/{name}.json', COMMAND, [np, scipy, torch], about, {**problem, **tensors})


if __name__ == '__main__':
    main()
