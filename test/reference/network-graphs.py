"""Five small networks of torch.nn modules beside their descriptions: logits, gradients per example, Hessian-vector products.

python network-graphs.py writes network-graphs.json. torch 2.13.0, float64; Hessian-vector products by double backward,
never through torch.func on LayerNorm, whose Hessian is wrong in that version.
"""
import json
import pathlib

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
N = 3


def randomise(module):
    for p in module.parameters():
        nn.init.normal_(p, 0.3 if p.ndim == 1 else 0.0, 0.5)
    for name, b in module.named_buffers():
        if b.dtype.is_floating_point:
            b.copy_(torch.rand_like(b) + 0.5 if 'var' in name else torch.randn_like(b))
    return module.eval()


def conv(id, inputs, kernel, stride=1, padding=0, dilation=1, groups=1, bias=True, op='conv2d'):
    pair = lambda a: list(a) if isinstance(a, tuple) else [a] * (2 if op == 'conv2d' else 1)
    return {'id': id, 'op': op, 'inputs': [inputs], 'kernel': pair(kernel), 'stride': pair(stride), 'padding': pair(padding),
            'dilation': pair(dilation), 'groups': groups, 'weight': f'{id}.weight', **({'bias': f'{id}.bias'} if bias else {})}


def plain(id, op, *inputs, **attributes):
    return {'id': id, 'op': op, 'inputs': list(inputs), **attributes}


def affine(id, op, *inputs, bias=True, **attributes):
    return plain(id, op, *inputs, weight=f'{id}.weight', **({'bias': f'{id}.bias'} if bias else {}), **attributes)


class Residual(nn.Module):
    """A skip over two convolutions with group norms."""

    def __init__(self):
        super().__init__()
        self.a, self.n, self.b = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.GroupNorm(2, 4), nn.Conv2d(4, 4, 3, padding=1)
        self.m, self.fc = nn.GroupNorm(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        h = nn.functional.silu(self.n(self.a(x)))
        h = h + nn.functional.relu(self.m(self.b(h)))
        return self.fc(nn.functional.avg_pool2d(h, 2, 2, 1).mean((-2, -1)))

    nodes = [
        conv('a', 'x', 3, padding=1, bias=False), affine('n', 'group-norm', 'a', groups=2, eps=1e-5), plain('s', 'silu', 'n'),
        conv('b', 's', 3, padding=1), affine('m', 'group-norm', 'b', groups=4, eps=1e-5), plain('r', 'relu', 'm'),
        plain('sum', 'add', 's', 'r'), plain('p', 'avg-pool', 'sum', kernel=[2, 2], stride=[2, 2], padding=[1, 1], countPadding=True),
        plain('g', 'global-avg-pool', 'p'), affine('fc', 'linear', 'g'),
    ]
    input, shape = {'kind': 'real', 'shape': [2, 4, 5]}, (N, 2, 4, 5)


class Grouped(nn.Module):
    """Depthwise, dilated and grouped convolutions with frozen batch norm."""

    def __init__(self):
        super().__init__()
        self.a, self.n = nn.Conv2d(2, 4, 3, stride=(2, 1), padding=(1, 2), dilation=(1, 2)), nn.BatchNorm2d(4)
        self.b, self.c = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.Conv2d(4, 6, 1, groups=2)
        self.m, self.fc = nn.BatchNorm2d(6, affine=False), nn.Linear(36, 3)

    def forward(self, x):
        h = nn.functional.gelu(self.n(self.a(x)), approximate='tanh')
        h = self.m(self.c(torch.tanh(self.b(h))))
        return self.fc(nn.functional.max_pool2d(h, 2, 2, 1).flatten(1))

    nodes = [
        conv('a', 'x', 3, (2, 1), (1, 2), (1, 2)), affine('n', 'batch-norm', 'a', eps=1e-5, mean='n.running_mean', variance='n.running_var'),
        plain('g', 'gelu', 'n', approximate='tanh'), conv('b', 'g', 3, padding=1, groups=4, bias=False), plain('t', 'tanh', 'b'),
        conv('c', 't', 1, groups=2), plain('m', 'batch-norm', 'c', eps=1e-5, mean='m.running_mean', variance='m.running_var'),
        plain('p', 'max-pool', 'm', kernel=[2, 2], stride=[2, 2], padding=[1, 1]), plain('f', 'flatten', 'p'), affine('fc', 'linear', 'f'),
    ]
    input, shape = {'kind': 'real', 'shape': [2, 4, 4]}, (N, 2, 4, 4)


class Sequence(nn.Module):
    """conv1d over [C, L], read as a sequence [L, C]: layer norm, a linear layer at each position, flattened in C order."""

    def __init__(self):
        super().__init__()
        self.a, self.n, self.b, self.fc = nn.Conv1d(2, 4, 3, stride=2, padding=1), nn.LayerNorm(4), nn.Linear(4, 2, bias=False), nn.Linear(6, 2)

    def forward(self, x):
        h = self.b(nn.functional.leaky_relu(self.n(self.a(x).transpose(1, 2)), 0.1))
        return self.fc(nn.functional.softplus(h).flatten(1))

    nodes = [
        conv('a', 'x', 3, 2, 1, op='conv1d'), plain('t', 'transpose', 'a', axes=[1, 0]), affine('n', 'layer-norm', 't', eps=1e-5),
        plain('l', 'leaky-relu', 'n', slope=0.1), affine('b', 'linear', 'l', bias=False), plain('s', 'softplus', 'b', beta=1.0),
        plain('f', 'flatten', 's'), affine('fc', 'linear', 'f'),
    ]
    input, shape, loss = {'kind': 'real', 'shape': [2, 5]}, (N, 2, 5), 'squared-error'


class Tied(nn.Module):
    """A transformer with fused q, k, v and a head that is the transposed embedding."""

    def __init__(self):
        super().__init__()
        self.e, self.p, self.n = nn.Embedding(5, 4), nn.Embedding(6, 4), nn.LayerNorm(4)
        self.qkv, self.o, self.m = nn.Linear(4, 12), nn.Linear(4, 4), nn.LayerNorm(4)

    def forward(self, x):
        h = self.e(x) + self.p.weight[: x.shape[1]]
        q, k, v = (t.unflatten(-1, (2, 2)).transpose(1, 2) for t in self.qkv(self.n(h)).split(4, -1))
        a = (q @ k.transpose(-2, -1) / 2 ** 0.5).masked_fill(torch.ones(4, 4, dtype=torch.bool).triu(1), float('-inf'))
        h = h + self.o((a.softmax(-1) @ v).transpose(1, 2).flatten(2))
        return self.m(h) @ self.e.weight.T

    nodes = [
        affine('e', 'embedding', 'x', bias=False, rows=5), affine('p', 'position-embedding', 'e', bias=False, rows=6),
        affine('n', 'layer-norm', 'p', eps=1e-5), affine('qkv', 'linear', 'n'), plain('q', 'split', 'qkv', start=0, stop=4),
        plain('k', 'split', 'qkv', start=4, stop=8), plain('v', 'split', 'qkv', start=8, stop=12),
        plain('att', 'attention', 'q', 'k', 'v', heads=2, causal=True), affine('o', 'linear', 'att'), plain('h', 'add', 'p', 'o'),
        affine('m', 'layer-norm', 'h', eps=1e-5), plain('u', 'linear', 'm', weight='e.weight'),
    ]
    input, shape = {'kind': 'token', 'length': 4, 'vocabulary': 5}, (N, 4)


class Assorted(nn.Module):
    """Axes reshaped, selected, joined, averaged; root mean squares; two uses of one layer."""

    def __init__(self):
        super().__init__()
        self.a, self.n, self.fc = nn.Linear(3, 3), nn.RMSNorm(3, 1e-6), nn.Linear(6, 2)

    def forward(self, x):
        h = self.n(self.a(torch.sigmoid(self.a(x.reshape(-1, 4, 3)))))
        joined = torch.cat([h[:, 2], (h * (0.5 * h)).mean(1)], -1)
        return self.fc(joined)

    nodes = [
        plain('r', 'reshape', 'x', shape=[4, 3]), affine('a', 'linear', 'r'), plain('s', 'sigmoid', 'a'),
        plain('again', 'linear', 's', weight='a.weight', bias='a.bias'), affine('n', 'rms-norm', 'again', bias=False, eps=1e-6),
        plain('one', 'select', 'n', axis=0, index=2), plain('half', 'scale', 'n', factor=0.5), plain('square', 'multiply', 'n', 'half'),
        plain('mean', 'mean', 'square', axes=[0]), plain('both', 'concat', 'one', 'mean'), affine('fc', 'linear', 'both'),
    ]
    input, shape = {'kind': 'real', 'shape': [2, 6]}, (N, 2, 6)


out = {}
for Type in (Residual, Grouped, Sequence, Tied, Assorted):
    model = randomise(Type())
    loss = getattr(Type, 'loss', 'cross-entropy')
    x = torch.randint(0, 5, Type.shape) if Type.input['kind'] == 'token' else torch.randn(Type.shape)
    with torch.no_grad():
        logits = model(x)
    if loss == 'squared-error':
        y = torch.randn_like(logits)
        each = lambda u: 0.5 * ((u - y) ** 2).sum(-1)
    else:
        y = torch.randint(0, logits.shape[-1], logits.shape[:-1])
        each = lambda u: nn.functional.cross_entropy(u.flatten(0, -2), y.flatten(), reduction='none').reshape(len(u), -1).mean(1)
    tensors = {name: t for name, t in [*model.named_parameters(), *model.named_buffers()] if t.dtype.is_floating_point}
    order = [node[key] for node in Type.nodes for key in ('weight', 'bias') if key in node]
    parameters = [tensors[name] for name in dict.fromkeys(order)]
    flat = lambda parts: torch.cat([p.reshape(-1) for p in parts])
    losses = each(model(x))
    gradients = [flat(torch.autograd.grad(l, parameters, retain_graph=True)) for l in losses]
    g = flat(torch.autograd.grad(losses.mean(), parameters, create_graph=True))
    v = torch.randn_like(g)
    product = flat(torch.autograd.grad(g @ v, parameters))
    listed = lambda t: t.detach().reshape(-1).tolist()
    out[Type.__name__.lower()] = {
        'about': Type.__doc__, 'loss': loss, 'order': list(dict.fromkeys(order)),
        'architecture': {'format': 'eigenfluence-architecture', 'version': 1, 'input': Type.input, 'nodes': Type.nodes, 'output': Type.nodes[-1]['id']},
        'tensors': {name: {'shape': list(t.shape), 'data': listed(t)} for name, t in tensors.items()},
        'x': [listed(row) for row in x], 'y': [listed(row) for row in y], 'logits': [listed(row) for row in logits],
        'losses': listed(losses), 'gradients': [listed(row) for row in gradients], 'vector': listed(v), 'product': listed(product),
    }
head = {'command': 'python network-graphs.py', 'torch': torch.__version__, 'seed': 0}
(pathlib.Path(__file__).parent / 'network-graphs.json').write_text(json.dumps({**head, 'networks': out}, separators=(',', ':')))
