"""Networks that use what an exported network seldom has: a softplus that ends, and what it means for derivatives.

    python3 test/reference/exported-further.py   # writes test/reference/exported-further/*.pt2 and exported-further.json

As exported-models.py.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, write
from exported_record import record

FOLDER = HERE / 'exported-further'
torch.set_default_dtype(torch.float64)
torch.manual_seed(2)
N = 3


def real(*shape):
    return (torch.randn(N, *shape) * 8).round() / 8  # short in the JSON


class Softplus(nn.Module):
    """Elements on either side of the threshold, at another steepness."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.head, self.act = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3), nn.Softplus(2.5, 0.5)

    def forward(self, x):
        return self.head(F.softplus(4 * self.b(self.act(self.a(x))), threshold=2))


MODELS = {
    'softplus': (Softplus, real(4)),
}

FOLDER.mkdir(exist_ok=True)
write(
    'exported-further.json',
    'python3 test/reference/exported-further.py',
    [torch],
    'networks that torch.export.save wrote: inputs, labels, logits, losses, gradients of examples, Hessian of the mean loss times a vector',
    {name: record(FOLDER, name, make(), x) for name, (make, x) in MODELS.items()},
)
