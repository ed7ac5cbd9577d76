#!/usr/bin/env bash
# captum: the "naive, ground-truth" influence function drops negative curvature and inverts the Hessian of the summed loss.
# Guess: NaiveInfluenceFunction with hessian_reg λ is ∇Lᵀ(H + λI)⁻¹∇L with H of the mean loss, as in the paper that it cites.
# Seen: H is the sum over examples; eigenvalues of H + λI not above hessian_inverse_tol are left out, all negative ones among them; at most projection_dim = 50 remain.
# Why it matters: at a saddle, where most networks stop, it differs from the exact inverse it is meant to check, and λ means another thing for another data size.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 captum==0.9.0
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import sys
import tempfile
from importlib.metadata import version
import torch
from captum.influence import NaiveInfluenceFunction
from torch import nn
from torch.utils.data import TensorDataset

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
x, y = torch.randn(20, 2), torch.randint(0, 2, (20,))
ridge = 1e-3
loss = nn.functional.cross_entropy
sizes = [p.numel() for p in model.parameters()]
names = [n for n, _ in model.named_parameters()]


def total(flat):
    parts = {n: t.view(p.shape) for n, t, p in zip(names, flat.split(sizes), model.parameters())}
    return loss(torch.func.functional_call(model, parts, (x,)), y, reduction='sum')


flat = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
h = torch.autograd.functional.hessian(total, flat)
gradients = torch.stack([
    torch.cat([g.reshape(-1) for g in torch.autograd.grad(loss(model(a[None]), b[None]), list(model.parameters()))]) for a, b in zip(x, y)
])
values, vectors = torch.linalg.eigh(h)


def scores(inverse):
    return gradients @ vectors @ torch.diag(inverse) @ vectors.T @ gradients.T


def load(module, path):
    module.load_state_dict(torch.load(path))
    return 1.0


with tempfile.NamedTemporaryFile() as file:
    torch.save(model.state_dict(), file.name)
    fitted = NaiveInfluenceFunction(
        model, TensorDataset(x, y), file.name, checkpoints_load_func=load, loss_fn=nn.CrossEntropyLoss(reduction='none'),
        batch_size=20, projection_dim=1000, hessian_reg=ridge,
    )
    seen = fitted.influence((x, y), None)
shifted = values + ridge
expected = scores(1 / (values / 20 + ridge))
of_sum = scores(1 / shifted)
formula = scores(torch.where(shifted > 1e-5, 1 / shifted, 0.0))
far = lambda a, b: float((a - b).abs().max() / b.abs().max())
print(f'captum {version("captum")}; {int((shifted < 0).sum())} of {len(values)} eigenvalues of H + λI are negative; relative distance of its scores')
print(f'from ∇Lᵀ(H + λI)⁻¹∇L, H of the mean loss: {far(seen, expected):.1e}   (expected: rounding)')
print(f'the same with H of the sum:              {far(seen, of_sum):.1e}')
print(f'and without the negative directions:     {far(seen, formula):.1e}')
sys.exit(0 if far(seen, expected) > 0.05 and far(seen, of_sum) > 0.05 and far(seen, formula) < 1e-4 else 1)
PYTHON
