"""Golden values of SOURCE, ASTRA-SOURCE's limit and TracIn on a run of PyTorch, by dense algebra in NumPy and SciPy.

    python3 test/reference/source.py        # from the repository's root; writes test/reference/source.json

torch.optim.SGD trains two small networks with momentum, weight decay and a rate per epoch; the same steps in NumPy must agree.
From the checkpoints, everything is computed as the formulas have it: example by example on the training side, matrix
exponentials by scipy.linalg.expm, (I − e^(−tC)) C⁻¹ as the upper right block of the exponential of [[−tC, tI], [0, 0]], which
needs no inverse. Parameters are in PyTorch's order.
"""
import numpy as np
import scipy
import scipy.linalg
import torch

from common import write
from curvature import dense_fisher, draw, forward, kronecker_factors, numpy_gradients, numpy_hessian, numpy_margins, relative, unpack, well_separated

RUNS = {
    'classification': dict(sizes=[4, 5, 3], activation='tanh', loss='cross-entropy', n=16, seed=31, momentum=0.6, weightDecay=0.01, rates=[0.3, 0.2, 0.1], batch=4, checkpoints=[2, 4, 6, 8, 10, 12]),
    'regression': dict(sizes=[3, 4, 2], activation='sigmoid', loss='squared-error', n=15, seed=32, momentum=0.0, weightDecay=0.0, rates=[0.1, 0.1, 0.05, 0.05], batch=5, checkpoints=[0, 3, 7, 10]),
}
SEGMENTS = {'classification': 3, 'regression': 2}


def batches(run, rng):
    order = [rng.permutation(run['n']) for _ in run['rates']]
    return [(rate, o[i:i + run['batch']]) for rate, o in zip(run['rates'], order) for i in range(0, run['n'], run['batch'])]


def train_numpy(run, theta, x, y, steps):
    velocity, path = np.zeros_like(theta), [theta]
    for rate, batch in steps:
        velocity = run['momentum'] * velocity + numpy_gradients(run, theta, x[batch], y[batch]).mean(axis=0) + run['weightDecay'] * theta
        theta = theta - rate * velocity
        path.append(theta)
    return path


def train_torch(run, theta, x, y, steps):
    nn = torch.nn
    activation = {'tanh': nn.Tanh, 'sigmoid': nn.Sigmoid}[run['activation']]
    modules = []
    for w, b in unpack(run, theta):
        linear = nn.Linear(w.shape[1], w.shape[0], dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(w), torch.tensor(b)
        modules += [linear, activation()]
    net = nn.Sequential(*modules[:-1])
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0, momentum=run['momentum'], weight_decay=run['weightDecay'])
    xt, yt, path = torch.tensor(x), torch.tensor(y), [theta]
    for rate, batch in steps:
        optimiser.param_groups[0]['lr'] = rate
        optimiser.zero_grad()
        u = net(xt[batch])
        loss = nn.functional.cross_entropy(u, yt[batch]) if run['loss'] == 'cross-entropy' else 0.5 * ((u - yt[batch]) ** 2).sum(dim=1).mean()
        loss.backward()
        optimiser.step()
        path.append(nn.utils.parameters_to_vector(net.parameters()).detach().numpy().copy())
    return path


def averaged_ekfac(run, thetas, x, y):
    """Mean factors give the basis, per layer Q = Q_G ⊗ Q_A; in it the mean of the diagonals."""
    made = [kronecker_factors(run, theta, x, y, 'type-2') for theta in thetas]
    blocks = []
    for l in range(len(run['sizes']) - 1):
        big_a = sum(m[2][l] for m in made) / len(made)
        big_g = sum(m[3][l] for m in made) / len(made)
        q_a, q_g = np.linalg.eigh(big_a)[1], np.linalg.eigh(big_g)[1]
        gaps = [well_separated(big_a)] + ([] if np.allclose(big_g, np.eye(len(big_g)), atol=1e-14) else [well_separated(big_g)])
        assert min(gaps) > 1e-4, 'eigenvalues of a mean factor too close'
        s = sum(np.einsum('n,nr,nc->rc', weight, (deltas[l] @ q_g) ** 2, (extended[l] @ q_a) ** 2) for extended, draws, _, _ in made for weight, deltas in draws) / (len(x) * len(made))
        q = np.kron(q_g, q_a)
        block = (q * s.ravel()) @ q.T
        inputs = len(big_a) - 1
        index = np.arange(len(block)).reshape(len(big_g), inputs + 1)
        order = np.concatenate([index[:, :-1].ravel(), index[:, -1]])
        blocks.append(block[np.ix_(order, order)])
    return scipy.linalg.block_diag(*blocks)


def exponentials(c, t):
    d = len(c)
    upper = np.block([[-t * c, t * np.eye(d)], [np.zeros((d, 2 * d))]])
    both = scipy.linalg.expm(upper)
    assert relative(both[:d, :d], scipy.linalg.expm(-t * c)) < 1e-12
    return both[:d, :d], both[:d, d:]


def unrolled(query, segments):
    """∇m Σ_l S_L … S_{l+1} P_l ḡ_l(z_i), from the first segment on."""
    moved = 0
    for backward, pull, gradients in segments:
        moved = (0 if np.isscalar(moved) else moved @ backward.T) + gradients @ pull.T
    return query @ moved.T


def cut(run, count):
    """As many checkpoints to each segment, the start to the first; [(start, end, steps of its checkpoints)]."""
    total = len(run['rates']) * (-(-run['n'] // run['batch']))
    after = [c for c in run['checkpoints'] if c > 0]
    ends = [after[(k + 1) * len(after) // count - 1] for k in range(count - 1)] + [total]
    starts = [0] + ends[:-1]
    return [(s, e, [c for c in run['checkpoints'] if s < c <= e or (s == 0 and c == 0)]) for s, e in zip(starts, ends)]


def compute(name, run):
    start, (x, y), (xq, yq) = draw(run)
    rng = np.random.default_rng(run['seed'] + 100)
    steps = batches(run, rng)
    path = train_numpy(run, start, x, y, steps)
    agreement = relative(path[-1], train_torch(run, start, x, y, steps)[-1])
    assert agreement < 1e-13, agreement
    rates = np.array([rate for rate, _ in steps])
    end, decay = path[-1], run['weightDecay']
    query = {'loss': numpy_gradients(run, end, xq, yq)}
    if run['loss'] == 'cross-entropy':
        query['margin'] = numpy_margins(run, end, xq, yq)[1]
    scores = {m: {} for m in query}
    parts = []
    for first, last, kept in cut(run, SEGMENTS[name]):
        thetas = [path[c] for c in kept]
        mid, t = sum(thetas) / len(thetas), rates[first:last].sum() / (1 - run['momentum'])
        gradients = sum(numpy_gradients(run, theta, x, y) for theta in thetas) / len(thetas)
        curvatures = {
            'ggn': sum(dense_fisher(run, theta, x, y, 'type-2') for theta in thetas) / len(thetas),
            'hessian': sum(numpy_hessian(run, theta, x, y) for theta in thetas) / len(thetas),
            'ekfac': averaged_ekfac(run, thetas, x, y),
        }
        eye = np.eye(len(end))
        segment = {kind: (*exponentials(c + decay * eye, t), gradients) for kind, c in curvatures.items()}
        fast = dense_fisher(run, mid, x, y, 'type-2')
        segment['ggn, mean parameters'] = (*exponentials(fast + decay * eye, t), numpy_gradients(run, mid, x, y))
        solve = np.linalg.inv(fast + (decay + 1 / t) * eye)
        segment['astra'] = (segment['ekfac'][0], solve, gradients)
        parts.append(segment)
    for m, q in query.items():
        for kind in parts[0]:
            scores[m][kind] = unrolled(q, [part[kind] for part in parts])
    kept = run['checkpoints']
    weights = {'rate': [rates[max(0, c - 1)] for c in kept],
               'time': [rates[a:b].sum() / (1 - run['momentum']) for a, b in zip([0] + kept, kept[:-1] + [len(rates)])]}
    traced = {w: sum(c * numpy_gradients(run, path[k], xq, yq) @ numpy_gradients(run, path[k], x, y).T for c, k in zip(own, kept)) for w, own in weights.items()}
    assert np.isfinite(np.concatenate([s.ravel() for by in scores.values() for s in by.values()])).all()
    return {'name': name, **run, 'segments': SEGMENTS[name], 'steps': len(rates), 'stepsPerEpoch': len(rates) // len(run['rates']),
            'thetas': [path[k] for k in kept], 'end': end, 'inputs': x, 'answers': y, 'queryInputs': xq, 'queryAnswers': yq,
            'scores': scores, 'tracin': traced, 'agreementNumpyTorch': agreement}


if __name__ == '__main__':
    write('source.json', 'python3 test/reference/source.py', [np, scipy, torch],
          'Checkpoints of torch.optim.SGD (PyTorch order) and scores [queries, examples] by dense algebra: SOURCE under several curvatures, ASTRA-SOURCE with exact solves, TracIn.',
          {'runs': [compute(name, run) for name, run in RUNS.items()]})
