"""Golden values of training: SGD of PyTorch from our initial parameters over our order of the examples.

    python3 test/reference/training.py        # from the repository's root; writes test/reference/training.json

Only the random part comes from the library (training-streams.ts: initial parameters and permutations); they are in
the file, so that a change of the streams shows as such. The steps are torch.optim.SGD with CosineAnnealingLR
(eta_min 0, stepped per epoch), in float64, and once more NumPy with the formulas written out; the two must agree.
"""
import json
import math
import subprocess

import numpy as np
import torch

from common import HERE, write
from curvature import example_losses, forward, numpy_gradients, relative, unpack

RUNS = {
    'cosine': dict(momentum=0.9, weightDecay=0.0, schedule='cosine', seed=1),
    'cosine with weight decay': dict(momentum=0.9, weightDecay=0.01, schedule='cosine', seed=1),
    'regression on a subset, incomplete last batch': dict(activation='relu', loss='squared-error', momentum=0.0, weightDecay=0.01, schedule='constant', dropLast=False,
                                                          learningRate=0.05, seed=2, path=['retrain', 3, 0], subset=[0, 2, 3, 5, 6, 8, 9, 11, 13]),
    'Xavier, gelu, fewer examples than a batch': dict(activation='gelu', momentum=0.5, weightDecay=0.0, schedule='constant', initialisation='xavier', batch=20, seed=3),
    'sigmoid, every example a batch': dict(activation='sigmoid', momentum=0.9, weightDecay=0.001, schedule='cosine', batch=1, epochs=4, seed=2**32 + 5),
}
DEFAULTS = dict(sizes=[4, 5, 5, 3], activation='tanh', loss='cross-entropy', epochs=3, batch=4, learningRate=0.1, initialisation='torch', dropLast=True, path=[], subset=list(range(14)))


def batches(run, order):
    size, m = run['batch'], len(order)
    if m <= size:
        return [order]
    out = [order[i:i + size] for i in range(0, m, size)]
    return out[:-1] if run['dropLast'] and m % size else out


def train_numpy(run, stream, x, y):
    theta, velocity, losses = np.array(stream['init']), 0.0, []
    for epoch, order in enumerate(stream['orders']):
        rate = run['learningRate'] * (0.5 * (1 + math.cos(math.pi * epoch / run['epochs'])) if run['schedule'] == 'cosine' else 1)
        seen = []
        for batch in batches(run, order):
            seen.append(example_losses(run, forward(run, theta, x[batch])[1][-1], y[batch]))
            gradient = numpy_gradients(run, theta, x[batch], y[batch]).mean(axis=0) + run['weightDecay'] * theta
            velocity = run['momentum'] * velocity + gradient
            theta = theta - rate * velocity
        losses.append(np.concatenate(seen).mean())
    return theta, losses


def train_torch(run, stream, x, y, dtype=torch.float64):
    nn = torch.nn
    activation = {'tanh': nn.Tanh, 'relu': nn.ReLU, 'gelu': nn.GELU, 'sigmoid': nn.Sigmoid}[run['activation']]
    modules = []
    for w, b in unpack(run, np.array(stream['init'])):
        linear = nn.Linear(w.shape[1], w.shape[0], dtype=dtype)
        linear.weight.data, linear.bias.data = torch.tensor(w, dtype=dtype), torch.tensor(b, dtype=dtype)
        modules += [linear, activation()]
    net = nn.Sequential(*modules[:-1])
    optimiser = torch.optim.SGD(net.parameters(), lr=run['learningRate'], momentum=run['momentum'], weight_decay=run['weightDecay'])
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=run['epochs'], eta_min=0) if run['schedule'] == 'cosine' else None
    x, y = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype if run['loss'] == 'squared-error' else None)
    for order in stream['orders']:
        for batch in batches(run, order):
            optimiser.zero_grad()
            u = net(x[batch])
            loss = nn.functional.cross_entropy(u, y[batch]) if run['loss'] == 'cross-entropy' else 0.5 * ((u - y[batch]) ** 2).sum(dim=1).mean()
            loss.backward()
            optimiser.step()
        if cosine:
            cosine.step()
    return torch.nn.utils.parameters_to_vector(net.parameters()).detach().numpy()


def main():
    runs = {name: {**DEFAULTS, **settings} for name, settings in RUNS.items()}
    command = ['npx', 'tsx', str(HERE / 'training-streams.ts')]
    streams = json.loads(subprocess.run(command, input=json.dumps(list(runs.values())), capture_output=True, text=True, check=True).stdout)
    rng = np.random.default_rng(12)
    x, labels, targets = rng.normal(size=(14, 4)), rng.integers(3, size=14), rng.normal(size=(14, 3))
    out = []
    for (name, run), stream in zip(runs.items(), streams):
        y = targets if run['loss'] == 'squared-error' else labels
        final, losses = train_numpy(run, stream, x, y)
        other = train_torch(run, stream, x, y)
        assert relative(final, other) < 1e-13, (name, relative(final, other))
        out.append({'name': name, **run, **stream, 'final': other, 'epochLosses': losses, 'agreementNumpyTorch': relative(final, other)})
    write('training.json', 'python3 test/reference/training.py', [np, torch],
          'SGD: initial parameters and orders of our streams, final parameters of torch.optim.SGD (both in PyTorch order), mean loss of each epoch with every example taken before its step.',
          {'seed': 12, 'inputs': x, 'labels': labels, 'targets': targets, 'runs': out})


if __name__ == '__main__':
    main()
