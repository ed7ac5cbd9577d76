#!/usr/bin/env bash
# RMSNorm without eps does not add the eps that its documentation names where the input is float16 or bfloat16.
# Guess: eps=None means torch.finfo(x.dtype).eps, as the documentation says, for every dtype.
# Seen: for float32 and float64 it does; for float16 and bfloat16 it adds float32's 1.19e-7, 8,192 and 65,536 times less.
# Why it matters: who re-implements the norm from the documentation, or reads eps out of an exported graph, where it is None, gets another network
# for inputs that are not large; a network moved from half to float64 changes as well.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import torch
from torch import nn

print(f'torch {torch.__version__}')
documented = 'finfo' in nn.RMSNorm.__doc__
added = {}
for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
    # Small enough for eps to decide, large enough for the dtype: y = x / sqrt(x² + eps).
    size = 1e-8 if dtype is torch.float64 else 1e-4
    x = torch.full((1, 4), size, dtype=dtype)
    y = nn.RMSNorm(4, elementwise_affine=False)(x)
    x, y = x.double()[0, 0], y.double()[0, 0]
    added[dtype] = float((x / y) ** 2 - x**2)
    print(f'{str(dtype):15} eps added {added[dtype]:.3g}, finfo(dtype).eps {torch.finfo(dtype).eps:.3g}')


def near(a, b):
    return abs(a / b - 1) < 0.02


single = torch.finfo(torch.float32).eps
print(f'the documentation names finfo(x.dtype).eps: {documented}')
sys.exit(
    0
    if documented
    and all(near(added[dtype], torch.finfo(dtype).eps) for dtype in (torch.float64, torch.float32))
    and all(near(added[dtype], single) for dtype in (torch.bfloat16, torch.float16))
    else 1
)
PYTHON
