"""SciPy's MINRES on indefinite systems, with and without a preconditioner: iterates, and the residual norms of those iterates."""
import numpy as np
import scipy
import scipy.sparse.linalg

from common import write

RNG = np.random.default_rng(20261202)


def case(name, a, b, m):
    """Iterates from 0, for as long as they are far from rounding level."""
    iterates = []
    scipy.sparse.linalg.minres(a, b, M=m, rtol=1e-9, maxiter=len(b), callback=lambda x: iterates.append(x.copy()))
    iterates = iterates[:8]
    return {'name': name, 'rows': len(b), 'data': a.ravel(), 'b': b, 'preconditioner': None if m is None else m.ravel(), 'iterates': iterates,
            'residuals': [np.linalg.norm(b - a @ x) for x in iterates]}


def indefinite(n, condition):
    q, _ = np.linalg.qr(RNG.normal(size=(n, n)))
    signs = np.where(np.arange(n) % 3 == 0, -1, 1)
    return (q * (signs * np.logspace(0, -np.log10(condition), n))) @ q.T


def near_inverse(a, noise):
    """|A|⁻¹, off by a random factor of each eigenvalue."""
    values, vectors = np.linalg.eigh(a)
    return (vectors * (np.exp(noise * RNG.normal(size=len(a))) / np.abs(values))) @ vectors.T


A, B = indefinite(12, 30), indefinite(20, 1e3)
A, B = (A + A.T) / 2, (B + B.T) / 2
M = near_inverse(B, 0.5)
write('minres.json', 'python3 test/reference/minres.py', [np, scipy], 'Iterates of SciPy\'s MINRES; see the script.', {
    'cases': [case('plain', A, RNG.normal(size=12), None), case('diagonal preconditioner', A, RNG.normal(size=12), np.diag(np.linspace(0.5, 2, 12))),
              case('near inverse', B, RNG.normal(size=20), (M + M.T) / 2)],
})
