"""Two small networks as descriptions with parameters, data and PyTorch's float64 logits, losses and gradients, as one JSON each.

python networks_cases.py FOLDER_OF_A_CASE NAME [GRADIENTS = 3]: reads the arrays of a case that PyTorch has computed and writes NAME.json
beside this file. Everything is rounded to nothing: doubles in the shortest form that gives them back.
"""
import json
import pathlib
import struct
import sys

import numpy as np


ROWS = int(sys.argv[3]) if len(sys.argv) > 3 else 3


def tensors(path):
    raw = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack('<Q', raw[:8])
    head = json.loads(raw[8:8 + size])
    kinds = {'F64': '<f8', 'F32': '<f4'}
    return {
        name: np.frombuffer(raw[8 + size:][slice(*entry['data_offsets'])], kinds[entry['dtype']]).reshape(entry['shape'])
        for name, entry in head.items() if name != '__metadata__'
    }


def main(folder, name):
    case = pathlib.Path(folder)
    load = lambda key: np.load(case / f'{key}.npy')
    flat = lambda a: a.reshape(len(a), -1).tolist()
    out = {
        'architecture': json.loads((case / 'architecture.json').read_text()),
        'parameters': {k: {'shape': list(v.shape), 'data': v.ravel().tolist()} for k, v in tensors(case / 'params.safetensors').items()},
        'x': flat(load('x')), 'y': load('y').ravel().tolist(), 'xq': flat(load('xq')), 'yq': load('yq').ravel().tolist(),
        'logits': flat(load('logits'))[:12], 'losses': load('losses').tolist(), 'grads': load('grads')[:ROWS].tolist(),
        'gradMean': load('grad_mean').tolist(), 'qgradsLoss': load('qgrads_loss')[:2].tolist(),
        'vectors': load('vectors')[:2].tolist(), 'hessianTimes': load('times_hessian')[:2].tolist(), 'ggnTimes': load('times_ggn')[:2].tolist(),
        'names': [key for key, _ in json.loads((case / 'meta.json').read_text())['parameters']],
    }
    for key, file in (('w', 'w'), ('wq', 'wq'), ('qgradsMargin', 'qgrads_margin')):
        if (case / f'{file}.npy').exists():
            out[key] = load(file)[:2 if key == 'qgradsMargin' else None].tolist()
    (pathlib.Path(__file__).parent / f'{name}.json').write_text(json.dumps(out, separators=(',', ':')))


main(*sys.argv[1:3])
