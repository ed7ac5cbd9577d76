"""Networks that use what an exported network seldom has: a softplus that ends, copies, moved axes, a weight used both ways round.

    python3 test/reference/exported-further.py   # writes test/reference/exported-further/*.pt2 and exported-further.json

As exported-models.py.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, write
from exported_record import record, refused

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


class Autoencoder(nn.Module):
    """The decoder's weights are the encoder's, transposed."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4), nn.Linear(4, 3)
        self.back, self.out = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(5))

    def forward(self, x):
        h = torch.tanh(self.b(torch.tanh(self.a(x))))
        return F.linear(torch.tanh(F.linear(h, self.b.weight.t(), self.back)), self.a.weight.t(), self.out)


class Turned(nn.Module):
    """Weights [inputs, outputs]: by F.linear as their transpose, and by a product as they are, after another use as a layer's."""

    def __init__(self):
        super().__init__()
        self.w, self.v, self.bias = nn.Parameter(torch.zeros(4, 6)), nn.Parameter(torch.zeros(6, 4)), nn.Parameter(torch.zeros(6))

    def forward(self, x):
        h = torch.tanh(F.linear(x, self.w.t(), self.bias))
        h = torch.tanh(F.linear(torch.tanh(h @ self.v), self.v))
        return h @ self.v


class SoftTokens(nn.Module):
    """A table that ids look up, and whose rows are then mixed by probabilities at each position."""

    def __init__(self):
        super().__init__()
        self.table, self.mix = nn.Embedding(7, 4), nn.Linear(4, 4)

    def forward(self, ids):
        h = torch.tanh(self.mix(self.table(ids)))
        again = F.softmax(h @ self.table.weight.t(), -1) @ self.table.weight
        return F.linear(torch.tanh(h + again), self.table.weight)


class Copies(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(3, 4), nn.Linear(8, 2), nn.Linear(6, 3)

    def forward(self, x):
        h = torch.tanh(self.a(x)).repeat(1, 2, 1) + torch.tanh(self.a(x)).repeat_interleave(2, dim=1)
        return self.c(torch.tanh(self.b(h.tile(2))).sum(1).unsqueeze(1).repeat(1, 1, 3).squeeze(1) + x.new_full((x.shape[0], 6), 0.5))


class Reductions(nn.Module):
    """Logarithms of sums of exponentials of very unlike sizes, and a softmax over a middle axis and over one entry."""

    def __init__(self):
        super().__init__()
        self.a, self.head = nn.Linear(3, 4), nn.Linear(9, 3)

    def forward(self, x):
        h = self.a(x)
        weights = F.softmax(h, 1)
        alone = F.softmax(h.mean(2, keepdim=True), -1)
        parts = [(40 * h).logsumexp(2) / 40, torch.logsumexp(h, (1, 2), keepdim=True).squeeze(2), (weights * h).sum(1), alone.sum(1)]
        return self.head(torch.cat(parts[:3], 1)) * alone.mean(1)


class Moved(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.head = nn.Linear(3, 4), nn.Linear(5, 2), nn.Linear(6, 3)

    def forward(self, x):
        h = torch.tanh(self.a(x)).movedim(1, 2)
        h = torch.tanh(self.b(h)).swapaxes(1, 2).narrow(2, 1, 3)
        h = h.unsqueeze(3).moveaxis((2, 3), (1, 2)).flatten(1)
        return self.head(h + torch.full_like(h, 0.25) + h.new_zeros(h.shape)).true_divide(2)


class Extremes(nn.Module):
    """The least and the greatest over several axes, differences, products that are added, and arithmetic of constants with integers."""

    def __init__(self):
        super().__init__()
        self.a, self.head = nn.Linear(3, 4), nn.Linear(13, 3)
        self.register_buffer('c', torch.tensor([0.7, -1.6, 2.3, 0.4]))

    def forward(self, x):
        h = torch.tanh(self.a(x))
        k = torch.div(self.c, 0.3, rounding_mode='floor') + torch.add(self.c, (3 * self.c).long(), alpha=2)
        h = torch.lerp(h, torch.addcmul(h, h, 2 * h, value=-0.5), 0.3) * (k / 16)
        low, high = torch.aminmax(2 * h, dim=1)
        parts = [low * high, h.amin((1, 2), keepdim=True)[:, 0], torch.diff(h, n=2, dim=-1).amax((1,)), torch.max(h, -h).min(1)[0][:, :2], h.max(2)[0]]
        return self.head(torch.hstack(parts))


class Blends(nn.Module):
    """Blends by a tensor, a parameter and a constant; sums with products and quotients of parameters; products; exponentials less one."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.head = nn.Linear(3, 4), nn.Linear(3, 4), nn.Linear(22, 3)
        self.w, self.v = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(5, 4))
        self.register_buffer('c', torch.tensor([0.2, 0.9, -0.3, 1.5]))

    def forward(self, x):
        h, g = torch.tanh(self.a(x)), torch.sigmoid(self.b(x))
        k = torch.lerp(torch.lerp(h, g, g), torch.lerp(g, self.v, self.c), self.w)
        k = torch.addcdiv(torch.addcmul(k, h, self.w, value=-0.5), h, 1 + g, value=2)
        parts = [k.prod(1), k.prod(2), k.prod(2, keepdim=True).prod(1), torch.expm1(k)[:, 0], torch.expm1(1e-6 * k)[:, 1] * 1e6, (2 * h[:, :2]).prod(-1)]
        return self.head(torch.cat([*parts, h[:, 2:4].prod(1)[:, :2]], 1))


class Alike(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.head = nn.Linear(3, 4), nn.Linear(3, 4), nn.Linear(9, 3)

    def forward(self, x):
        h, g = torch.tanh(self.a(x)), self.b(x)
        return self.head(torch.cat([F.cosine_similarity(h, g, dim=-1), F.cosine_similarity(3 * h, h * g, dim=1, eps=0.001)], 1))


class Windows(nn.Module):
    """Windows that overlap and that leave entries out, of sequences and of images."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.head = nn.Linear(6, 6), nn.Linear(12, 2), nn.Linear(40, 3)

    def forward(self, x):
        h = torch.tanh(self.a(x))
        seen = F.unfold(h, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))
        along = h.unfold(2, 3, 1).unfold(3, 2, 3).flatten(2).sum(1)
        return self.head(torch.cat([torch.tanh(self.b(seen.transpose(1, 2))).flatten(1), along], 1))


class Positions(nn.Module):
    """Which entry is the greatest."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)

    def forward(self, x):
        greatest, at = self.a(x).max(2)
        return greatest + at


class WholeProduct(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 4)

    def forward(self, x):
        return self.a(x) * self.a(x).prod()


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 2)

    def forward(self, x):
        return self.a(x) * torch.sigmoid(self.a(x)).detach()


class Rounded(Detached):
    def forward(self, x):
        return torch.div(self.a(x), 0.5, rounding_mode='floor')


class Cast(Detached):
    def forward(self, x):
        return self.a(x) * (3 * self.a(x)).long()


class OverBatch(Detached):
    def forward(self, x):
        return self.a(x).cumsum(0)


class Flat(Detached):
    """The batch inside an axis of the output."""

    def forward(self, x):
        return self.a(x).permute(1, 0, 2).flatten(1)


MODELS = {
    'softplus': (Softplus, real(4)),
    'tied-autoencoder': (Autoencoder, real(5)),
    'turned-weights': (Turned, real(4)),
    'soft-tokens': (SoftTokens, torch.randint(0, 7, (N, 5))),
    'copies': (Copies, real(2, 3)),
    'reductions': (Reductions, real(4, 3)),
    'moved-axes': (Moved, real(5, 3)),
    'extremes': (Extremes, real(4, 3)),
    'blends': (Blends, real(5, 3)),
    'alike': (Alike, real(5, 3)),
    'windows': (Windows, real(2, 4, 6)),
}
REFUSED = {'detached': Detached, 'rounded': Rounded, 'cast': Cast, 'over-batch': OverBatch, 'batch-inside': Flat, 'positions-used': Positions, 'whole-product': WholeProduct}

FOLDER.mkdir(exist_ok=True)
records = {name: record(FOLDER, name, make(), x) for name, (make, x) in MODELS.items()}
for name, make in REFUSED.items():
    refused(FOLDER, name, make(), real(4, 3))
write(
    'exported-further.json',
    'python3 test/reference/exported-further.py',
    [torch],
    'networks that torch.export.save wrote: inputs, labels, logits, losses, gradients of examples, Hessian of the mean loss times a vector',
    records,
)
