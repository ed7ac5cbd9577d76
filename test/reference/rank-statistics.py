"""Golden values of rank correlation and bootstrap intervals.

    python3 test/reference/rank-statistics.py        # writes test/reference/rank-statistics.json

Random resampling cannot be compared between generators, so the bootstrap is taken apart: the file holds estimate,
replicates and jackknife values, and the intervals that SciPy makes of exactly these. The z0 and acceleration of SciPy
are checked against the textbook formulas (Efron & Tibshirani 1993, 14.14 and 14.15) before they are stored.
"""
import numpy as np
import scipy
import scipy.stats
from scipy.special import ndtr, ndtri
from scipy.stats._resampling import _bca_interval

from common import write


def correlations(rng):
    cases = []
    for n, levels in [(2, 5), (3, 2), (5, 3), (8, 4), (20, 6), (60, 9), (60, 1000), (7, 1)]:
        x = rng.integers(levels, size=n).astype(float)
        y = np.round(0.5 * x + rng.normal(size=n) * levels / 4)
        cases.append((x, y))
    cases.append((np.array([1e-300, 2e-300, 3e300, -1e300]), np.array([4.0, 3.0, 2.0, 1.0])))
    x = rng.normal(size=40)
    cases += [(x, np.exp(x)), (x, -(x**3)), (x, rng.normal(size=40))]
    out = []
    for x, y in cases:
        constant = len(set(x)) == 1 or len(set(y)) == 1
        out.append({'x': x, 'y': y, 'ranksX': scipy.stats.rankdata(x), 'spearman': np.nan if constant else scipy.stats.spearmanr(x, y).statistic})
    return out


def interval(data, statistic, resamples, level, rng):
    n = len(data)
    indices = rng.integers(n, size=(resamples, n))
    replicates = np.array([statistic(data[i]) for i in indices])
    jackknife = np.array([statistic(np.delete(data, i)) for i in range(n)])
    estimate = statistic(data)
    alpha = (1 - level) / 2

    def rows(x, axis=-1):
        return np.apply_along_axis(statistic, axis, x)

    # SciPy's private function: (data tuple, statistic, axis, alpha, replicates, batch, namespace) → (alpha_1, alpha_2, a).
    a1, a2, acceleration = _bca_interval((data,), rows, -1, alpha, replicates, None, np)
    z0 = ndtri((np.sum(replicates < estimate) + np.sum(replicates <= estimate)) / (2 * resamples))
    d = jackknife.mean() - jackknife
    textbook = np.sum(d**3) / (6 * np.sum(d**2) ** 1.5)
    assert abs(acceleration - textbook) < 1e-12
    for end, z in [(a1, ndtri(alpha)), (a2, ndtri(1 - alpha))]:
        assert abs(end - ndtr(z0 + (z0 + z) / (1 - textbook * (z0 + z)))) < 1e-12
    return {'level': level, 'estimate': estimate, 'replicates': replicates, 'jackknife': jackknife,
            'percentile': np.quantile(replicates, [alpha, 1 - alpha]), 'z0': z0, 'acceleration': textbook, 'bca': np.quantile(replicates, [float(a1), float(a2)])}


def main():
    rng = np.random.default_rng(11)
    skewed = rng.exponential(size=15)
    intervals = [
        interval(skewed, np.mean, 200, 0.95, rng),
        interval(skewed, np.var, 150, 0.9, rng),
        interval(rng.normal(size=12), np.median, 120, 0.95, rng),  # many replicates equal the estimate
        interval(rng.normal(size=30), np.mean, 99, 0.5, rng),
    ]
    write('rank-statistics.json', 'python3 test/reference/rank-statistics.py', [np, scipy],
          'Spearman correlation with averaged ties (null: undefined), and percentile and BCa intervals of given replicates and jackknife values.',
          {'seed': 11, 'correlations': correlations(rng), 'intervals': intervals})


if __name__ == '__main__':
    main()
