"""Golden values of least squares, pseudo-inverses and condition numbers of deficient matrices, and of graded singular values.

    python3 test/reference/solving.py        # writes test/reference/solving.json

Deficient matrices have small integer elements, so that their rank is exact: the shortest least-squares solution and the
pseudo-inverse come from Python's rational arithmetic (A = F G of full rank, A⁺ = Gᵀ (G Gᵀ)⁻¹ (Fᵀ F)⁻¹ Fᵀ), and NumPy's must
agree. Singular values of graded matrices and condition numbers come from mpmath; SciPy's MINRES iterates from SciPy.
"""
from fractions import Fraction

import mpmath as mp
import numpy as np
import scipy
import scipy.sparse.linalg

from common import write

RNG = np.random.default_rng(31)


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def transpose(a):
    return [list(column) for column in zip(*a)]


def inverse(a):
    n = len(a)
    rows = [list(row) + [Fraction(int(i == j)) for j in range(n)] for i, row in enumerate(a)]
    for j in range(n):
        pivot = next(i for i in range(j, n) if rows[i][j] != 0)
        rows[j], rows[pivot] = rows[pivot], rows[j]
        rows[j] = [x / rows[j][j] for x in rows[j]]
        for i in range(n):
            if i != j:
                f = rows[i][j]
                rows[i] = [x - f * y for x, y in zip(rows[i], rows[j])]
    return [row[n:] for row in rows]


def deficient(m, n, rank):
    f = [[Fraction(int(x)) for x in row] for row in RNG.integers(-4, 5, size=(m, rank))]
    g = [[Fraction(int(x)) for x in row] for row in RNG.integers(-4, 5, size=(rank, n))]
    a = product(f, g)
    plus = product(product(transpose(g), inverse(product(g, transpose(g)))), product(inverse(product(transpose(f), f)), transpose(f)))
    b = [[Fraction(int(x))] for x in RNG.integers(-9, 10, size=m)]
    x = product(plus, b)
    r = [p[0] - q[0] for p, q in zip(product(a, x), b)]
    a_float, plus_float = np.array(a, dtype=float), np.array([[float(v) for v in row] for row in plus])
    by_numpy, _, its_rank, _ = np.linalg.lstsq(a_float, np.array(b, dtype=float)[:, 0], rcond=1e-12)
    assert its_rank == rank
    assert np.abs(by_numpy - [float(v[0]) for v in x]).max() <= 1e-11 * max(1, np.abs(by_numpy).max())
    assert np.abs(np.linalg.pinv(a_float, rcond=1e-12) - plus_float).max() <= 1e-11 * np.abs(plus_float).max()
    return {'name': f'{m}x{n} of rank {rank}', 'rows': m, 'cols': n, 'rank': rank, 'data': a_float.ravel(), 'b': [float(v[0]) for v in b],
            'x': [float(v[0]) for v in x], 'residual': float(mp.sqrt(mp.mpf(sum(v * v for v in r).numerator) / sum(v * v for v in r).denominator)),
            'pseudoInverse': plus_float.ravel()}


def graded(name, a, digits):
    mp.mp.dps = digits
    b = mp.matrix([[mp.mpf(float(x)) for x in row] for row in a])
    values = sorted((float(s) for s in mp.svd_r(b, compute_uv=False)), reverse=True)
    return {'name': name, 'rows': a.shape[0], 'cols': a.shape[1], 'data': a.ravel(), 'values': values}


def condition(name, a):
    mp.mp.dps = 60
    b = mp.matrix([[mp.mpf(float(x)) for x in row] for row in a])
    s = sorted((v for v in mp.svd_r(b, compute_uv=False)), reverse=True)
    out = {'name': name, 'rows': a.shape[0], 'cols': a.shape[1], 'data': a.ravel(), 'condition2': float(s[0] / s[-1])}
    if a.shape[0] == a.shape[1]:
        inverse_1 = mp.mnorm(b ** -1, 1)
        out['condition1'] = float(mp.mnorm(b, 1) * inverse_1)
        out['determinant'] = float(mp.det(b))
    return out


def minres_case(name, a, b):
    """Iterates of SciPy's MINRES, which start from 0, for as long as they are far from rounding level."""
    iterates = []
    scipy.sparse.linalg.minres(a, b, rtol=1e-9, maxiter=len(b), callback=lambda x: iterates.append(x.copy()))
    return {'name': name, 'rows': len(b), 'data': a.ravel(), 'b': b, 'iterates': [x for x in iterates[:6]]}


INDEFINITE = RNG.normal(size=(9, 9))
INDEFINITE = INDEFINITE + INDEFINITE.T
SADDLE = np.block([[np.diag([4.0, 3, 2, 1]), np.array([[1.0, 0], [2, 1], [0, 1], [1, 1]])], [np.array([[1.0, 2, 0, 1], [0, 1, 1, 1]]), np.zeros((2, 2))]])

write('solving.json', 'python3 test/reference/solving.py', [np, scipy, mp], 'Least squares, pseudo-inverses, conditions; see the script.', {
    'deficient': [deficient(6, 4, 2), deficient(4, 6, 3), deficient(9, 5, 4), deficient(5, 9, 1), deficient(7, 7, 5), deficient(6, 3, 3),
                  deficient(3, 8, 3)],
    'graded': [graded('30 columns over 6 decades', RNG.normal(size=(30, 30)) * np.logspace(0, -6, 30)[RNG.permutation(30)], 60),
               graded('40 × 30, columns over 40 decades', RNG.normal(size=(40, 30)) * np.logspace(10, -30, 30)[RNG.permutation(30)], 120)],
    'conditions': [condition('random', RNG.normal(size=(8, 8))), condition('hilbert', scipy.linalg.hilbert(7)), condition('tall', RNG.normal(size=(9, 4))),
                   condition('wide', RNG.normal(size=(3, 7)))],
    'minres': [minres_case('indefinite', INDEFINITE, RNG.normal(size=9)), minres_case('saddle point', SADDLE, np.arange(1.0, 7))],
})
