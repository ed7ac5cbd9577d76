"""Golden eigenvalues of symmetric matrices.

    python3 test/reference/eigen.py        # writes test/reference/eigen.json

`exact` comes from mpmath with 60 digits for the very doubles in `lower`, rounded once; LAPACK (dsyevd, through NumPy) must
agree with it to n eps ||A|| before anything is stored. `vectors` (rows of Q; columns are eigenvectors, the entry of
largest magnitude positive) are LAPACK's, kept where the spectrum is well separated. `graded` cases are D B D with a
well-conditioned B: every eigenvalue is determined to high relative accuracy by the data.
"""
import mpmath
import numpy as np

from common import lower, write

mpmath.mp.dps = 60


def exact(a):
    values = mpmath.eigsy(mpmath.matrix(a.tolist()), eigvals_only=True)
    return np.array(sorted(float(v) for v in values))


def case(name, a, vectors=False):
    n = len(a)
    values = exact(a)
    lapack, q = np.linalg.eigh(a)
    assert np.abs(lapack - values).max() <= n * np.finfo(float).eps * np.linalg.norm(a), name
    q = q * np.sign(q[np.abs(q).argmax(axis=0), np.arange(n)])
    return {'name': name, 'n': n, 'lower': lower(a), 'exact': values, 'vectors': q if vectors else None}


def hilbert(n):
    i = np.arange(n)
    return 1.0 / (i[:, None] + i + 1)


def wilkinson(n):
    m = (n - 1) // 2
    return np.diag(np.abs(np.arange(-m, m + 1.0))) + np.eye(n, k=1) + np.eye(n, k=-1)


def graded(rng, d):
    n = len(d)
    b = 0.3 * rng.uniform(-1, 1, (n, n)) / np.sqrt(n)
    b = np.tril(b, -1)
    b = b + b.T + np.eye(n)
    return d[:, None] * b * d, np.linalg.cond(b)


def main():
    rng = np.random.default_rng(20)
    cases = []
    for n in (3, 8, 21, 36):
        a = rng.normal(size=(n, n))
        cases.append(case(f'random {n}', (a + a.T) / 2, vectors=n <= 8))
    q, _ = np.linalg.qr(rng.normal(size=(12, 12)))
    a = q @ np.diag(np.arange(-5.0, 7.0)) @ q.T
    cases.append(case('integers, dense', (a + a.T) / 2, vectors=True))
    cases.append(case('Hilbert 8', hilbert(8)))
    cases.append(case('1e-9 Hilbert 6', 1e-9 * hilbert(6)))
    cases.append(case('Wilkinson W21+', wilkinson(21)))
    cases.append(case('three glued W11+', np.kron(np.eye(3), wilkinson(11)) + 1e-6 * (np.eye(33, k=1) + np.eye(33, k=-1)) * (np.add.outer(np.arange(33), np.arange(33)) % 22 == 21)))
    x = rng.normal(size=(30, 7))
    cases.append(case('rank 7 of 30', x @ x.T))

    gradings = []
    for name, exponents in [
        ('down', np.linspace(0, -10, 12)),
        ('up', np.linspace(-10, 0, 12)),
        ('shuffled', rng.permutation(np.linspace(0, -10, 12))),
        ('to 1e-60', rng.permutation(np.linspace(0, -30, 20))),
    ]:
        a, condition = graded(rng, 10.0**exponents)
        gradings.append({'name': name, 'n': len(a), 'lower': lower(a), 'exact': exact(a), 'condition': condition})
    write('eigen.json', 'python3 test/reference/eigen.py', [np, mpmath],
          'Eigenvalues by mpmath (60 digits), vectors by LAPACK; graded = D B D with cond(B) given.',
          {'cases': cases, 'graded': gradings})


main()
