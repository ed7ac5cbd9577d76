"""Golden values of everyday operations on arrays: reductions by axis, norms, quantiles, slices, broadcasting.

    python3 test/reference/arrays.py        # writes test/reference/arrays.json

NumPy's, of one matrix with equal elements and of a vector; sums and deviations in rational arithmetic, NumPy's must agree.
"""
from fractions import Fraction
from math import sqrt

import numpy as np

from common import write

RNG = np.random.default_rng(16)
A = np.round(RNG.normal(size=(5, 4)), 2)
A[3] = A[1]
X = np.round(RNG.normal(size=9), 1)
ROW, COLUMN = np.round(RNG.normal(size=4), 2), np.round(RNG.normal(size=(5, 1)), 2)


def deviation(values, correction):
    exact = [Fraction(float(v)) for v in values]
    centre = sum(exact) / len(exact)
    square = sum((v - centre) ** 2 for v in exact) / (len(exact) - correction)
    assert abs(sqrt(square) - np.std(values, ddof=correction)) < 1e-14
    return sqrt(square)


def python_slice(s):
    return {k: v for k, v in (("start", s.start), ("end", s.stop), ("step", s.step)) if v is not None}


SLICES = [(slice(1, 4), slice(None)), (slice(None, None, 2), slice(-3, None)), (slice(None, None, -1), slice(None, 1, -1)),
          (slice(-2, 0, -2), slice(0, 4, 3)), (slice(2, 2), slice(None))]

if __name__ == "__main__":
    write("arrays.json", "python3 test/reference/arrays.py", [np], "everyday operations on arrays, by NumPy", {
        "a": A, "x": X, "row": ROW, "column": COLUMN,
        "sums": [A.sum(axis) for axis in (0, 1)],
        "means": [A.mean(axis) for axis in (0, 1)],
        "deviations": [[[deviation(line, c) for line in lines] for lines in (A.T, A)] for c in (0, 1)],
        "maxima": [A.max(axis) for axis in (0, 1)],
        "minima": [A.min(axis) for axis in (0, 1)],
        "argmax": [A.argmax(axis) for axis in (0, 1)],
        "argmin": [A.argmin(axis) for axis in (0, 1)],
        "sorted": [np.sort(A, axis=axis) for axis in (0, 1)],
        "argsort": np.argsort(X, kind="stable"),
        "argsortDescending": np.argsort(-X, kind="stable"),
        "quantiles": [{"q": q, "value": np.quantile(A, q)} for q in (0, 0.1, 0.25, 0.5, 0.9, 1)],
        "norms": {str(o): np.linalg.norm(A, {"1": 1, "2": 2, "Infinity": np.inf, "frobenius": "fro"}[o])
                  for o in ("1", "2", "Infinity", "frobenius")},
        "vectorNorms": {o: np.linalg.norm(X, {"1": 1, "2": 2, "Infinity": np.inf}[o]) for o in ("1", "2", "Infinity")},
        "broadcast": {name: [f(A, ROW), f(COLUMN, A), f(2.5, A), f(COLUMN, ROW[None, :]), f(A, A)]
                      for name, f in (("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply), ("divide", np.divide))},
        "slices": [{"rows": python_slice(i), "columns": python_slice(j), "value": A[i, j]} for i, j in SLICES],
        "diagonals": [{"k": k, "value": np.diagonal(A, k), "triu": np.triu(A, k), "tril": np.tril(A, k)} for k in (-6, -4, -1, 0, 2, 5)],
        "hstack": np.hstack([A, COLUMN, A]),
        "vstack": np.vstack([A, ROW, A]),
        "outer": np.outer(X, ROW),
    })
