"""Golden values of training networks of layers: torch.optim.SGD and torch.optim.AdamW from our initial parameters over our order of the examples.

    python3 -B test/reference/network-training.py        # from the repository's root; writes test/reference/network-training.json

Random part from network-training-streams.ts. Float64, automatic differentiation, the learning rate once per epoch by CosineAnnealingLR. The layers are
torch.nn's, attention and the mean without padding by hand. Every run with weights has some of examples or of positions, 0 among them: the loss of a
batch is Σ w ℓ over its number of examples. The file has the mean loss of every epoch, and parameters and states half way and at the end.
"""
import json
import subprocess

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from common import HERE, write

N = 10
torch.set_default_dtype(torch.float64)


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.n = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.GroupNorm(2, 4)
        self.b, self.m, self.fc = nn.Conv2d(4, 4, 3, stride=(2, 1), padding=(1, 0), groups=2), nn.GroupNorm(2, 4, eps=1e-3), nn.Linear(24, 3)

    def forward(self, x):
        return self.fc(torch.tanh(self.m(self.b(F.silu(self.n(self.a(x.reshape(-1, 2, 4, 5))))))).flatten(1))


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.n, self.fc = nn.Linear(5, 6), nn.LayerNorm(6, eps=1e-2), nn.Linear(6, 2)
        self.block = nn.ModuleDict({'n': nn.LayerNorm(6), 'up': nn.Linear(6, 7), 'down': nn.Linear(7, 6, bias=False)})

    def forward(self, x):
        h = self.a(x)
        return self.fc(self.n(h + self.block['down'](F.gelu(self.block['up'](self.block['n'](h))))))


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.n, self.b, self.fc = nn.Conv1d(2, 4, 3, dilation=2, padding=1), nn.LayerNorm(4), nn.Linear(4, 3, bias=False), nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(F.softplus(self.b(self.n(self.a(x.reshape(-1, 2, 7)).transpose(1, 2))), 2, 20).mean(1))


class Attention(nn.Module):
    """Two heads of two features; keys and values of one head where `shared`."""

    def __init__(self, shared):
        super().__init__()
        self.heads = 1 if shared else 2
        self.qkv, self.out = nn.Linear(4, 4 + 4 * self.heads), nn.Linear(4, 4)

    def forward(self, x, hidden):
        q, k, v = self.qkv(x).split([4, 2 * self.heads, 2 * self.heads], -1)
        q, k, v = (t.unflatten(-1, (-1, 2)).transpose(1, 2) for t in (q, k, v))
        k, v = (t.repeat_interleave(2 // self.heads, 1) for t in (k, v))
        p = (q @ k.transpose(-2, -1) / 2 ** 0.5).masked_fill(hidden, float('-inf')).softmax(-1)
        return self.out((p @ v).transpose(1, 2).flatten(2))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.p, self.m = nn.Embedding(6, 4), nn.Embedding(4, 4), nn.LayerNorm(4)
        self.block = nn.ModuleDict({'n': nn.LayerNorm(4), 'att': Attention(False)})

    def forward(self, x):
        h = self.e(x) + self.p.weight
        h = h + self.block['att'](self.block['n'](h), torch.ones(4, 4, dtype=torch.bool).triu(1))
        return self.m(h) @ self.e.weight.T


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.p, self.fc = nn.Embedding(6, 4), nn.Embedding(6, 4), nn.Linear(4, 3)
        self.att = nn.ModuleDict({'n': nn.RMSNorm(4, eps=1e-6), 'a': Attention(True)})
        self.mlp = nn.ModuleDict({'n': nn.RMSNorm(4, eps=1e-5), 'down': nn.Linear(5, 4)})
        self.mlp['h'] = nn.ModuleDict({'gate': nn.ModuleDict({'up': nn.Linear(4, 5)}), 'layer': nn.Linear(4, 5)})

    def forward(self, x):
        real = (x != 0).unsqueeze(-1)
        h = self.e(x) * real + self.p.weight[:5]
        h = h + self.att['a'](self.att['n'](h), (x == 0)[:, None, None, :])
        n, m = self.mlp['n'](h), self.mlp['h']
        h = h + self.mlp['down'](F.silu(m['gate']['up'](n)) * m['layer'](n))
        return self.fc((h * real).sum(1) / real.sum(1))


NETWORKS = {'image': Image, 'features': Features, 'sequence': Sequence, 'tied': Tied, 'padded': Padded}
ADAM = dict(beta1=0.9, beta2=0.999, epsilon=1e-8, weightDecay=0.01)
HEAVY = dict(beta1=0.8, beta2=0.95, epsilon=1e-6, weightDecay=0.3)
SGD = dict(momentum=0.9, weightDecay=0.01)
RUNS = {
    'image, SGD, weights of examples': dict(network='image', schedule='cosine', weighted=True, **SGD),
    'image, AdamW': dict(network='image', schedule='cosine', dropLast=False, adamw=ADAM),
    'image, AdamW of other betas, weights of examples': dict(network='image', schedule='constant', weighted=True, adamw=HEAVY),
    'features, SGD': dict(network='features', loss='squared-error', schedule='cosine', dropLast=False, **SGD),
    'features, AdamW, weights of examples': dict(network='features', loss='squared-error', schedule='cosine', weighted=True, adamw=HEAVY),
    'sequence, SGD without momentum, weights of examples': dict(network='sequence', schedule='constant', weighted=True, dropLast=False, momentum=0.0, weightDecay=0.1),
    'sequence, AdamW without a mean': dict(network='sequence', schedule='constant', adamw=dict(beta1=0.0, beta2=0.9, epsilon=1e-7, weightDecay=0.0)),
    'tied, SGD, weights of tokens': dict(network='tied', schedule='cosine', weighted=True, **SGD),
    'tied, AdamW': dict(network='tied', schedule='constant', adamw=ADAM),
    'tied, AdamW of other betas, weights of tokens': dict(network='tied', schedule='cosine', dropLast=False, weighted=True, adamw=HEAVY),
    'padded, SGD': dict(network='padded', schedule='constant', momentum=0.5, weightDecay=0.05),
    'padded, AdamW, weights of examples': dict(network='padded', schedule='cosine', dropLast=False, weighted=True, adamw=ADAM),
    'padded, AdamW of other betas': dict(network='padded', schedule='cosine', adamw=HEAVY),
}
DEFAULTS = dict(loss='cross-entropy', epochs=12, batch=4, dropLast=True, weighted=False, examples=N)


def data_of(rng):
    """Inputs, answers and weights of every network, as our library takes them: one row for each example."""
    weights = lambda *shape: rng.choice([0.0, 0.3, 1.0, 2.5], size=shape, p=[0.2, 0.3, 0.3, 0.2])
    lengths = rng.integers(1, 6, size=N)
    padded = np.where(np.arange(5) < lengths[:, None], rng.integers(1, 6, size=(N, 5)), 0)
    return {
        'image': dict(inputs=rng.normal(size=(N, 40)), labels=rng.integers(3, size=N), weights=weights(N, 1)),
        'features': dict(inputs=rng.normal(size=(N, 5)), targets=rng.normal(size=(N, 2)), weights=weights(N, 1)),
        'sequence': dict(inputs=rng.normal(size=(N, 14)), labels=rng.integers(2, size=N), weights=weights(N, 1)),
        'tied': dict(inputs=rng.integers(6, size=(N, 4)), labels=rng.integers(6, size=(N, 4)), weights=weights(N, 4)),
        'padded': dict(inputs=padded, labels=rng.integers(3, size=N), weights=weights(N, 1)),
    }


def losses_of(run, u, y, w):
    """Of each example."""
    if run['loss'] == 'squared-error':
        return w[:, 0] * 0.5 * ((u - y) ** 2).sum(-1)
    each = F.cross_entropy(u.flatten(0, -2), y.flatten(), reduction='none').reshape(len(u), -1)
    return (w * each).sum(1)


def train(run, stream, data):
    model = NETWORKS[run['network']]()
    model.load_state_dict({name: torch.tensor(t['data']).reshape(t['shape']) for name, t in stream['init'].items()})
    x, y = torch.tensor(data['inputs']), torch.tensor(data['labels' if 'labels' in data else 'targets'])
    w = torch.tensor(data['weights']) if run['weighted'] else torch.ones(data['weights'].shape) / data['weights'].shape[1]
    a = run.get('adamw')
    if a is None:
        optimiser = torch.optim.SGD(model.parameters(), lr=run['learningRate'], momentum=run['momentum'], weight_decay=run['weightDecay'])
    else:
        optimiser = torch.optim.AdamW(model.parameters(), lr=run['learningRate'], betas=(a['beta1'], a['beta2']), eps=a['epsilon'], weight_decay=a['weightDecay'])
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=run['epochs'], eta_min=0) if run['schedule'] == 'cosine' else None
    size = run['batch']
    whole = N - N % size if run['dropLast'] else N
    per_epoch = -(-whole // size)
    kept, losses, step = [], [], 0
    for order in stream['orders']:
        seen = []
        for start in range(0, whole, size):
            batch = order[start:min(start + size, whole)]
            optimiser.zero_grad()
            each = losses_of(run, model(x[batch]), y[batch], w[batch])
            each.mean().backward()
            optimiser.step()
            seen.append(each.detach())
            step += 1
            if step in (run['epochs'] * per_epoch // 2, run['epochs'] * per_epoch):
                values = dict(model.named_parameters())
                states = {'first': 'exp_avg', 'second': 'exp_avg_sq'} if a else {}
                kept.append(dict(step=step, theta=listed(values), **{ours: listed({n: optimiser.state[p][theirs] for n, p in values.items()}) for ours, theirs in states.items()}))
        losses.append(float(torch.cat(seen).mean()))
        if cosine:
            cosine.step()
    assert 20 <= step <= 50, step
    return dict(checkpoints=kept, epochLosses=losses)


def listed(tensors):
    return {name: t.detach().flatten().tolist() for name, t in tensors.items()}


def main():
    runs = [dict(name=name, **{**DEFAULTS, 'seed': seed, 'learningRate': 0.02 if 'adamw' in run else 0.05, **run}) for seed, (name, run) in enumerate(RUNS.items())]
    command = ['npx', 'tsx', str(HERE / 'network-training-streams.ts')]
    streams = json.loads(subprocess.run(command, input=json.dumps(runs), capture_output=True, text=True, check=True).stdout)
    data = data_of(np.random.default_rng(21))
    out = [{**run, 'init': {name: t['data'] for name, t in stream['init'].items()}, 'orders': stream['orders'], **train(run, stream, data[run['network']])} for run, stream in zip(runs, streams)]
    write('network-training.json', 'python3 -B test/reference/network-training.py', [np, torch],
          'torch.optim.SGD and torch.optim.AdamW on networks of layers: initial parameters and orders of our streams; parameters and states by name half way and at the end; mean loss of each epoch with every example taken before its step.',
          {'seed': 21, 'data': data, 'runs': out})


if __name__ == '__main__':
    main()
