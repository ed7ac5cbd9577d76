"""Golden values of general eigenvalues, exponentials, generalised and banded symmetric problems.

    python3 test/reference/spectral.py        # writes test/reference/spectral.json

Exponentials, the eigenvalues of general matrices and those of pairs come from mpmath with 80 digits; the rest from SciPy. Matrices are small and written in
full, so that both sides read the same doubles.
"""
import mpmath as mp
import numpy as np
import scipy
import scipy.linalg

from common import write

mp.mp.dps = 80
RNG = np.random.default_rng(1616)


def high_eigenvalues(a):
    values = mp.eig(mp.matrix(a.tolist()), left=False, right=False)
    values = sorted(((float(mp.re(v)), float(mp.im(v))) for v in values))
    return [v[0] for v in values], [v[1] for v in values]


def frank(n):
    return np.array([[n - max(i, j) if j >= i - 1 else 0 for j in range(n)] for i in range(n)], dtype=float)


MATRICES = {
    "random": RNG.normal(size=(7, 7)),
    "companion": np.vstack([[3.5, -1.25, 0.5, 2.0, -0.75], np.eye(5)[:4]]),
    "frank": frank(9),
    "cyclic": np.roll(np.eye(6), 1, axis=1),
    "badly scaled": np.array([[1.0, 1e8, 1e14], [1e-8, 2.0, 1e6], [1e-14, 1e-6, 3.0]]),
    "graded": np.array([[10.0 ** (-2 * (i + j)) * (1 + (3 * i + 7 * j) % 5) for j in range(5)] for i in range(5)]),
    "grcar": np.diag(np.ones(8)) + np.diag(-np.ones(7), -1) + sum(np.diag(np.ones(8 - k), k) for k in (1, 2, 3)),
    "cluster": np.array([[1, 1e-3, 0, 2], [0, 1 + 1e-9, 1e-3, 0], [1e-6, 0, 1 - 1e-9, 1], [0, 0, 1e-9, 5]]),
}
EXPONENTIALS = {
    "random": RNG.normal(size=(6, 6)),
    "small": RNG.normal(size=(4, 4)) * 1e-3,
    "moderate": RNG.normal(size=(4, 4)) * 0.1,
    "large": RNG.normal(size=(5, 5)) * 8,
    "rotation": np.array([[0.0, 100.0], [-100.0, 0.0]]),
    "nearly defective": np.array([[1.0, 1e6], [0.0, 1 + 1e-12]]),
    "cancelling": np.array([[-49.0, 24.0], [-64.0, 31.0]]),
    "overscaled": np.array([[1.0, 1e7], [0.0, -1.0]]),
    "nilpotent": np.triu(RNG.normal(size=(5, 5)) * 1e3, 1),
    "negative": -np.diag([1.0, 50.0, 800.0]) + np.diag([1.0, 2.0], 1),
}


def high_exponential(a):
    m = mp.matrix(a.tolist())
    s = max(0, int(mp.ceil(mp.log(mp.norm(m, 1) + 1, 2)))) + 8
    x, term, total = m / mp.mpf(2) ** s, mp.eye(len(a)), mp.eye(len(a))
    for k in range(1, 60):
        term = term * x / k
        total += term
    for _ in range(s):
        total = total * total
    out = np.array(total.tolist(), dtype=float)
    # on nearly equal diagonal elements SciPy's divided difference keeps five digits, hence the loose bound
    assert np.allclose(out, scipy.linalg.expm(a), rtol=1e-4, atol=1e-9 * np.abs(out).max())
    return out


def spd(n, condition):
    q = np.linalg.qr(RNG.normal(size=(n, n)))[0]
    m = q * np.geomspace(1, 1 / condition, n) @ q.T
    return (m + m.T) / 2


def generalised(a, b):
    """A x = λ B x of these doubles in 80 digits: the eigenvalues of L⁻¹ A L⁻ᵀ, B = L Lᵀ, and the condition of B."""
    left, right = mp.matrix(a.tolist()), mp.matrix(b.tolist())
    inverse = mp.inverse(mp.cholesky(right))
    values = mp.eigsy(inverse * left * inverse.T, eigvals_only=True)
    spectrum = mp.eigsy(right, eigvals_only=True)
    return {"a": a, "b": b, "condition": float(max(spectrum) / min(spectrum)), "values": sorted(float(v) for v in values)}


def generalised_random(condition):
    a = RNG.normal(size=(6, 6))
    return generalised(a + a.T, spd(6, condition))


def generalised_special():
    """Ill-conditioned B, equal and clustered eigenvalues, graded pairs."""
    rng = np.random.default_rng(2026)
    a = rng.normal(size=(7, 7))
    a = a + a.T
    q, _ = np.linalg.qr(rng.normal(size=(7, 7)))
    ill = (q * np.logspace(0, -12, 7)) @ q.T
    ill = (ill + ill.T) / 2
    mild = (q * np.linspace(1, 3, 7)) @ q.T
    mild = (mild + mild.T) / 2
    hilbert = np.array([[1 / (i + j + 1) for j in range(6)] for i in range(6)])
    v = rng.normal(size=7)
    scale = np.diag(2.0 ** -np.arange(0, 21, 3))
    return [
        generalised(a, ill),
        generalised(2 * mild, mild),  # one eigenvalue, seven times, exactly
        generalised(mild + 2.0 ** -30 * np.outer(v, v), mild),  # six of seven
        generalised(a[:6, :6], hilbert),
        generalised(scale @ a @ scale, scale @ mild @ scale),  # that of (a, mild)
    ]


def banded(n, width):
    band = RNG.normal(size=(width + 1, n))
    for d in range(1, width + 1):
        band[d, n - d:] = 0
    full = sum(np.diag(band[d, :n - d], -d) + (np.diag(band[d, :n - d], d) if d else 0) for d in range(width + 1))
    b = RNG.normal(size=n)
    strong = band.copy()
    strong[0] = np.abs(strong[0]) + 2 * np.abs(band).sum(0).max()
    return {"band": band, "values": scipy.linalg.eig_banded(band, lower=True, eigvals_only=True), "b": b,
            "x": np.linalg.solve(full, b), "condition": np.linalg.cond(full),
            "strong": strong, "y": scipy.linalg.solveh_banded(strong, b, lower=True)}


if __name__ == "__main__":
    eigen = {}
    for name, a in MATRICES.items():
        real, imaginary = high_eigenvalues(a)
        eigen[name] = {"a": a, "real": real, "imaginary": imaginary}
    write("spectral.json", "python3 test/reference/spectral.py", [np, scipy, mp],
          "eigenvalues and exponentials of general matrices and generalised symmetric problems (mpmath), banded ones (SciPy)", {
              "eigen": eigen,
              "exponentials": {name: {"a": a, "value": high_exponential(a)} for name, a in EXPONENTIALS.items()},
              "generalised": [generalised_random(c) for c in (10, 1e6)] + generalised_special(),
              "banded": [banded(n, w) for n, w in ((1, 0), (6, 1), (9, 3), (8, 7))],
          })
