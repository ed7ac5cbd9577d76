"""Networks of two inputs, ids of tokens and a mask of what is no padding, as torch.export writes them, and what they compute.

    python3 test/reference/masked-networks.py   # writes test/reference/masked-networks/*.pt2 and masked-networks.json

The JSON holds ids (0 is padding), labels, logits and the gradient of every example's loss, in the order of the parameters.
"""
import io

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, pack_archive, write

FOLDER = HERE / 'masked-networks'
V, T, D, N = 7, 5, 4, 6
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


class Added(nn.Module):
    """A mask of numbers, made additive as BERT does it, and the mean over what is no padding."""

    def __init__(self):
        super().__init__()
        self.e, self.p = nn.Embedding(V, D), nn.Embedding(T, D)
        self.q, self.k, self.v, self.o = (nn.Linear(D, D) for _ in range(4))
        self.n, self.head = nn.LayerNorm(D), nn.Linear(D, 3)

    def forward(self, ids, attention_mask):
        x = self.e(ids) + self.p(torch.arange(ids.shape[1]))
        hidden = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
        q, k, v = (f(x).view(x.shape[0], T, 2, 2).transpose(1, 2) for f in (self.q, self.k, self.v))
        a = F.softmax(q @ k.transpose(-1, -2) / 2 ** 0.5 + hidden, -1) @ v
        x = self.n(x + self.o(a.transpose(1, 2).reshape(x.shape[0], T, D)))
        m = attention_mask.unsqueeze(-1).to(x.dtype)
        return self.head((x * m).sum(1) / m.sum(1))


class Boolean(nn.Module):
    """A mask of Booleans for PyTorch's own op; the first token is read."""

    def __init__(self):
        super().__init__()
        self.e, self.p = nn.Embedding(V, D), nn.Embedding(T, D)
        self.qkv, self.o, self.head = nn.Linear(D, 3 * D), nn.Linear(D, D), nn.Linear(D, 3)

    def forward(self, ids, mask):
        x = self.e(ids) + self.p(torch.arange(ids.shape[1]))
        q, k, v = (f.view(x.shape[0], T, 2, 2).transpose(1, 2) for f in self.qkv(x).chunk(3, -1))
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        return self.head((x + self.o(a.transpose(1, 2).reshape(x.shape[0], T, D)))[:, 0])


class Image(nn.Module):
    """Two inputs of another kind."""

    def forward(self, x, y):
        return x * y.sum(0)[:3]


def save(name, net, inputs):
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net.eval(), inputs, dynamic_shapes=tuple({0: torch.export.Dim.AUTO} for _ in inputs)), buffer)
    pack_archive(buffer, FOLDER / f'{name}.pt2')


def record(name, net, boolean):
    ids = torch.randint(1, V, (N, T))
    for n, length in enumerate([5, 3, 4, 1, 2, 5]):
        ids[n, length:] = 0
    mask = ids != 0 if boolean else (ids != 0).long()
    save(name, net, (ids, mask))
    labels = torch.randint(3, (N,))
    gradients = []
    for n in range(N):
        loss = F.cross_entropy(net(ids[n:n + 1], mask[n:n + 1]), labels[n:n + 1])
        gradients.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(net.parameters()))]).tolist())
    return {'ids': ids.tolist(), 'labels': labels.tolist(), 'logits': net(ids, mask).tolist(), 'gradients': gradients}


FOLDER.mkdir(exist_ok=True)
records = {'added': record('added', Added(), False), 'boolean': record('boolean', Boolean(), True)}
save('real', Image(), (torch.randn(4, 3), torch.randn(4, 3)))
write(
    'masked-networks.json',
    'python3 test/reference/masked-networks.py',
    [torch],
    'networks of ids and a mask that torch.export.save wrote: ids, labels, logits, gradients of the losses of examples',
    records,
)
