"""High-precision values of the elementary functions at thousands of doubles: test/reference/elementary.json.

For each function, three base64 arrays of equal length: x (float64), y (float64, the exact value rounded to nearest) and
rest (int16, (exact − y)/ulp(y) in units of 1/20000), all little endian. Half of the points are drawn from named ranges,
the others lie within a few ulps of the places where implementations change branch or lose digits.
Run: python3 test/reference/elementary.py [--count 120] [--out FILE]     (mpmath 1.3.0, Python's random with a fixed seed)
"""

import argparse
import base64
import json
import math
import os
import random
import struct

from mpmath import mp, mpf

mp.prec = 240
LN2 = float(mp.log(2))
BIG = 2.0**53


def neighbours(x, steps):
    out = [x]
    up = down = x
    for _ in range(steps):
        up, down = math.nextafter(up, math.inf), math.nextafter(down, -math.inf)
        out += [up, down]
    return out


def wide(r, low, high):
    """Random sign, magnitude log-uniform in [low, high]."""
    magnitude = math.exp(r.uniform(math.log(low), math.log(high)))
    return r.choice([-1, 1]) * min(magnitude, 1.7976931348623157e308)


def uniform(low, high):
    return lambda r: r.uniform(low, high)


def spread(low, high):
    return lambda r: wide(r, low, high)


def any_positive(r):
    return struct.unpack("<d", struct.pack("<Q", r.randrange(1, 0x7FF0000000000000)))[0]


def subnormal(r):
    return r.choice([-1, 1]) * r.randrange(1, 1 << 52) * 5e-324


def near(points, steps=2):
    return [y for p in points for y in neighbours(p, steps)]


FUNCTIONS = {
    "exp": (
        mp.exp,
        [uniform(-745.13, 709.78), uniform(-1, 1), uniform(-745.13, -708), uniform(-30, 5), spread(1e-20, 1)],
        near([(k + 0.5) * LN2 for k in (-1070, -1023, -1022, -40, -3, -2, -1, 0, 1, 2, 30, 1022)])
        + near([709.782712893384 - 1e-12, -708.3964185322641, -745.13]) + [709.782712893384, -745.1332191019411],
    ),
    "expm1": (
        mp.expm1,
        [uniform(-38, 709.78), uniform(-2, 2), uniform(-0.5, 0.5), uniform(-1.1, -0.3), spread(1e-300, 1), subnormal],
        near([(k + 0.5) * LN2 for k in (-54, -53, -2, -1, 0, 1, 2, 52, 53, 60)]) + near([-37.5, -1, 1, 1e-16]),
    ),
    "log": (
        mp.log,
        [any_positive, uniform(0.5, 2), uniform(0.99, 1.01), lambda r: 1 + wide(r, 3e-16, 1e-2), lambda r: abs(subnormal(r))],
        near([0.7071067811865476, 1.4142135623730951, 2, 0.5, math.e, 10, 2.0**-1022, 1.0 + 1e-9, 1 - 1e-9, 1e308]),
    ),
    "log1p": (
        mp.log1p,
        [uniform(-1 + 1e-9, 3), uniform(-0.3, 0.42), spread(1e-300, 0.5), subnormal, lambda r: -1 + abs(wide(r, 1e-15, 0.5)), lambda r: abs(wide(r, 1, 1e300))],
        near([-0.2928932188134524, 0.41421356237309515, 1, 1.8284271247461903, 1e-16, -1e-16, 2.0**53]),
    ),
    "tanh": (
        mp.tanh,
        [uniform(-1, 1), uniform(-0.2, 0.2), uniform(-3, 3), uniform(-22, 22), spread(1e-300, 1), subnormal],
        near([s * (k + 0.5) * LN2 / 2 for k in (0, 1, 2, 3, 10, 30, 52, 53, 54) for s in (1, -1)]) + near([19, 19.06, 22]),
    ),
    "sigmoid": (
        lambda x: 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x)),
        [uniform(-745.13, 40), uniform(-5, 5), uniform(-1, 1), uniform(-40, 40), spread(1e-300, 1)],
        near([(k + 0.5) * LN2 for k in (-1022, -53, -2, -1, 0, 1, 2, 52, 53)]) + [0.0, -745.1332191019411],
    ),
    "erf": (
        mp.erf,
        [uniform(-1, 1), uniform(-0.3, 0.3), uniform(-3, 3), uniform(0.8, 1.5), uniform(-6.5, 6.5), spread(1e-300, 1), subnormal],
        near([0.5, 0.84375, 1, 1.25, 2, 3, 5.9, 5.9215871957945]),
    ),
    "cosPi": (
        mp.cospi,
        [uniform(-2, 2), uniform(-0.3, 0.3), lambda r: r.randrange(-99, 99) + 0.5 + wide(r, 1e-9, 1e-2), uniform(-1e6, 1e6), spread(1e-12, BIG)],
        near([0.25, 0.75, 1.25, 1.75, 1, 2, 1e15 + 0.375]) + [2.0**53 - 1, 2.0**53 + 2, 1e300],
    ),
    "sinPi": (
        mp.sinpi,
        [uniform(-2, 2), uniform(-0.3, 0.3), lambda r: r.randrange(-99, 99) + wide(r, 1e-9, 1e-2), uniform(-1e6, 1e6), spread(1e-300, BIG), subnormal],
        near([0.25, 0.75, 1.25, 1.75, 0.5, 1.5, 1e15 + 0.375]),
    ),
}


def split(exact):
    """Nearest double and the remainder in its units in the last place."""
    y = float(exact)
    if math.isinf(y) and abs(exact) < mpf(2) ** 1024:
        y = math.copysign(1.7976931348623157e308, y)
    return y, float((exact - mpf(y)) / mpf(math.ulp(y)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=120, help="random points per range")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "elementary.json"))
    options = parser.parse_args()
    result = {"script": "elementary.py", "count": options.count, "seed": 20110, "functions": {}}
    for name, (f, ranges, fixed) in FUNCTIONS.items():
        r = random.Random(f"20110/{name}")
        xs = list(fixed)
        for draw in ranges:
            xs += [draw(r) for _ in range(options.count)]
        xs = [x for x in xs if math.isfinite(x)]
        pairs = [split(f(mpf(x))) for x in xs]
        n = len(xs)
        encode = lambda kind, values: base64.b64encode(struct.pack(f"<{n}{kind}", *values)).decode()
        result["functions"][name] = {
            "x": encode("d", xs),
            "y": encode("d", [y for y, _ in pairs]),
            "rest": encode("h", [round(20000 * e) for _, e in pairs]),
        }
    with open(options.out, "w") as file:
        json.dump(result, file, indent=0)
        file.write("\n")


main()
