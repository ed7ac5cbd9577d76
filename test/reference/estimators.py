"""Traces of functions, log-determinants, diagonals and smoothed spectral densities of small symmetric matrices, by NumPy and SciPy."""
import numpy as np
import scipy
import scipy.linalg
import scipy.stats

from common import lower, write

RNG = np.random.default_rng(20261203)


def case(name, values):
    n = len(values)
    q, _ = np.linalg.qr(RNG.normal(size=(n, n)))
    a = (q * values) @ q.T
    a = (a + a.T) / 2
    exact = scipy.linalg.eigvalsh(a)
    width = (exact[-1] - exact[0]) / 20
    points = np.linspace(exact[0] - 2 * width, exact[-1] + 2 * width, 25)
    density = scipy.stats.norm.pdf(points[:, None], loc=exact[None, :], scale=width).mean(axis=1)
    return {'name': name, 'rows': n, 'matrix': lower(a), 'trace': np.trace(a), 'diagonal': np.diag(a), 'exponential': np.trace(scipy.linalg.expm(a)),
            'logDeterminant': np.linalg.slogdet(a)[1] if values.min() > 0 else None, 'width': width, 'points': points, 'density': density}


write('estimators.json', 'python3 test/reference/estimators.py', [np, scipy], 'Spectral sums and densities of symmetric matrices; see the script.', {
    'cases': [case('indefinite', np.linspace(-1, 2, 40) ** 3), case('definite, decaying', 0.05 + 2.0 ** -np.arange(50.0))],
})
