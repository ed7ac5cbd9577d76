#!/usr/bin/env bash
# posteriors: each observation makes the dense extended Kalman filter less certain: it subtracts the Fisher information from the precision. The diagonal filter adds it.
# Guess: ekf.dense_fisher and ekf.diag_fisher are one filter, with a full and a diagonal covariance. With one parameter they are equal, and the variance shrinks with data.
# Seen: the diagonal one sets Σ⁻¹ + ε F, F the mean of squared gradients; the dense one Σ⁻¹ − ε F, the sign of a Hessian of the log-likelihood kept for a Fisher matrix,
#       and the same in its documented formula. The variance grows, steps of the mean with it; when εF exceeds Σ⁻¹, Cholesky's factorization raises an error.
# Why it matters: with a sharp prior or a small ε nothing is raised, means look plausible, and the reported uncertainty grows with what was learnt.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 posteriors==0.1.3 torchopt==0.7.3 optree==0.20.0 tensordict==0.15.3
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from posteriors import ekf

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.randn(40)
y = 0.7 * x + torch.randn(40)
RATE, PRIOR, STEPS = 0.5, 0.1, 8


def log_likelihood(params, batch):
    return -0.5 * (batch[1] - params['w'][0] * batch[0]) ** 2, torch.tensor([])


def by_hand(sign):
    """The update of the documentation with one parameter: precision ± ε F, then a step of ε Σ g."""
    w, variance, path = 0.0, PRIOR, []
    for _ in range(STEPS):
        g = x * (y - w * x)
        variance = 1 / (1 / variance + sign * RATE * float((g**2).mean()))
        w += RATE * variance * float(g.mean())
        path.append((w, variance))
    return path


def run(module, sd_of):
    keys = {'init_cov': PRIOR} if module is ekf.dense_fisher else {'init_sds': PRIOR**0.5}
    transform = module.build(log_likelihood, lr=RATE, per_sample=True, **keys)
    state, path = transform.init({'w': torch.zeros(1)}), []
    for _ in range(STEPS):
        state, _ = transform.update(state, (x, y))
        path.append((float(state.params['w'][0]), sd_of(state)))
    return path


diagonal = run(ekf.diag_fisher, lambda s: float(s.sd_diag['w'][0]) ** 2)
dense = run(ekf.dense_fisher, lambda s: float(s.cov[0, 0]))
plus, minus = by_hand(1), by_hand(-1)
print(f'posteriors {version("posteriors")}, torch {torch.__version__}; one parameter, 40 examples, the same batch {STEPS} times, variance {PRIOR} before')
print('step    diag_fisher: mean, variance    dense_fisher: mean, variance    by hand, Σ⁻¹ + εF      by hand, Σ⁻¹ − εF')
for i, (a, b, c, d) in enumerate(zip(diagonal, dense, plus, minus)):
    print(f'{i + 1:3d} {a[0]:17.4f} {a[1]:10.4f} {b[0]:20.4f} {b[1]:10.4f} {c[0]:18.4f} {c[1]:9.4f} {d[0]:14.4f} {d[1]:9.4f}')
far = lambda p, q: float((torch.tensor(p) - torch.tensor(q)).abs().max())
holds = far(diagonal, plus) < 1e-10 and far(dense, minus) < 1e-10
sys.exit(0 if holds and diagonal[-1][1] < PRIOR < dense[-1][1] else 1)
PYTHON
