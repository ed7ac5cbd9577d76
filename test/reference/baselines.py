"""Golden values of TRAK, DataInf and LoGra, by dense NumPy algebra on the gradients that curvature.py stored.

    python3 test/reference/baselines.py        # after curvature.py; writes test/reference/baselines.json

Every training example is also a query: scores [query][train]. Nothing is differentiated here: losses, gradients, margins'
gradients and the GGN are read from test/reference/curvature/*.json, and the formulas of the papers are written out as
they stand, one example at a time where the papers do so.
"""
import json

import numpy as np

from common import HERE, write

DIMENSION, RIDGE, RELATIVE, ABSOLUTE = 4, 0.03, 0.1, 0.02
SIDE = 2  # of LoGra
CASES = ['softmax-regression', 'tanh-depth-1', 'relu-depth-2', 'gelu-depth-3', 'sigmoid-one-example', 'linear-regression-depth-1', 'tanh-regression-depth-2']


def symmetric(lower):
    n = int((np.sqrt(8 * len(lower) + 1) - 1) / 2)
    out = np.zeros((n, n))
    out[np.tril_indices(n)] = lower
    return out + np.tril(out, -1).T


def layer_slices(sizes):
    """Per layer: positions of the weights [out, in] and of the biases [out] in PyTorch's order."""
    at = 0
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        yield np.arange(at, at + fan_in * fan_out).reshape(fan_out, fan_in), np.arange(at + fan_in * fan_out, at + fan_out * (fan_in + 1))
        at += fan_out * (fan_in + 1)


def trak(file, projections):
    """tau of Park et al., Algorithm 1 without the threshold, for every projection as a model of its own."""
    grads = np.array(file['perExampleGradients'])
    n = len(grads)
    if file['loss'] == 'cross-entropy':
        one_minus_p = 1 - np.exp(-np.array(file['exampleLosses']))
        f_grads = np.array(file['marginGradients'])
        assert np.allclose(grads, -one_minus_p[:, None] * f_grads, atol=1e-12)
        scores = {}
        for name, query in {'margin': f_grads, 'loss': grads}.items():
            kernels = []
            for p in projections:
                phi = f_grads @ p
                kernels.append(query @ p @ np.linalg.inv(phi.T @ phi + RIDGE * np.eye(DIMENSION)) @ phi.T)
            tau = np.mean(kernels, axis=0) @ np.diag(one_minus_p)
            scores[name] = -n * tau  # ours: what leaving i out adds, times N
        return scores
    ggn = symmetric(file['ggn'])
    (p,) = projections  # one model: outputs need no separate average
    kernel = np.linalg.inv(n * p.T @ ggn @ p + RIDGE * np.eye(DIMENSION))
    return {'loss': n * grads @ p @ kernel @ p.T @ grads.T}


def data_inf(file, lam):
    """Kwon et al., Eq. 5: per layer, a loop over training examples for every query."""
    grads = np.array(file['perExampleGradients'])
    n = len(grads)
    scores, dampings = np.zeros((n, n)), []
    for weights, biases in layer_slices(file['sizes']):
        g = grads[:, np.concatenate([weights.ravel(), biases])]
        damping = lam if lam is not None else (g ** 2).mean() * RELATIVE
        dampings.append(damping)
        for q in range(n):
            hvp = np.zeros(g.shape[1])
            for i in range(n):
                hvp += (g[q] - (g[i] @ g[q]) / (damping + g[i] @ g[i]) * g[i]) / (n * damping)
            scores[q] += g @ hvp
    return scores, dampings


def logra(file):
    """Choe et al. with PCA: P_out V P_in^T per layer, damped empirical Fisher between them. V = [weight gradient, bias gradient]."""
    grads = np.array(file['perExampleGradients'])
    n = len(grads)
    scores = np.zeros((n, n))
    for (weights, biases), factor in zip(layer_slices(file['sizes']), file['factors']):
        v = np.concatenate([grads[:, weights], grads[:, biases][:, :, None]], axis=2)
        delta = grads[:, biases]
        p_out, p_in = leading(delta.T @ delta / n), leading(np.array(factor['a']))
        small = np.einsum('pr,nrc,qc->npq', p_out, v, p_in).reshape(n, -1)
        fisher = small.T @ small / n
        damped = fisher + RELATIVE * np.trace(fisher) / len(fisher) * np.eye(len(fisher))
        scores += small @ np.linalg.inv(damped) @ small.T
    return scores


def leading(factor):
    """Rows: eigenvectors of the SIDE largest eigenvalues; all of the space when it is no larger."""
    if len(factor) <= SIDE:
        return np.eye(len(factor))
    values, vectors = np.linalg.eigh(factor)
    if values[-SIDE] - values[-SIDE - 1] < 1e-6 * values[-1]:  # no component there at all, or no definite answer
        assert values[-SIDE] < 1e-12 * values[-1]
    return vectors[:, -SIDE:].T


def main():
    cases = {}
    for number, name in enumerate(CASES):
        file = json.loads((HERE / 'curvature' / f'{name}.json').read_text())
        rng = np.random.default_rng(100 + number)
        models = 2 if file['loss'] == 'cross-entropy' else 1
        projections = rng.normal(size=(models, len(file['theta']), DIMENSION)) / np.sqrt(DIMENSION)
        relative, dampings = data_inf(file, None)
        cases[name] = dict(projections=projections, trak=trak(file, projections), datainf=dict(relative=relative, absolute=data_inf(file, ABSOLUTE)[0], dampings=dampings),
                           logra=logra(file))
    about = ('TRAK (mean over projections as models), DataInf and LoGra (PCA, empirical Fisher) with every training example as a query: scores [query][train], signs and scale of the library. '
             'Projections: [model][parameter in PyTorch order][dimension].')
    write('baselines.json', 'python3 test/reference/baselines.py', [np], about,
          dict(ridge=RIDGE, relative=RELATIVE, absolute=ABSOLUTE, dimension=DIMENSION, side=SIDE, seed=100, cases=cases))


if __name__ == '__main__':
    main()
