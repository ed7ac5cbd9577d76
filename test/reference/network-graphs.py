"""Eight small networks of torch.nn modules beside their descriptions: logits, gradients per example, Hessian-vector products.

python network-graphs.py writes network-graphs.json. torch 2.13.0, float64; Hessian-vector products by double backward,
never through torch.func on LayerNorm, whose Hessian is wrong in that version.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

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


def linear(id, inputs, transposed=False, bias=True):
    return affine(id, 'linear', inputs, bias=bias, **({'transposed': True} if transposed else {}))


class Padded(nn.Module):
    """Sequences of unequal length, filled up with token 0: no gradient of its row, no key, not in the mean."""

    def __init__(self):
        super().__init__()
        self.e, self.p, self.att = nn.Embedding(5, 4, padding_idx=0), nn.Embedding(6, 4), nn.MultiheadAttention(4, 2, batch_first=True)
        self.n, self.fc = nn.LayerNorm(4), nn.Linear(4, 3)

    def forward(self, x):
        h = self.e(x) + self.p.weight[: x.shape[1]]
        with sdpa_kernel(SDPBackend.MATH):  # the CPU's own kernel has no double backward
            h = self.n(h + self.att(h, h, h, key_padding_mask=x == 0, need_weights=False)[0])
        counts = (x != 0).unsqueeze(-1)
        return self.fc((h * counts).sum(1) / counts.sum(1))

    nodes = [
        affine('e', 'embedding', 'x', bias=False, rows=5, paddingToken=0), affine('p', 'position-embedding', 'e', bias=False, rows=6),
        plain('qkv', 'linear', 'p', weight='att.in_proj_weight', bias='att.in_proj_bias'), plain('q', 'split', 'qkv', start=0, stop=4),
        plain('k', 'split', 'qkv', start=4, stop=8), plain('v', 'split', 'qkv', start=8, stop=12),
        plain('a', 'attention', 'q', 'k', 'v', heads=2, causal=False, paddingToken=0), affine('att.out_proj', 'linear', 'a'),
        plain('h', 'add', 'p', 'att.out_proj'), affine('n', 'layer-norm', 'h', eps=1e-5), plain('m', 'mean', 'n', axes=[0], paddingToken=0),
        affine('fc', 'linear', 'm'),
    ]
    input, shape = {'kind': 'token', 'length': 5, 'vocabulary': 5}, (N, 5)
    x = [[3, 1, 4, 2, 1], [2, 2, 4, 0, 0], [1, 0, 0, 0, 0]]


class ByHand(nn.Module):
    """Grouped-query attention by hand with rotary positions, a causal and a padding mask; weights stored [inputs, outputs]; the last token."""

    def __init__(self):
        super().__init__()
        self.e, self.q, self.fc = nn.Embedding(6, 4), nn.Linear(4, 8), nn.Linear(8, 3)
        self.kv, self.b = nn.Parameter(torch.empty(4, 8)), nn.Parameter(torch.empty(8))
        angle = torch.arange(4.0)[:, None] * torch.tensor([1.0, 0.1])
        self.register_buffer('cos', torch.cat([angle.cos()] * 2, -1))
        self.register_buffer('sin', torch.cat([-angle.sin(), angle.sin()], -1))

    def turn(self, x):  # [batch, heads, T, 4]
        return x * self.cos + torch.cat([x[..., 2:], x[..., :2]], -1) * self.sin

    def forward(self, x):
        h = self.e(x)
        q = self.turn(self.q(h).unflatten(-1, (2, 4)).transpose(1, 2))
        k, v = (torch.addmm(self.b, h.reshape(-1, 4), self.kv).view(*x.shape, 2, 1, 4)).transpose(1, 3).unbind(2)
        k, v = (self.turn(k).repeat_interleave(2, 1), v.repeat_interleave(2, 1))
        hidden = torch.ones(4, 4, dtype=torch.bool).triu(1) | (x == 0)[:, None, None, :]
        y = (q @ k.transpose(-2, -1) * 0.4).masked_fill(hidden, float('-inf')).softmax(-1) @ v
        last = (x != 0).sum(1) - 1
        return self.fc(torch.tanh(y.transpose(1, 2).flatten(2))[torch.arange(len(x)), last])

    @staticmethod
    def rotated(id, of, heads):
        return [
            plain(f'{id}.right', 'split', of, start=2, stop=4), plain(f'{id}.left', 'split', of, start=0, stop=2), plain(f'{id}.turn', 'concat', f'{id}.right', f'{id}.left'),
            plain(f'{id}.sin', 'constant-affine', f'{id}.turn', scale='sin'), plain(f'{id}.cos', 'constant-affine', of, scale='cos'),
            plain(id, 'add', f'{id}.cos', f'{id}.sin'),
        ]

    nodes = [
        affine('e', 'embedding', 'x', bias=False, rows=6), affine('q', 'linear', 'e'), plain('q.4', 'reshape', 'q', shape=[4, 2, 4]), plain('q.h', 'transpose', 'q.4', axes=[1, 0, 2]),
        *rotated('q.r', 'q.h', 2), plain('kv', 'linear', 'e', weight='kv', bias='b', transposed=True), plain('k.4', 'split', 'kv', start=0, stop=4), plain('v.4', 'split', 'kv', start=4, stop=8),
        plain('k.h', 'reshape', 'k.4', shape=[1, 4, 4]), *rotated('k.r', 'k.h', 1), plain('k', 'repeat', 'k.r', axis=0, times=2),
        plain('v.h', 'reshape', 'v.4', shape=[1, 4, 4]), plain('v', 'repeat', 'v.h', axis=0, times=2),
        plain('s', 'matmul', 'q.r', 'k', transpose=True), plain('s.s', 'scale', 's', factor=0.4), plain('s.m', 'mask', 's.s', causal=True, paddingToken=0),
        plain('p', 'softmax', 's.m'), plain('y', 'matmul', 'p', 'v'), plain('y.t', 'transpose', 'y', axes=[1, 0, 2]), plain('y.f', 'reshape', 'y.t', shape=[4, 8]),
        plain('t', 'tanh', 'y.f'), plain('l', 'last', 't', paddingToken=0), affine('fc', 'linear', 'l'),
    ]
    input, shape = {'kind': 'token', 'length': 4, 'vocabulary': 6}, (N, 4)
    x = [[3, 1, 4, 2], [2, 5, 0, 0], [1, 0, 0, 0]]


class Pooled(nn.Module):
    """Pooling over sequences, a gate stretched over the channels, constants kept by a mask, a softmax between layers."""

    def __init__(self):
        super().__init__()
        self.a, self.g, self.b, self.fc = nn.Conv1d(2, 4, 3, padding=1), nn.Linear(4, 4), nn.Conv1d(4, 3, 2), nn.Linear(9, 2)
        self.register_buffer('shift', torch.randn(4, 1))
        self.register_buffer('keep', torch.tensor([1.0, 0.0, 1.0]))

    def forward(self, x):
        h = nn.functional.max_pool1d(self.a(x), 3, 2, 1)
        h = h * torch.sigmoid(self.g(h.mean(-1)))[..., None] + self.shift
        h = self.b(nn.functional.avg_pool1d(nn.functional.silu(h), 2, 1, 1, count_include_pad=False))
        h = h[..., :3].masked_fill(self.keep == 0, float('-inf')).softmax(-1)
        return self.fc(h.flatten(1))

    nodes = [
        conv('a', 'x', 3, padding=1, op='conv1d'), plain('p', 'max-pool1d', 'a', kernel=[3], stride=[2], padding=[1]), plain('m', 'mean', 'p', axes=[1]), affine('g', 'linear', 'm'),
        plain('s', 'sigmoid', 'g'), plain('s.1', 'reshape', 's', shape=[4, 1]), plain('s.w', 'repeat', 's.1', axis=1, times=4), plain('h', 'multiply', 'p', 's.w'),
        plain('h.s', 'constant-affine', 'h', shift='shift'), plain('u', 'silu', 'h.s'), plain('q', 'avg-pool1d', 'u', kernel=[2], stride=[1], padding=[1], countPadding=False),
        conv('b', 'q', 2, op='conv1d'), plain('b.3', 'split', 'b', start=0, stop=3), plain('k', 'mask', 'b.3', keep='keep'), plain('o', 'softmax', 'k'), plain('f', 'flatten', 'o'), affine('fc', 'linear', 'f'),
    ]
    input, shape = {'kind': 'real', 'shape': [2, 7]}, (N, 2, 7)


out = {}
for Type in (Residual, Grouped, Sequence, Tied, Assorted, Padded, ByHand, Pooled):
    model = Type()
    constants = {name: b.clone() for name, b in model.named_buffers()}
    model = randomise(model)
    if Type in (ByHand, Pooled):
        for name, b in model.named_buffers():
            b.copy_(constants[name])
    if Type is Padded:
        with torch.no_grad():
            model.e.weight[0] = 0
    loss = getattr(Type, 'loss', 'cross-entropy')
    x = torch.tensor(Type.x) if hasattr(Type, 'x') else torch.randint(0, 5, Type.shape) if Type.input['kind'] == 'token' else torch.randn(Type.shape)
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
