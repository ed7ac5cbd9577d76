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
