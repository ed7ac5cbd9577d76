"""Golden values of AdamW: torch.optim.AdamW from our initial parameters over our order of the examples, 200 steps and more.

    python3 -B test/reference/adamw.py        # from the repository's root; writes test/reference/adamw.json

Random part as in training.py. Float64; once more NumPy with the formulas written out, and the two must agree to 1e-11. The file has the parameters and
PyTorch's exp_avg and exp_avg_sq after two thirds of the steps and at the end.
"""
import json
import math
import subprocess

import numpy as np
import torch

from common import HERE, write
from curvature import forward, numpy_gradients, relative, unpack
from training import DEFAULTS, batches

RUNS = {
    'defaults, cosine': dict(schedule='cosine', epochs=67, learningRate=0.01, seed=1, adamw=dict(beta1=0.9, beta2=0.999, epsilon=1e-8, weightDecay=0.01)),
    'large decay, other betas, incomplete last batch': dict(schedule='constant', epochs=50, learningRate=0.02, dropLast=False, seed=2, loss='squared-error', activation='sigmoid',
                                                            adamw=dict(beta1=0.8, beta2=0.95, epsilon=1e-4, weightDecay=0.3)),
    'no decay, no mean': dict(schedule='constant', epochs=70, learningRate=0.003, seed=3, adamw=dict(beta1=0.0, beta2=0.9, epsilon=1e-6, weightDecay=0.0)),
}


def rate_of(run, epoch):
    return run['learningRate'] * (0.5 * (1 + math.cos(math.pi * epoch / run['epochs'])) if run['schedule'] == 'cosine' else 1)


def steps(run, stream):
    return [(rate_of(run, epoch), batch) for epoch, order in enumerate(stream['orders']) for batch in batches(run, order)]


def train_numpy(run, stream, x, y):
    a, theta = run['adamw'], np.array(stream['init'])
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, (rate, batch) in enumerate(steps(run, stream), 1):
        g = numpy_gradients(run, theta, x[batch], y[batch]).mean(axis=0)
        theta = theta - rate * a['weightDecay'] * theta
        m, v = a['beta1'] * m + (1 - a['beta1']) * g, a['beta2'] * v + (1 - a['beta2']) * g * g
        theta = theta - rate * (m / (1 - a['beta1'] ** t)) / (np.sqrt(v / (1 - a['beta2'] ** t)) + a['epsilon'])
    return theta


def train_torch(run, stream, x, y, dtype=torch.float64):
    nn, a = torch.nn, run['adamw']
    activation = {'tanh': nn.Tanh, 'sigmoid': nn.Sigmoid}[run['activation']]
    modules = []
    for w, b in unpack(run, np.array(stream['init'])):
        linear = nn.Linear(w.shape[1], w.shape[0], dtype=dtype)
        linear.weight.data, linear.bias.data = torch.tensor(w, dtype=dtype), torch.tensor(b, dtype=dtype)
        modules += [linear, activation()]
    net = nn.Sequential(*modules[:-1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=run['learningRate'], betas=(a['beta1'], a['beta2']), eps=a['epsilon'], weight_decay=a['weightDecay'])
    x, y = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype if run['loss'] == 'squared-error' else None)
    flat = lambda tensors: torch.cat([t.detach().reshape(-1) for t in tensors]).numpy()
    kept, all_steps = [], steps(run, stream)
    for k, (rate, batch) in enumerate(all_steps, 1):
        optimiser.param_groups[0]['lr'] = rate
        optimiser.zero_grad()
        u = net(x[batch])
        loss = nn.functional.cross_entropy(u, y[batch]) if run['loss'] == 'cross-entropy' else 0.5 * ((u - y[batch]) ** 2).sum(dim=1).mean()
        loss.backward()
        optimiser.step()
        if k in (2 * len(all_steps) // 3, len(all_steps)):
            states = [optimiser.state[p] for p in net.parameters()]
            kept.append(dict(step=k, theta=flat(net.parameters()), first=flat([s['exp_avg'] for s in states]), second=flat([s['exp_avg_sq'] for s in states])))
    return kept


def main():
    runs = {name: {**DEFAULTS, **settings} for name, settings in RUNS.items()}
    streams = json.loads(subprocess.run(['npx', 'tsx', str(HERE / 'training-streams.ts')], input=json.dumps(list(runs.values())), capture_output=True, text=True, check=True).stdout)
    rng = np.random.default_rng(14)
    x, labels, targets = rng.normal(size=(14, 4)), rng.integers(3, size=14), rng.normal(size=(14, 3))
    out = []
    for (name, run), stream in zip(runs.items(), streams):
        y = targets if run['loss'] == 'squared-error' else labels
        final, kept = train_numpy(run, stream, x, y), train_torch(run, stream, x, y)
        agreement = relative(final, kept[-1]['theta'])
        assert agreement < 1e-11, (name, agreement)
        assert kept[-1]['step'] >= 200
        out.append({'name': name, **run, 'init': stream['init'], 'checkpoints': kept, 'agreementNumpyTorch': agreement})
    write('adamw.json', 'python3 -B test/reference/adamw.py', [np, torch], 'torch.optim.AdamW: initial parameters of our streams, parameters and states after some steps, in PyTorch order.',
          {'seed': 14, 'inputs': x, 'labels': labels, 'targets': targets, 'runs': out})


if __name__ == '__main__':
    main()
