#!/usr/bin/env bash
# hessian-eigenthings: power iteration with momentum returns eigenvalues that are too small by the momentum: 4.1 for 5, with momentum 0.9, and "converged".
# Guess: momentum makes the iteration faster and leaves its limit alone; the eigenvalue is vᵀAv.
# Seen: the step is A v − m v_prev, and the eigenvalue is taken from this vector, not from A v. At the limit v_prev = v, so it is vᵀAv − m, whatever the size of A. The vector is right.
#       Deflation then takes away too little, m v vᵀ is left, and where m is above the next eigenvalue the same vector comes back. The residual is small, for it is that of A − m I.
# Why it matters: an offset of 0.9 in units of curvature: nothing for a top eigenvalue of 500, everything for flat directions, a condition number or a converged network.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 hessian-eigenthings==1.0.0a5
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from hessian_eigenthings import LambdaOperator, deflated_power_iteration

SPECTRUM = torch.tensor([5.0, 3.0, 1.0, 0.5], dtype=torch.float64)
torch.manual_seed(0)
basis = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))[0]
matrix = basis @ torch.diag(SPECTRUM) @ basis.T
operator = LambdaOperator(lambda v: matrix @ v, size=4, device=torch.device('cpu'), dtype=torch.float64)

print(f'hessian-eigenthings {version("hessian-eigenthings")}; eigenvalues {SPECTRUM.tolist()}')
holds = bool(torch.allclose(torch.linalg.eigvalsh(matrix).flip(0), SPECTRUM))
for momentum in (0.0, 0.1, 0.5, 0.9):
    result = deflated_power_iteration(operator, k=2, max_iter=5000, tol=1e-9, momentum=momentum, seed=0)
    values = result.eigenvalues
    quotients = torch.stack([v @ matrix @ v for v in result.eigenvectors])
    print(f'momentum {momentum}: eigenvalues {values.numpy().round(4)}   vᵀAv {quotients.numpy().round(4)}   converged {result.converged.tolist()}')
    holds &= bool(torch.allclose(values, SPECTRUM[:2] - momentum, atol=1e-4)) and bool(result.converged.all())
    holds &= bool(torch.allclose(quotients, SPECTRUM[:2], atol=1e-4))
sys.exit(0 if holds else 1)
PYTHON
