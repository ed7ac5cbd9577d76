#!/usr/bin/env bash
# TRAK: scores have no scale; training gradients ten times larger give scores ten times larger, not ten times smaller.
# Guess: the score predicts a change of the margin, (ΦᵀΦ)⁻¹ and all: it has units, and two models' scores can be averaged or compared.
# Seen: the inverse kernel is divided by the mean of its absolute entries (against overflow in float16), so scores are right up to a factor that differs from model to model.
# Why it matters: the sum of scores predicts no effect; in an ensemble each model gets a weight that nobody chose; lambda_reg must be rescaled by hand.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 traker==0.3.2
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import version
import torch
from trak.score_computers import BasicScoreComputer

torch.manual_seed(0)
features, queries = torch.randn(50, 6), torch.randn(4, 6)


def scores(scale):
    """ψᵀ(ΦᵀΦ)⁻¹φ as TRAK computes it; Φ is `scale` times larger than it was, ψ unchanged."""
    computer = BasicScoreComputer(dtype=torch.float32, device='cpu')
    phi = scale * features
    out = torch.zeros(50, 4)
    computer.get_scores(computer.get_x_xtx_inv(phi, computer.get_xtx(phi)), queries, out)
    return out


def paper(scale):
    phi = scale * features
    return phi @ torch.linalg.inv(phi.T @ phi) @ queries.T


ratio = lambda f: float(f(10.0).norm() / f(1.0).norm())
print(f'traker {version("traker")}; norm of the scores when training gradients are ten times larger, relative to before')
print(f'expected from the formula: {ratio(paper):.3f}')
print(f'seen:                      {ratio(scores):.3f}')
same = float((scores(1.0) / scores(1.0).norm() - paper(1.0) / paper(1.0).norm()).abs().max())
factor = float(scores(1.0).norm() / paper(1.0).norm())
print(f'the scores are {factor:.1f} times those of the formula, and otherwise the same to {same:.1e}')
sys.exit(0 if abs(ratio(paper) - 0.1) < 1e-3 and abs(ratio(scores) - 10) < 1e-2 and same < 1e-5 and factor > 2 else 1)
PYTHON
