"""Minimax polynomials of src/linalg/elementary/, by the exchange algorithm of Remez (1934) in 60 digits.

Prints, for each polynomial, its coefficients rounded to binary64, lowest degree first, and the largest weighted error
of the *rounded* polynomial on its interval. Leading coefficients that the code keeps exact (1, 1/2) are not fitted.
Run: python3 test/reference/elementary-coefficients.py     (mpmath 1.3.0)
"""

from mpmath import mp, mpf

mp.dps = 60


def solve_exchange(f, w, points, degree):
    """Coefficients c and level e with Σ cᵢ xⱼⁱ + (−1)ʲ e / w(xⱼ) = f(xⱼ)."""
    n = degree + 2
    a = mp.matrix(n, n)
    b = mp.matrix(n, 1)
    for j, x in enumerate(points):
        for i in range(degree + 1):
            a[j, i] = x**i
        a[j, degree + 1] = (-1) ** j / w(x)
        b[j] = f(x)
    solution = mp.lu_solve(a, b)
    return [solution[i] for i in range(degree + 1)]


def evaluate(c, x):
    total = mpf(0)
    for coefficient in reversed(c):
        total = total * x + coefficient
    return total


def remez(f, w, low, high, degree, rounds=8, grid=600):
    """The polynomial of the given degree that minimises max |w(x)·(p(x) − f(x))| on [low, high]."""
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * mp.cos(mp.pi * j / (degree + 1)) for j in range(degree + 2)]
    xs = [middle - half * mp.cos(mp.pi * j / grid) for j in range(grid + 1)]
    fs = [(x, f(x), w(x)) for x in xs]
    for _ in range(rounds):
        c = solve_exchange(f, w, points, degree)
        errors = [wx * (evaluate(c, x) - fx) for x, fx, wx in fs]
        peaks = []
        start = 0
        for j in range(1, len(xs) + 1):  # one extremum of each run of equal sign
            if j == len(xs) or errors[j] * errors[start] < 0:
                peak = max(range(start, j), key=lambda i: abs(errors[i]))
                peaks.append(xs[peak])
                start = j
        while len(peaks) > degree + 2:
            e0 = abs(w(peaks[0]) * (evaluate(c, peaks[0]) - f(peaks[0])))
            e1 = abs(w(peaks[-1]) * (evaluate(c, peaks[-1]) - f(peaks[-1])))
            peaks.pop(0 if e0 < e1 else -1)
        if len(peaks) < degree + 2:
            break
        points = peaks
    rounded = [mpf(float(v)) for v in c]
    worst = max(abs(wx * (evaluate(rounded, x) - fx)) for x, fx, wx in fs)
    return [float(v) for v in c], worst


def show(name, formula, c, worst):
    print(f"{name}: {formula}\n  largest error {mp.nstr(worst, 3)}")
    for i, v in enumerate(c):
        print(f"  {i}: {v!r}")


def series(f, threshold, small):
    """f above the threshold, its Taylor series below it, where f itself cancels."""
    return lambda x: small(x) if abs(x) < threshold else f(x)


# log: log((1+s)/(1−s)) = 2s + s·z·L(z), z = s², |s| ≤ (√2−1)/(√2+1). Error relative to 2s.
top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
log_rest = series(
    lambda z: (mp.log((1 + mp.sqrt(z)) / (1 - mp.sqrt(z))) / mp.sqrt(z) - 2) / z,
    mpf(10) ** -12,
    lambda z: mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7 + 2 * z**3 / 9,
)
show("log", "L(z)", *remez(log_rest, lambda z: z / 2 + mpf(10) ** -9, 0, top, 6))

# exp: eʳ = 1 + r + r²·E(r), |r| ≤ ln2/2. Error relative to expm1(r)/… ≈ r: the same E serves exp, expm1 and tanh.
exp_rest = series(
    lambda r: (mp.expm1(r) - r) / r**2,
    mpf(10) ** -9,
    lambda r: mpf(1) / 2 + r / 6 + r**2 / 24 + r**3 / 120 + r**4 / 720,
)
half_ln2 = mp.log(2) / 2 * mpf("1.0001")
show("exp", "E(r)", *remez(exp_rest, lambda r: abs(r) + mpf(10) ** -3, -half_ln2, half_ln2, 9))

# erf near 0: erf x = x + x·R(z), z = x² ≤ 1. Error relative to erf x.
erf_rest = series(
    lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
    mpf(10) ** -20,
    lambda z: 2 / mp.sqrt(mp.pi) * (1 - z / 3) - 1,
)
show("erf, |x| ≤ 1", "R(z)", *remez(erf_rest, lambda z: 1 / (1 + erf_rest(z)), 0, 1, 11))


def scaled_erfc(shift):
    """(x + shift)·e^(x²)·erfc x as a function of t = (x − shift)/(x + shift)."""
    x = lambda t: shift * (1 + t) / (1 - t)
    return x, lambda t: (x(t) + shift) * mp.exp(x(t) ** 2) * mp.erfc(x(t))


# erf beyond 1: erf x = 1 − e^(−x²)·F(t)/(x + 3), t = (x − 3)/(x + 3), 1 ≤ x ≤ 6. Absolute error of erf.
x, f = scaled_erfc(mpf(3))
weight = lambda t: mp.exp(-x(t) ** 2) / (x(t) + 3)
show("erf, |x| > 1", "F(t)", *remez(f, weight, mpf(-1) / 2, mpf(1) / 3, 11))

# sin πr = r·(π + z·S(z)), cos πr = 1 + z·C(z), z = r² ≤ 1/16. Errors relative to the function, and absolute.
sin_rest = series(
    lambda z: (mp.sinpi(mp.sqrt(z)) / mp.sqrt(z) - mp.pi) / z, mpf(10) ** -20, lambda z: -mp.pi**3 / 6
)
show("sinPi", "S(z)", *remez(sin_rest, lambda z: (z + mpf(10) ** -9) / mp.pi, 0, mpf(1) / 16, 6))
cos_rest = series(lambda z: (mp.cospi(mp.sqrt(z)) - 1) / z, mpf(10) ** -20, lambda z: -mp.pi**2 / 2)
show("cosPi", "C(z)", *remez(cos_rest, lambda z: z + mpf(10) ** -9, 0, mpf(1) / 16, 6))

# tanh d = d·(1 + z·D(z)), z = d² ≤ 1/64². Error relative to d. And e^(1/16) in two parts, the step of its table.
tanh_rest = series(
    lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(10) ** -20, lambda z: -mpf(1) / 3 + 2 * z / 15
)
show("tanh", "D(z)", *remez(tanh_rest, lambda z: z + mpf(10) ** -9, 0, mpf(1) / 4096, 2))
step = mp.exp(mpf(1) / 16)
print(f"tanh: e^(1/16) = {float(step)!r} + {float(step - mpf(float(step)))!r}")
