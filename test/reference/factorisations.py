"""Golden values of LU, QR and SVD on ill-conditioned, graded, rank-deficient, wide and tall matrices.

    python3 test/reference/factorisations.py        # writes test/reference/factorisations.json

Every matrix is stored as the doubles it consists of, and every result is that of these doubles. Singular values, the R
with positive diagonal and the minimum-norm solutions come from mpmath in 200 digits; permutation, L and U from SciPy's LAPACK,
whose pivots are ours wherever no two candidates are nearly equal (checked here). SciPy's own singular values are stored
too: they must agree with mpmath to its backward error.
"""
import mpmath as mp
import numpy as np
import scipy
import scipy.linalg

from common import write

mp.mp.dps = 200  # the normal equations of graded-columns cancel 140 of them
RNG = np.random.default_rng(20240)


def hilbert(n):
    return scipy.linalg.hilbert(n)


def spectrum(m, n, values):
    """A matrix with about the given singular values."""
    u, _ = np.linalg.qr(RNG.normal(size=(m, len(values))))
    v, _ = np.linalg.qr(RNG.normal(size=(n, len(values))))
    return (u * values) @ v.T


MATRICES = {
    'one': np.array([[-3.0]]),
    'random-6': RNG.normal(size=(6, 6)),
    'random-11': RNG.normal(size=(11, 11)),
    'hilbert-8': hilbert(8),
    'hilbert-12': hilbert(12),
    'vandermonde-9': np.vander(np.linspace(0.1, 1, 9)),
    'condition-1e12': spectrum(10, 10, np.logspace(0, -12, 10)),
    'clustered': spectrum(9, 9, np.array([1, 1, 1, 1e-6, 1e-6, 1e-6, 1e-12, 1e-12, 1e-12])),
    'kahan-10': np.diag(0.6 ** np.arange(10)) @ (np.eye(10) - 0.8 * np.triu(np.ones((10, 10)), 1)),
    'graded-columns': RNG.normal(size=(8, 8)) * np.logspace(0, -70, 8),
    'graded-rows': np.logspace(0, -14, 8)[:, None] * RNG.normal(size=(8, 8)),
    'tiny-scale': 1e-160 * RNG.normal(size=(7, 7)),
    'huge-scale': 1e160 * RNG.normal(size=(7, 7)),
    'tall-13x5': RNG.normal(size=(13, 5)),
    'tall-condition-1e10': spectrum(14, 6, np.logspace(0, -10, 6)),
    'wide-5x12': RNG.normal(size=(5, 12)),
    'wide-condition-1e8': spectrum(6, 13, np.logspace(3, -5, 6)),
}


def exact(a):
    return mp.matrix([[mp.mpf(float(x)) for x in row] for row in a])


def floats(x):
    return np.array([float(v) for v in x])


def singular_values(a):
    m, n = a.shape
    b = exact(a if m >= n else a.T)
    return floats(sorted(mp.svd_r(b, compute_uv=False), reverse=True))


def positive_r(a):
    """R of A = QR with positive diagonal, by Gram-Schmidt in 200 digits, for m ≥ n of full rank."""
    b = exact(a)
    m, n = a.shape
    r = mp.zeros(n, n)
    q = [[b[i, j] for i in range(m)] for j in range(n)]
    for j in range(n):
        for _ in range(2):  # twice is enough, in 200 digits
            for k in range(j):
                c = mp.fdot(q[k], q[j])
                r[k, j] += c
                q[j] = [x - c * y for x, y in zip(q[j], q[k])]
        r[j, j] = mp.sqrt(mp.fdot(q[j], q[j]))
        q[j] = [x / r[j, j] for x in q[j]]
    return np.array([[float(r[i, j]) for j in range(n)] for i in range(n)])


def minimum_norm(a, b):
    """The shortest least-squares solution for full rank, by the normal equations in 200 digits."""
    x, y = exact(a), exact(b[:, None])
    m, n = a.shape
    s = mp.lu_solve(x.T * x, x.T * y) if m >= n else x.T * mp.lu_solve(x * x.T, y)
    return floats(s)


def pivots_are_clear(a):
    """No pivot choice of LAPACK depends on rounding: the runner-up is at least 1e-9 smaller, relative."""
    u = [list(row) for row in exact(a).tolist()]
    n = len(u)
    for j in range(n):
        sizes = sorted((abs(u[i][j]) for i in range(j, n)), reverse=True)
        if len(sizes) > 1 and sizes[1] > sizes[0] * (1 - mp.mpf('1e-9')):
            return False
        best = max(range(j, n), key=lambda i: abs(u[i][j]))
        u[j], u[best] = u[best], u[j]
        for i in range(j + 1, n):
            f = u[i][j] / u[j][j]
            u[i] = [x - f * y for x, y in zip(u[i], u[j])]
    return True


def case(name, a):
    m, n = a.shape
    b = RNG.normal(size=m) * np.abs(a).max()
    values = singular_values(a)
    by_lapack = np.linalg.svd(a, compute_uv=False)
    assert np.abs(values - by_lapack).max() <= 30 * max(m, n) * 2.2e-16 * values[0], name
    out = {'name': name, 'rows': m, 'cols': n, 'data': a.ravel(), 'b': b, 'values': values, 'valuesByLapack': by_lapack,
           'minimumNorm': minimum_norm(a, b)}
    if m >= n:
        out['r'] = positive_r(a).ravel()
    if m == n:
        determinant = mp.det(exact(a))
        out['logDeterminant'] = {'sign': int(mp.sign(determinant)), 'logAbsolute': float(mp.log(abs(determinant)))}
        out['condition1'] = float(mp.mnorm(exact(a), 1) * mp.mnorm(exact(a) ** -1, 1))
        if pivots_are_clear(a):
            p, l, u = scipy.linalg.lu(a, p_indices=True)
            out['lu'] = {'permutation': np.argsort(p), 'lower': l.ravel(), 'upper': u.ravel()}
    return out


write('factorisations.json', 'python3 test/reference/factorisations.py', [np, scipy, mp],
      'LU, QR and SVD of small difficult matrices; see the script.',
      {'cases': [case(name, a) for name, a in MATRICES.items()]})
