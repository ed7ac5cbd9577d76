"""Golden values of the hierarchical bootstrap over base networks and subsets.

    python3 test/reference/network-bootstrap.py        # writes test/reference/network-bootstrap.json

Every resample is written out: the subsets of a draw are repeated, the scores of the networks of a draw are averaged, and
scipy.stats.spearmanr ranks what comes out, NaN counting as 0. Scores and outcomes are small integers, so that sums are exact in any
order and ties are ties; one query has constant outcomes, one method a query without scores. Draws are NumPy's and stand in the file.
The interval and the parts of the variance are written from the formulas, with scipy.stats.t; quantiles of t stand beside them.
"""
import warnings

import numpy as np
import scipy
import scipy.stats

from common import write

warnings.simplefilter('ignore', scipy.stats.ConstantInputWarning)


def lds(scores, subsets, outcomes, drawn):
    """Mean over queries of Spearman's rho over the subsets `drawn`, a list with repetitions."""
    total = 0
    for q in range(outcomes.shape[1]):
        predicted = [-sum(scores[q, i] for i in subsets[j]) for j in drawn]
        rho = scipy.stats.spearmanr(outcomes[drawn, q], predicted).statistic
        total += 0 if np.isnan(rho) else rho
    return total / outcomes.shape[1]


def readings(scores, subsets, outcomes, draws):
    """scores [network, query, train]; draws: pairs of lists, with repetitions."""
    m, k = len(scores), len(subsets)
    alone = lambda n, drawn: lds(scores[n], subsets, outcomes, drawn)
    single = lambda nets, drawn: np.mean([alone(n, drawn) for n in nets])
    ensemble = lambda nets, drawn: lds(scores[nets].sum(axis=0), subsets, outcomes, drawn)
    nets, all_subsets = list(range(m)), list(range(k))
    rest = lambda items, left: [i for i in items if i != left]
    out = {'perNetwork': [alone(n, all_subsets) for n in nets],
           'perNetworkReplicates': [[alone(n, s) for _, s in draws] for n in nets]}
    for name, statistic in [('single', single), ('ensemble', ensemble)]:
        out[name] = {
            'estimate': statistic(nets, all_subsets),
            'replicates': [statistic(n, s) for n, s in draws],
            'subsetReplicates': [statistic(nets, s) for _, s in draws],
            'jackknife': [statistic(nets, rest(all_subsets, j)) for j in all_subsets],
            'withoutNetwork': [statistic(rest(nets, n), all_subsets) for n in nets],
            'withoutBoth': [[statistic(rest(nets, n), rest(all_subsets, j)) for j in all_subsets] for n in nets],
        }
    return out


def interval(reading, level):
    theta, without, both = reading['estimate'], np.array(reading['withoutNetwork']), np.array(reading['withoutBoth'])
    jackknife, drawn = np.array(reading['jackknife']), np.array(reading['subsetReplicates'])
    m, k = both.shape
    networks = (m - 1) / m * np.sum((without - without.mean()) ** 2)
    subsets = drawn.var(ddof=1) * k / (k - 1)
    twice = (m - 1) / m * (k - 1) / k * np.sum((both - without[:, None] - jackknife[None, :] + theta) ** 2)
    variance = max(networks, subsets, networks + subsets - twice)
    degrees = variance**2 / (networks**2 / (m - 1) + subsets**2 / (k - 1))
    reach = scipy.stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance)
    return {'networks': networks, 'subsets': subsets, 'variance': variance, 'degrees': degrees, 'interval': [theta - reach, theta + reach]}


def components(values, replicates, k):
    covariance = np.cov(np.array(replicates)) * k / (k - 1)
    m = len(values)
    each = np.trace(covariance) / m
    shared = min(each, max(0, (covariance.sum() - np.trace(covariance)) / (m * (m - 1))))
    return {'networks': max(0, np.var(values, ddof=1) - (each - shared)), 'subsets': shared, 'residual': each - shared}


def difference(a, b):
    if isinstance(a, dict):
        return {key: difference(a[key], b[key]) for key in a}
    return np.array(a) - np.array(b)


def needed(parts, half_width, level):
    for m in range(2, 100000):
        own = (parts['networks'] + parts['residual']) / m
        variance = own + parts['subsets']
        degrees = np.inf if own == 0 else (m - 1) * (variance / own) ** 2
        if scipy.stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance) <= half_width:
            return m
    return None


def main():
    rng = np.random.default_rng(21)
    networks, queries, train, count, resamples = 4, 5, 9, 8, 30
    subsets = [sorted(rng.permutation(train)[:5].tolist()) for _ in range(count)]
    truth = rng.integers(-9, 10, size=(queries, train))
    outcomes = np.array([[-truth[q, kept].sum() for q in range(queries)] for kept in subsets]) + rng.integers(-4, 5, size=(count, queries))
    outcomes[:, 3] = 2
    methods = [truth + rng.integers(-6, 7, size=(networks, queries, train)), truth + rng.integers(-12, 13, size=(networks, queries, train))]
    methods[1][:, 1] = 0
    draws = [(rng.integers(networks, size=networks).tolist(), rng.integers(count, size=count).tolist()) for _ in range(resamples)]
    found = [readings(scores, subsets, outcomes, draws) for scores in methods]
    gap = difference(*found)
    parts = [components(r['perNetwork'], r['perNetworkReplicates'], count) for r in [*found, gap]]
    write('network-bootstrap.json', 'python3 test/reference/network-bootstrap.py', [np, scipy],
          'Two methods at four networks on eight subsets: both readings on given draws, their intervals and parts of variance, their difference; quantiles of Student’s t.',
          {'seed': 21, 'subsets': subsets, 'outcomes': outcomes, 'scores': methods, 'networkDraws': [n for n, _ in draws], 'subsetDraws': [s for _, s in draws],
           'readings': found,
           'intervals': [{name: interval(r[name], 0.9) for name in ['single', 'ensemble']} for r in [*found, gap]],
           'components': parts,
           'needed': [{'parts': p, 'halfWidth': h, 'level': level, 'networks': needed(p, h, level)}
                      for p, h, level in [(parts[0], 2, 0.95), ({'networks': 0.03, 'subsets': 1e-4, 'residual': 1e-3}, 0.05, 0.95),
                                          ({'networks': 0.03, 'subsets': 1e-4, 'residual': 1e-3}, 0.1, 0.9), ({'networks': 4e-4, 'subsets': 2e-4, 'residual': 0}, 0.03, 0.95)]],
           'student': [{'p': p, 'degrees': d, 't': scipy.stats.t.ppf(p, d)} for d in [0.5, 1, 1.3, 2, 2.7, 9, 29.5, 500, 99999, 1e5, 1e7] for p in [0.975, 0.6, 5e-4]]})


if __name__ == '__main__':
    main()
