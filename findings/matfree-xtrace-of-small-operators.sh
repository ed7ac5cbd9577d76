#!/usr/bin/env bash
# matfree: XTrace and XDiag of an operator with small entries leave out everything outside a few random directions, and report a standard error of zero.
# Guess: the trace of 1e-9·A is 1e-9 times that of A, or the standard error says that it is not.
# Seen: columns of the QR factor below the machine epsilon, an absolute number, are taken as a sign of low rank, and the rest of the trace is dropped as if it were zero.
#       In float32, JAX's default, that happens for eigenvalues near 1e-9: 6 % of the trace, error bar 0. XNysTrace and plain Hutchinson, fed the same probes, follow the scale.
# Why it matters: curvature of a trained network, averaged over the data or divided by the number of parameters, has entries like that, and the error bar is what one would look at.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 JAX_PLATFORMS=cpu
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check matfree==0.6.3 jax==0.7.0 jaxlib==0.7.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import jax
import numpy as np
from matfree import stochtrace

N, PROBES = 400, 20
rotation, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((N, N)))
eigenvalues = np.linspace(0.5, 1.5, N)
matrix = (rotation * eigenvalues) @ rotation.T
key = jax.random.PRNGKey(1)


def relative(integrand, scale):
    """Estimate and standard error of the trace of scale · matrix, in units of the right value, which is the sum of the eigenvalues."""
    operator = jax.numpy.asarray(scale * matrix)
    sampler = stochtrace.sampler_normal(jax.numpy.ones(N, operator.dtype), num=PROBES)
    estimate = stochtrace.estimator_leave_one_out_mean_and_sem(integrand, sampler=sampler)
    mean, error = estimate(lambda vector: operator @ vector, key)
    right = scale * eigenvalues.sum()
    return np.sum(np.asarray(mean, np.float64)) / right, np.max(np.asarray(error, np.float64)) / right


print(f'matfree {version("matfree")}, jax {version("jax")}: trace of a {N} × {N} matrix with eigenvalues from 0.5 to 1.5 times the scale, {PROBES} probes, in units of the right one')
seen = {}
for double, scales in ((False, (1, 1e-6, 1e-9, 1e-12)), (True, (1, 1e-9, 1e-18))):
    jax.config.update('jax_enable_x64', double)
    for scale in scales:
        trace = relative(stochtrace.leave_one_out_xtrace(), scale)
        diagonal = relative(stochtrace.leave_one_out_xdiag(), scale)
        nystrom = relative(stochtrace.leave_one_out_xnystrace(), scale)
        seen[double, scale] = trace, diagonal, nystrom
        print(f'{"float64" if double else "float32"}  scale {scale:<6g} XTrace {trace[0]:.3f} ± {trace[1]:.4f}   XDiag, summed {diagonal[0]:.3f}   XNysTrace {nystrom[0]:.3f} ± {nystrom[1]:.4f}   (expected: 1 each)')

holds = all(abs(nystrom[0] - 1) < 0.02 for _, _, nystrom in seen.values())
for (double, scale), (trace, diagonal, _) in seen.items():
    small = scale <= (1e-18 if double else 1e-9)
    if small:
        holds &= trace[0] < 0.1 and trace[1] < 1e-6 and diagonal[0] < 0.1
    else:
        holds &= abs(trace[0] - 1) < 0.02 and trace[1] > 1e-3 and abs(diagonal[0] - 1) < 0.1
sys.exit(0 if holds else 1)
PYTHON
