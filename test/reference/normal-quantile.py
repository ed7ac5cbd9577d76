"""Φ⁻¹ at 300 probabilities to 17 digits: test/reference/normal-quantile.json, pairs [p, x].

Halley's iteration on Φ(x) = erfc(−x/√2)/2 in 60 digits. Run: python3 test/reference/normal-quantile.py     (mpmath 1.3.0)
"""

import json
import os
import random

from mpmath import mp, mpf

mp.dps = 60


def quantile(p):
    p = mpf(p)
    x = -mp.sqrt(-2 * mp.log(p)) if p < 1e-3 else mpf(0)
    for _ in range(200):
        step = (mp.erfc(-x / mp.sqrt(2)) / 2 - p) / mp.npdf(x)
        step /= 1 + x * step / 2
        x -= step
        if abs(step) < mpf(10) ** -40 * (1 + abs(x)):
            return x
    raise ArithmeticError(p)


r = random.Random(241)
points = [r.uniform(0, 0.5) for _ in range(120)] + [r.uniform(0.06, 0.09) for _ in range(40)]
points += [10 ** r.uniform(-300, -1) for _ in range(60)] + [10 ** r.uniform(-17, -9) for _ in range(40)]
points += [0.025, 0.075, 0.5 - 2.0**-40, 1e-300, 1.1e-16, 2.0**-53, 1.3887943864964021e-11]  # e^−25, a seam
pairs = [[p, float(quantile(p))] for p in points]
with open(os.path.join(os.path.dirname(__file__), "normal-quantile.json"), "w") as file:
    json.dump({"script": "normal-quantile.py", "pairs": pairs}, file, separators=(",", ":"))
    file.write("\n")
