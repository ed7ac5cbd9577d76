"""Golden scores of every deterministic method of the registry, by dense matrices.

    python3 test/reference/methods.py        # writes test/reference/methods.json

The networks and examples are those of curvature.py; H, G, their blocks and the Kronecker kinds are its NumPy matrices. Every
inverse here is numpy.linalg.solve, eigh or expm of a full matrix, and every iteration multiplies by one; nothing is matrix-free.
"""
import numpy as np
import scipy
import scipy.linalg

from common import write
from curvature import (CASES, block_diagonal, dense_fisher, draw, kronecker_blocks, kronecker_factors, numpy_gradients,
                       numpy_hessian, numpy_margins)

COMMAND = 'python3 test/reference/methods.py'
NAMES = ['softmax-regression', 'tanh-depth-2-missing-class', 'relu-depth-2', 'tanh-regression-depth-2']
# λ of everything damped; time of the unrolled filter; steps and step size of the iterations; pairs of arnoldi.
SETTINGS = dict(damping=0.05, factorDamping=0.3, time=20.0, steps=7, alpha=0.4, momentum=0.6, decay=0.5, every=50, rank=4)


def layer_slices(case):
    """Parameters of each layer in PyTorch's order: weight and bias follow each other."""
    ends = np.cumsum([fan_out * (fan_in + 1) for fan_in, fan_out in zip(case['sizes'], case['sizes'][1:])])
    return [slice(end - size, end) for end, size in zip(ends, np.diff([0, *ends]))]


def spectral(matrix, f):
    w, q = np.linalg.eigh(matrix)
    return (q * f(w)) @ q.T


def separate_kfac(case, theta, x, y):
    """Each factor damped by itself: (G + μI)⁻¹ ⊗ (A + μI)⁻¹, in PyTorch's order."""
    _, _, factor_a, factor_g = kronecker_factors(case, theta, x, y, 'type-2')
    blocks, mu = [], SETTINGS['factorDamping']
    for a, g in zip(factor_a, factor_g):
        block = np.kron(np.linalg.inv(g + mu * np.eye(len(g))), np.linalg.inv(a + mu * np.eye(len(a))))
        index = np.arange(len(block)).reshape(len(g), len(a))
        order = np.concatenate([index[:, :-1].ravel(), index[:, -1]])
        blocks.append(block[np.ix_(order, order)])
    return block_diagonal(blocks)


def neumann(c, b):
    """J steps from zero of v ← v − α((C + λI)v − b)."""
    v, damped = np.zeros_like(b), c + SETTINGS['damping'] * np.eye(len(c))
    for _ in range(SETTINGS['steps']):
        v = v - SETTINGS['alpha'] * (v @ damped - b)
    return v


def astra(c, p, b):
    """J steps from (P + λI)⁻¹b with heavy-ball momentum."""
    identity = SETTINGS['damping'] * np.eye(len(c))
    solve = np.linalg.inv(p + identity)
    v, velocity, alpha = b @ solve, np.zeros_like(b), SETTINGS['alpha']
    for step in range(SETTINGS['steps']):
        if step > 0 and step % SETTINGS['every'] == 0:
            alpha = alpha * SETTINGS['decay']
        velocity = SETTINGS['momentum'] * velocity + (v @ (c + identity) - b) @ solve
        v = v - alpha * velocity
    return v


def datainf(gradients, queries, slices):
    total = 0
    for s in slices:
        g, v = gradients[:, s], queries[:, s]
        lam = 0.1 * (g ** 2).mean()
        total = total + v @ np.mean([np.linalg.inv(np.outer(h, h) + lam * np.eye(len(h))) for h in g], axis=0) @ g.T
    return total


def block_fisher(gradients, queries, slices):
    """LoGra where no side is projected: the damped empirical Fisher of each layer."""
    total = 0
    for s in slices:
        g, v = gradients[:, s], queries[:, s]
        f = g.T @ g / len(g)
        total = total + np.linalg.solve(f + 0.1 * np.trace(f) / len(f) * np.eye(len(f)), v.T).T @ g.T
    return total


def arnoldi(c, gradients, queries):
    w, q = np.linalg.eigh(c)
    order = np.argsort(-np.abs(w))
    gap = np.abs(w[order[SETTINGS['rank'] - 1]]) - np.abs(w[order[SETTINGS['rank']]])
    assert gap > 1e-3 * np.abs(w).max(), 'the pairs kept are not unique'
    keep = order[:SETTINGS['rank']]
    return (queries @ q[:, keep] / w[keep]) @ (q[:, keep].T @ gradients.T)


def compute(name):
    case = CASES[name]
    theta, (x, y), (xq, yq) = draw(case)
    gradients = numpy_gradients(case, theta, x, y)
    h = numpy_hessian(case, theta, x, y)
    h = (h + h.T) / 2
    g = dense_fisher(case, theta, x, y, 'type-2')
    kfac, ekfac, gap = kronecker_blocks(case, theta, x, y, 'type-2', 'layer')
    assert gap > 1e-6
    slices = layer_slices(case)
    curvatures = {'hessian': h, 'ggn': g, 'block-ggn': block_diagonal([g[s, s] for s in slices]),
                  'ekfac': block_diagonal(ekfac), 'kfac': block_diagonal(kfac)}
    measured = {'loss': numpy_gradients(case, theta, xq, yq)}
    if case['loss'] == 'cross-entropy':
        measured['margin'] = numpy_margins(case, theta, xq, yq)[1]
    lam, time = SETTINGS['damping'], SETTINGS['time']
    mean = float(np.trace(g) / len(g))
    smallest = float(np.linalg.eigvalsh(h)[0])
    shift = 0.1 * mean + max(0.0, -smallest) + 0.1  # makes the Hessian definite
    identity = np.eye(len(g))
    scores = {}
    for m, queries in measured.items():
        of = lambda inverse: queries @ inverse @ gradients.T
        unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
        scores[m] = {
            **{f'{kind} damped': of(np.linalg.inv(c + (shift if kind == 'hessian' else lam) * identity)) for kind, c in curvatures.items()},
            **{f'{kind} absolute': of(spectral(c, lambda w: 1 / (np.abs(w) + lam))) for kind, c in curvatures.items()},
            # ∫₀ᵗ exp(−Cs) ds as a block of one matrix exponential: no eigenvalues
            **{f'{kind} unrolled': of(scipy.linalg.expm(time * np.block([[-c, identity], [0 * c, 0 * c]]))[:len(c), len(c):])
               for kind, c in curvatures.items() if kind != 'hessian'},
            'kfac separate': of(separate_kfac(case, theta, x, y)),
            'ggn automatic': of(np.linalg.inv(g + 0.1 * mean * identity)),
            'lissa': neumann(g, queries) @ gradients.T,
            'astra': astra(g, curvatures['ekfac'], queries) @ gradients.T,
            'grad-dot': queries @ gradients.T,
            'grad-cos': unit(queries) @ unit(gradients).T,
            'datainf': datainf(gradients, queries, slices),
            'logra': block_fisher(gradients, queries, slices),
            'arnoldi hessian': arnoldi(h, gradients, queries),
            'arnoldi ggn': arnoldi(g, gradients, queries),
        }
    return dict(meanEigenvalue=mean, smallestEigenvalue=smallest, hessianDamping=shift, scores=scores)


def main():
    cases = {name: compute(name) for name in NAMES}
    write('methods.json', COMMAND, [np, scipy], 'Scores of the deterministic methods by dense algebra', dict(settings=SETTINGS, cases=cases))


if __name__ == '__main__':
    main()
