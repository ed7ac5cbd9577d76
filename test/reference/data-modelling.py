"""Golden values of the linear data-modelling score, with queries that have no rank correlation.

    python3 test/reference/data-modelling.py        # writes test/reference/data-modelling.json

Scores are small integers, so that sums are exact in any order and ties are ties. Per query scipy.stats.spearmanr of
outcomes and predictions, null where SciPy returns NaN because one of them is constant; the mean is over all queries
with those as 0. A second file of scores gives the difference of two means over the same queries.
"""
import warnings

import numpy as np
import scipy
import scipy.stats

from common import write


def per_query(scores, subsets, outcomes):
    predictions = np.array([[-sum(row[i] for i in kept) for row in scores] for kept in subsets])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', scipy.stats.ConstantInputWarning)
        rho = [scipy.stats.spearmanr(outcomes[:, q], predictions[:, q]).statistic for q in range(len(scores))]
    return np.array(rho, float), predictions


def case(name, scores, subsets, outcomes):
    rho, predictions = per_query(scores, subsets, outcomes)
    constant = lambda table: [int(q) for q in np.flatnonzero((table == table[0]).all(axis=0))]
    assert set(np.flatnonzero(np.isnan(rho))) == set(constant(predictions)) | set(constant(outcomes))
    return {'name': name, 'scores': scores, 'subsets': subsets, 'outcomes': outcomes, 'perQuery': rho,
            'predictions': constant(predictions), 'constantOutcomes': constant(outcomes), 'mean': np.nan_to_num(rho).sum() / len(scores)}


def main():
    rng = np.random.default_rng(5)
    queries, train, count = 12, 10, 20
    subsets = [sorted(rng.permutation(train)[:5].tolist()) for _ in range(count)]
    scores = rng.integers(-9, 10, size=(queries, train)).astype(float)
    effect = np.array([[-scores[q, kept].sum() for q in range(queries)] for kept in subsets])
    outcomes = np.round(effect + rng.normal(size=effect.shape) * 12)  # ties
    zeroed = scores.copy()
    zeroed[[0, 2, 3, 5, 8, 9, 11]] = 0
    level = scores.copy()
    level[[1, 4]] = 7  # not zero: subsets of one size still have one prediction
    flat = outcomes.copy()
    flat[:, [2, 6]] = 0.25
    one = np.zeros((queries, train))
    one[3] = scores[3]
    pair = [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]
    unequal = [[0], [0, 1], [0, 1, 2], [1, 2, 3, 4]]
    cases = [
        case('whole', scores, subsets, outcomes),
        case('seven of twelve rows zero', zeroed, subsets, outcomes),
        case('two rows of sevens', level, subsets, outcomes),
        case('two queries with constant outcomes', scores, subsets, flat),
        case('constant predictions and constant outcomes', zeroed, subsets, flat),
        case('one row left', one, subsets, outcomes),
        case('nothing left', np.zeros((queries, train)), subsets, outcomes),
        case('two subsets', np.array([[1.0, 0, 0, 0, 0, 2], [2.0, 0, 0, 0, 0, 1], [0, 1.0, 2, 3, 4, 0], [1.0, 0, 0, 0, 0, 2]]), pair,
             np.array([[1.0, 1, 1, 4], [2.0, 2, 2, 4]])),
        case('one query', scores[:1], subsets, outcomes[:, :1]),
        case('one query, constant', np.full((1, train), 3.0), subsets, outcomes[:, :1]),
        case('a constant row is not constant over subsets of unequal size', np.full((1, train), 3.0), unequal, np.array([[0.4], [0.3], [0.1], [0.2]])),
    ]
    write('data-modelling.json', 'python3 test/reference/data-modelling.py', [np, scipy],
          "Spearman correlations of outcomes and predictions per query (null: one of them is constant), and their mean with undefined ones as 0.",
          {'seed': 5, 'cases': cases})


if __name__ == '__main__':
    main()
