"""Writes networks, data and what each peer computes from them into a folder: python peers.py FOLDER.

NAME.npy is a peer's result; NAME.formula.npy, where it exists, is what the page says that the peer computes,
by dense algebra on per-example gradients without the peer.
"""
import os
import sys
import warnings

os.environ['OMP_NUM_THREADS'] = '1'
warnings.filterwarnings('ignore')
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from networks import DAMPING, batches, classes, example_losses, gradients, numbers

torch.set_num_threads(1)
FOLDER = Path(sys.argv[1])
FOLDER.mkdir(parents=True, exist_ok=True)


def write(name, value):
    value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    np.save(FOLDER / f'{name}.npy', np.ascontiguousarray(value.astype(np.int64 if value.dtype.kind == 'i' else np.float64)))


def write_network(name, model, data):
    save_file({k: v.detach().clone() for k, v in model.state_dict().items()}, FOLDER / f'{name}.safetensors')
    for key, value in data.items():
        write(f'{name}.{key}', value)


def main():
    import with_captum
    import with_curvlinops
    import with_dattri
    import with_kronfluence
    import with_pydvl
    import with_torch
    import with_trak

    model, train, query = classes()
    write_network('classes', model, {'x': train[0], 'y': train[1], 'xq': query[0], 'yq': query[1], 'damping': np.array([DAMPING])})
    regression, data = numbers()
    write_network('numbers', regression, {'x': data[0], 'y': data[1]})
    problem = {
        'model': model,
        'train': train,
        'query': query,
        'batches': batches(train),
        'gradients': gradients(model, example_losses(model, train)),
        'query_gradients': gradients(model, example_losses(model, query)),
        'regression': regression,
        'data': data,
        'data_batches': batches(data),
        'folder': FOLDER,
    }
    for peer in (with_torch, with_curvlinops, with_kronfluence, with_pydvl, with_dattri, with_captum, with_trak):
        for name, value in peer.results(**problem):
            write(name, value)
        print(peer.__name__, flush=True)


main()
