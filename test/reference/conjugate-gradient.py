"""Conjugate gradients in exact rational arithmetic: test/reference/conjugate-gradient.json.

The iterates x_1 … x_n of the textbook recursion, plain and with a diagonal preconditioner, for two small systems. Numbers
are rounded to binary64 only when written. Run: python3 test/reference/conjugate-gradient.py     (Python standard library)
"""

import json
import os
from fractions import Fraction as F


def multiply(a, x):
    return [sum(p * q for p, q in zip(row, x)) for row in a]


def inner(x, y):
    return sum(p * q for p, q in zip(x, y))


def iterates(a, b, inverse_diagonal):
    x, r = [F(0)] * len(b), list(b)
    z = [d * v for d, v in zip(inverse_diagonal, r)]
    p, energy, out = list(z), inner(r, z), []
    for _ in b:
        q = multiply(a, p)
        alpha = energy / inner(p, q)
        x = [u + alpha * v for u, v in zip(x, p)]
        r = [u - alpha * v for u, v in zip(r, q)]
        out.append([float(v) for v in x])
        z = [d * v for d, v in zip(inverse_diagonal, r)]
        following = inner(r, z)
        if following == 0:
            break
        p = [u + following / energy * v for u, v in zip(z, p)]
        energy = following
    return out


HILBERT = [[F(1, i + j + 1) for j in range(4)] for i in range(4)]
SYSTEMS = {
    "hilbert": (HILBERT, [F(1), F(2), F(3), F(4)]),
    "tridiagonal": (
        [[F({0: 4 + i, 1: -1}.get(abs(i - j), 0)) for j in range(5)] for i in range(5)],
        [F(1), F(0), F(-2), F(5), F(1)],
    ),
}

result = {"script": "conjugate-gradient.py", "systems": {}}
for name, (a, b) in SYSTEMS.items():
    result["systems"][name] = {
        "a": [[float(v) for v in row] for row in a],
        "b": [float(v) for v in b],
        "plain": iterates(a, b, [F(1)] * len(b)),
        "jacobi": iterates(a, b, [1 / a[i][i] for i in range(len(b))]),
    }
with open(os.path.join(os.path.dirname(__file__), "conjugate-gradient.json"), "w") as file:
    json.dump(result, file, indent=1)
    file.write("\n")
