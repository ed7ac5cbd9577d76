"""exp, log and tanh operation by operation in CPython's binary64 arithmetic: test/reference/elementary-bits.json.

The order of operations is part of the contract of src/linalg/elementary/: any engine, and any faster version, must give
these very bits. Arrays are base64 of little-endian float64. Where elementary.py says how accurate the functions are, this
file says which doubles they return; the table of tanh comes from mpmath here, not from double-double arithmetic.
Run: python3 test/reference/elementary-bits.py     (mpmath 1.3.0)
"""

import base64
import json
import math
import os
import random
import struct

from mpmath import mp

mp.prec = 200


def horner(coefficients, x):
    total = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = c + x * total
    return total


EXP_EVEN = [0.5000000000000006, 0.041666666666574106, 0.0013888888932254734, 2.480150457097627e-5, 2.762628332588968e-7]
EXP_ODD = [0.16666666666666685, 0.008333333333314673, 0.00019841269902866324, 2.7557228093037526e-6, 2.5114430873932613e-8]
LOG_EVEN = [0.6666666666666734, 0.2857142874238502, 0.18183564320453277, 0.14795949398544272]
LOG_ODD = [0.399999999994147, 0.22222198573359705, 0.15314050632059595]
TANH = [-0.333333333333275, 0.13333333188217222, -0.05395799944887307]
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10


def exp(x):
    k = math.floor(x * 1.4426950408889634 + 0.5)
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    z = r * r
    rest = horner(EXP_EVEN, z) + r * horner(EXP_ODD, z)
    return math.ldexp(1 + (high + (z * rest - low)), k)  # one rounding, as two multiplications by powers of two


def log(x):
    m, k = math.frexp(x)
    if m < 0.7071065902709961:  # the double whose upper word is that of √½, lower word 0
        m, k = 2 * m, k - 1
    f = m - 1
    s = f / (2 + f)
    z = s * s
    w = z * z
    rest = z * (horner(LOG_EVEN, w) + z * horner(LOG_ODD, w))
    half = 0.5 * f * f
    return k * LN2_HIGH - (half - (s * (half + rest) + k * LN2_LOW) - f)


def tanh(x):
    v = max(-19.0625, min(19.0625, x))
    j = round(32 * v)  # ties to even
    d = v - j * 0.03125
    z = d * d
    t = d * (1 + z * horner(TANH, z))
    T = float(mp.tanh(mp.mpf(j) / 32))
    return T + (1 - T * T) * t / (1 + T * t)


r = random.Random(754)
everywhere = [math.copysign(math.exp(r.uniform(-40, 6.5)), r.random() - 0.5) for _ in range(300)]
ranges = {
    "exp": [r.uniform(-745, 709) for _ in range(200)] + [r.uniform(-2, 2) for _ in range(200)] + everywhere,
    "log": [math.exp(r.uniform(-744, 709)) for _ in range(200)] + [r.uniform(0.5, 2) for _ in range(400)],
    "tanh": [j / 32 for j in range(-620, 621)] + [r.uniform(-4, 4) for _ in range(400)] + everywhere,
}
pack = lambda values: base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()
functions = {"exp": exp, "log": log, "tanh": tanh}
result = {name: {"x": pack(xs), "y": pack([functions[name](x) for x in xs])} for name, xs in ranges.items()}
with open(os.path.join(os.path.dirname(__file__), "elementary-bits.json"), "w") as file:
    json.dump({"script": "elementary-bits.py", "functions": result}, file, indent=0)
    file.write("\n")
