#!/usr/bin/env bash
# laplax: the Lanczos approximation of a curvature that is exhausted before `rank` steps, or has small entries, is the last vector counted once per step that is left.
# Guess: asked for more eigenpairs than there are, Lanczos gives those that there are and zeros, and U S Uᵀ is the curvature; of 1e-6·A it gives 1e-6 times that of A.
# Seen: a residual below 1e-6, an absolute number, ends the process, but the loop goes on with the same vector. Its Rayleigh quotient, which is no eigenvalue, comes back for every
#       remaining step, with copies of one vector. In float64 a GGN of rank 3 at the default rank of 20 is off by 9 times its norm; of 1e-6·A twenty equal values remain, 0.3 for 10.
# Why it matters: few examples and one output, or a loss averaged over the data, are enough; the posterior then is far too sure of one random direction and knows nothing of the others.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 JAX_PLATFORMS=cpu
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check laplax==0.0.2 jax==0.7.0 jaxlib==0.7.0 jaxtyping==0.3.11 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import jax
import numpy as np
from laplax.curv.lanczos import lanczos_lowrank

N = 200
jax.config.update('jax_enable_x64', True)
generator = np.random.default_rng(0)
jacobian = generator.standard_normal((3, N))
rotation, _ = np.linalg.qr(generator.standard_normal((N, N)))
decaying = (rotation * np.concatenate([[10, 5, 2], np.geomspace(1, 0.01, N - 3)])) @ rotation.T


def approximation(matrix, rank):
    """The values in falling order, how many of them are equal, and the distance of U S Uᵀ from the matrix, over its norm."""
    terms = lanczos_lowrank(jax.numpy.asarray(matrix), key=jax.random.key(0), rank=rank)
    u, s = np.asarray(terms.U), np.asarray(terms.S)
    equal = max(np.isclose(s, value, rtol=1e-12, atol=0).sum() for value in s)
    return np.sort(s)[::-1], equal, np.linalg.norm((u * s) @ u.T - matrix) / np.linalg.norm(matrix)


print(f'laplax {version("laplax")}, jax {version("jax")}, float64')
holds = True
ggn = jacobian.T @ jacobian
right = np.linalg.eigvalsh(ggn)[::-1]
print('GGN of three examples with one output, eigenvalues', right[:3].round(2))
for rank in (4, 5, 10, 20):
    values, equal, error = approximation(ggn, rank)
    print(f'  rank {rank:2}: {values[:5].round(2)}, {equal} of them equal, error {error:.1e}  (expected: 1e-13)')
    holds &= error < 1e-12 if rank == 4 else error > 0.5
print('200 × 200 matrix with eigenvalues 10, 5, 2, 1 … 0.01, rank 20')
for scale in (1, 1e-4, 1e-6, 1e-8):
    values, equal, error = approximation(scale * decaying, 20)
    print(f'  scale {scale:<5g}: {(values[:4] / scale).round(3)}, {equal} of them equal  (expected: [10, 5, 2, 1])')
    holds &= np.allclose(values[:4] / scale, [10, 5, 2, 1], rtol=1e-3) if scale >= 1e-4 else values[0] / scale < 1 and equal == 20
sys.exit(0 if holds else 1)
PYTHON
