"""Golden values of training in float32: SGD and AdamW of PyTorch in float32 from our initial parameters over our order of the examples.

    python3 -B test/reference/training-float32.py        # from the repository's root; writes test/reference/training-float32.json

Random part as in training.py. Each run is taken in float32 and in float64: the distance of the two says how much rounding a run may differ by.
"""
import json
import subprocess

import numpy as np
import torch

import adamw
import training
from common import HERE, write
from curvature import relative

RUNS = {
    'tanh, cosine, momentum': dict(momentum=0.9, weightDecay=0.0, schedule='cosine', seed=1, epochs=7),
    'relu regression on a subset, incomplete last batch': dict(activation='relu', loss='squared-error', momentum=0.0, weightDecay=0.01, schedule='constant', dropLast=False,
                                                               learningRate=0.05, seed=2, path=['retrain', 3, 0], subset=[0, 2, 3, 5, 6, 8, 9, 11, 13]),
    'sigmoid, decay, every example a batch': dict(activation='sigmoid', momentum=0.9, weightDecay=0.001, schedule='cosine', batch=1, epochs=2, seed=5),
    'tanh, wide, all examples a batch': dict(sizes=[4, 37, 18, 3], momentum=0.5, weightDecay=0.001, schedule='constant', batch=14, epochs=20, seed=6),
    'adamw, tanh': dict(schedule='cosine', epochs=7, learningRate=0.01, seed=3, adamw=dict(beta1=0.9, beta2=0.999, epsilon=1e-8, weightDecay=0.01)),
    'adamw, sigmoid regression': dict(activation='sigmoid', loss='squared-error', schedule='constant', epochs=6, learningRate=0.02, dropLast=False, seed=4,
                                      adamw=dict(beta1=0.8, beta2=0.95, epsilon=1e-4, weightDecay=0.3)),
}


def trained(run, stream, x, y, dtype):
    if 'adamw' in run:
        return adamw.train_torch(run, stream, x, y, dtype)[-1]['theta']
    return training.train_torch(run, stream, x, y, dtype)


def main():
    torch.set_num_threads(1)
    runs = {name: {**training.DEFAULTS, **settings} for name, settings in RUNS.items()}
    command = ['npx', 'tsx', str(HERE / 'training-streams.ts')]
    streams = json.loads(subprocess.run(command, input=json.dumps(list(runs.values())), capture_output=True, text=True, check=True).stdout)
    rng = np.random.default_rng(16)
    x, labels, targets = rng.normal(size=(14, 4)), rng.integers(3, size=14), rng.normal(size=(14, 3))
    out = []
    for (name, run), stream in zip(runs.items(), streams):
        y = targets if run['loss'] == 'squared-error' else labels
        final, exact = (trained(run, stream, x, y, dtype) for dtype in (torch.float32, torch.float64))
        assert final.dtype == np.float32
        final = final.astype(np.float64)
        out.append({'name': name, **run, 'init': stream['init'], 'final': final, 'float64': exact, 'distance': relative(final, exact)})
    write('training-float32.json', 'python3 -B test/reference/training-float32.py', [np, torch],
          'Training in float32: initial parameters of our streams, final parameters of PyTorch in float32 and in float64, in PyTorch order, and their relative distance.',
          {'seed': 16, 'inputs': x, 'labels': labels, 'targets': targets, 'runs': out})


if __name__ == '__main__':
    main()
