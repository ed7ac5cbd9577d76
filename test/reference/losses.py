"""Golden values of losses, weights of examples and weights of classes, from PyTorch's own loss modules.

    python3 -B test/reference/losses.py        # writes test/reference/losses.json

A small tanh network in float64. Per case: losses of the examples, gradients, the Hessian of (1/N) sum w_n l_n by double differentiation, the Gauss-Newton
matrix from Jacobians of the outputs and Hessians of the loss in them, Kronecker factors, the eigenvalues of EK-FAC's matrix, and damped scores.
Stops unless the Gauss-Newton matrix agrees with jvp-vjp products and the Hessian with central differences of the gradient.
"""
import numpy as np
import torch
from torch.func import grad, hessian, jacfwd, jacrev, vmap

from common import lower, write

torch.set_default_dtype(torch.float64)
RNG = np.random.default_rng(20261202)
N, Q, FEATURES, HIDDEN = 9, 2, 3, 3
nn = torch.nn


def unpack(theta, outputs):
    first, last = HIDDEN * (FEATURES + 1), outputs * (HIDDEN + 1)
    return theta[:first].reshape(HIDDEN, FEATURES + 1), theta[first:first + last].reshape(outputs, HIDDEN + 1)


def forward(theta, x, outputs):
    w, v = unpack(theta, outputs)
    hidden = torch.tanh(w[:, :-1] @ x + w[:, -1])
    return v[:, :-1] @ hidden + v[:, -1]


def softmax_rows(n, k):
    z = np.exp(1.5 * RNG.standard_normal((n, k)))
    return z / z.sum(axis=1, keepdims=True)


def none(module, u, y):
    """PyTorch's loss of one example, its elements added up."""
    return module(u[None], y[None]).sum()


def cases():
    labels = lambda k: RNG.integers(0, k, N + Q)
    bce, ce = nn.BCEWithLogitsLoss(reduction='none'), nn.CrossEntropyLoss(reduction='none')
    class_weights = torch.tensor([0.4, 2.5, 1.2])
    out = {
        'binary, one output': dict(loss='binary-cross-entropy', outputs=1, targets=RNG.integers(0, 2, (N + Q, 1)).astype(float), module=bce),
        'binary, three outputs, probabilities': dict(loss='binary-cross-entropy', outputs=3, targets=RNG.uniform(size=(N + Q, 3)), module=bce),
        'soft labels': dict(loss='soft-cross-entropy', outputs=3, targets=softmax_rows(N + Q, 3), module=ce),
        'label smoothing': dict(loss='soft-cross-entropy', outputs=3, labels=labels(3), smoothing=0.1, module=nn.CrossEntropyLoss(reduction='none', label_smoothing=0.1)),
        'huber': dict(loss='huber(0.5)', outputs=2, targets=RNG.standard_normal((N + Q, 2)), module=nn.HuberLoss(reduction='none', delta=0.5)),
        'smooth L1 times beta': dict(loss='huber(0.7)', outputs=2, targets=RNG.standard_normal((N + Q, 2)), module=nn.SmoothL1Loss(reduction='none', beta=0.7), factor=0.7),
        'class weights': dict(loss='cross-entropy', outputs=3, labels=labels(3), classWeights=class_weights, module=nn.CrossEntropyLoss(reduction='none', weight=class_weights)),
        'class weights of soft labels': dict(loss='soft-cross-entropy', outputs=3, targets=softmax_rows(N + Q, 3), classWeights=class_weights,
                                             module=nn.CrossEntropyLoss(reduction='none', weight=class_weights)),
        'pos_weight': dict(loss='binary-cross-entropy', outputs=1, targets=RNG.integers(0, 2, (N + Q, 1)).astype(float), classWeights=torch.tensor([1.0, 3.5]),
                           module=nn.BCEWithLogitsLoss(reduction='none', pos_weight=torch.tensor([3.5]))),
    }
    weights = np.concatenate([RNG.uniform(0.2, 3, N + Q)])
    weights[[1, 5]] = 0
    for name, spec in {
        'weighted cross-entropy': dict(loss='cross-entropy', outputs=3, labels=labels(3), module=ce),
        'weighted squared error': dict(loss='squared-error', outputs=2, targets=RNG.standard_normal((N + Q, 2)), module=nn.MSELoss(reduction='none'), factor=0.5),
        'weighted binary': dict(loss='binary-cross-entropy', outputs=2, targets=RNG.integers(0, 2, (N + Q, 2)).astype(float), module=bce),
        'weighted soft labels': dict(loss='soft-cross-entropy', outputs=3, targets=softmax_rows(N + Q, 3), module=ce),
        'weighted huber': dict(loss='huber(0.5)', outputs=2, targets=RNG.standard_normal((N + Q, 2)), module=nn.HuberLoss(reduction='none', delta=0.5)),
    }.items():
        out[name] = dict(spec, weights=weights)
    return out


def margin(spec, u, y):
    """Mean log-odds of a label drawn from the targets, each times its class weight, by probabilities; of regression the absolute error."""
    c = spec.get('classWeights')
    if spec['loss'].startswith('huber') or spec['loss'] == 'squared-error':
        return (u - y).abs().sum()
    if spec['loss'] == 'binary-cross-entropy':
        p = torch.sigmoid(u)
        one, zero = (1, 1) if c is None else (c[1], c[0])
        return (one * y * (torch.log(p) - torch.log1p(-p)) + zero * (1 - y) * (torch.log1p(-p) - torch.log(p))).sum()
    p = torch.softmax(u, 0)
    each = (torch.log(p) - torch.log1p(-p)) * (1 if c is None else c)
    if 'smoothing' in spec:
        return (1 - spec['smoothing']) * each[y] + spec['smoothing'] * each.mean()
    return each[y] if y.dtype == torch.int64 else (y * each).sum()


def compute(spec):
    outputs, module = spec['outputs'], spec['module']
    size = HIDDEN * (FEATURES + 1) + outputs * (HIDDEN + 1)
    theta = torch.tensor(0.8 * RNG.standard_normal(size))
    x = torch.tensor(RNG.standard_normal((N + Q, FEATURES)))
    y = torch.tensor(spec['labels'] if 'labels' in spec else spec['targets'])
    w = torch.tensor(spec.get('weights', np.ones(N + Q)))
    factor = spec.get('factor', 1.0)
    in_u = lambda u, y: factor * none(module, u, y)
    one = lambda theta, x, y, w: w * in_u(forward(theta, x, outputs), y)
    mean = lambda theta: torch.stack([one(theta, x[n], y[n], w[n]) for n in range(N)]).mean()
    losses = torch.stack([one(theta, x[n], y[n], w[n]) for n in range(N + Q)])
    grads = torch.stack([grad(one)(theta, x[n], y[n], w[n]) for n in range(N + Q)])
    if 'classWeights' in spec and module._get_name() == 'CrossEntropyLoss' and y.dtype == torch.int64:
        # PyTorch's own weighted mean: ours times N over the sum of the weights that occur
        theirs = nn.CrossEntropyLoss(weight=module.weight)(torch.stack([forward(theta, v, outputs) for v in x[:N]]), y[:N])
        assert abs(theirs - losses[:N].sum() / module.weight[y[:N]].sum()) < 1e-14
    measured = torch.stack([w[n] * margin(spec, forward(theta, x[n], outputs), y[n]) for n in range(N + Q)])
    mgrads = torch.stack([grad(lambda t: w[n] * margin(spec, forward(t, x[n], outputs), y[n]))(theta) for n in range(N, N + Q)])
    h = jacfwd(jacrev(mean))(theta)
    h = 0.5 * (h + h.T)
    step = 1e-5
    for k in range(0, size, 7):
        e = torch.zeros(size)
        e[k] = step
        rough = (grad(mean)(theta + e) - grad(mean)(theta - e)) / (2 * step)
        assert torch.allclose(rough, h[:, k], atol=1e-7), (rough - h[:, k]).abs().max()
    g, a_sum, a_out = torch.zeros(size, size), [torch.zeros(d + 1, d + 1) for d in (FEATURES, HIDDEN)], [torch.zeros(d, d) for d in (HIDDEN, outputs)]
    rows, counting = [], 0
    for n in range(N):
        jacobian = jacrev(lambda t: forward(t, x[n], outputs))(theta)
        curvature = w[n] * hessian(in_u)(forward(theta, x[n], outputs), y[n])
        g += jacobian.T @ curvature @ jacobian / N
        values, vectors = torch.linalg.eigh(curvature)
        roots = vectors * values.clamp(min=0).sqrt()
        first, last = unpack(theta, outputs)
        hidden = torch.tanh(first[:, :-1] @ x[n] + first[:, -1])
        deltas = [(1 - hidden ** 2)[:, None] * (last[:, :-1].T @ roots), roots]
        seen = [torch.cat([x[n], torch.ones(1)]), torch.cat([hidden, torch.ones(1)])]
        rows.append((deltas, seen))
        for l in range(2):
            a_out[l] += deltas[l] @ deltas[l].T / N
            if w[n] > 0:
                a_sum[l] += torch.outer(seen[l], seen[l])
        counting += int(w[n] > 0)
    a_in = [m / counting for m in a_sum]
    g = 0.5 * (g + g.T)
    kfac = torch.block_diag(*[torch.kron(a_out[l], a_in[l]) for l in range(2)])
    blocks = []
    for l in range(2):
        _, ug = torch.linalg.eigh(a_out[l])
        _, ua = torch.linalg.eigh(a_in[l])
        star = sum(torch.einsum('rs,c->rcs', ug.T @ d[l], ua.T @ s[l]).pow(2).sum(-1) for d, s in rows) / N
        basis = torch.kron(ug, ua)
        blocks.append(basis @ torch.diag(star.reshape(-1)) @ basis.T)
    ekfac = torch.block_diag(*blocks)
    damping = float(0.1 * torch.trace(g) / size)
    eye = torch.eye(size)
    scores = {name: (grads[N:] @ torch.linalg.solve(c + damping * eye, grads[:N].T)) for name, c in dict(ggn=g, kfac=kfac, ekfac=ekfac).items()}
    scores['margin'] = mgrads @ torch.linalg.solve(g + damping * eye, grads[:N].T)
    content = dict(loss=spec['loss'], outputs=outputs, theta=theta.numpy(), x=x.numpy(), y=y.numpy(), losses=losses.detach().numpy(), measured=measured.detach().numpy(), grads=grads.numpy(),
                   mgrads=mgrads.numpy(), hessian=lower(h.numpy()), ggn=lower(g.numpy()), kfac=lower(kfac.numpy()), ekfac=lower((0.5 * (ekfac + ekfac.T)).numpy()), damping=damping,
                   scores={name: value.numpy() for name, value in scores.items()})
    for key in ('smoothing', 'weights'):
        if key in spec:
            content[key] = spec[key]
    if 'classWeights' in spec:
        content['classWeights'] = spec['classWeights'].numpy()
    return content


def extremes():
    """Losses and gradients far out, where sigma(u) is 0 or 1 in doubles: from 200-bit arithmetic."""
    from mpmath import mp, mpf, exp, log
    mp.prec = 4000
    us = [-1e3, -745.2, -37.5, -20.0, -1e-3, 0.0, 0.3, 20.0, 37.5, 710.0, 1e3]
    ts = [0.0, 0.25, 1.0]
    soft = lambda u: log(1 + exp(mpf(u)))
    sigma = lambda u: 1 / (1 + exp(-mpf(u)))
    rows = [dict(u=u, t=t, loss=float(mpf(t) * soft(-u) + (1 - mpf(t)) * soft(u)), gradient=float((1 - mpf(t)) * sigma(u) - mpf(t) * sigma(-u)), curvature=float(sigma(u) * sigma(-u))) for u in us for t in ts]
    logits = [[1e3, 0.0, -1e3], [40.0, 0.0, 1.0], [0.1, 0.2, 0.3], [-700.0, 5.0, 5.0]]
    targets = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.9, 0.05, 0.05]]
    more = []
    for u in logits:
        total = sum(exp(mpf(v)) for v in u)
        for q in targets:
            p = [exp(mpf(v)) / total for v in u]
            more.append(dict(u=u, q=q, loss=float(sum(mpf(a) * (log(total) - mpf(v)) for a, v in zip(q, u))),
                             gradient=[float(sum(map(mpf, q)) * b - mpf(a)) for a, b in zip(q, p)]))
    return dict(binary=rows, soft=more)


if __name__ == '__main__':
    import mpmath
    about = f'Losses of torch.nn on a tanh network {FEATURES}-{HIDDEN}-outputs; rows of theta as [out, in + 1], bias last; the first {N} examples are the training set, {Q} are queries.'
    write('losses.json', 'python3 -B test/reference/losses.py', [np, torch, mpmath], about, dict(train=N, cases={name: compute(spec) for name, spec in cases().items()}, extremes=extremes()))
