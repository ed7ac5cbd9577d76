"""Safetensors files of every type that safetensors 0.8 accepts, and the 256 values of its eight-bit floats as PyTorch has them.

    python3 test/reference/dtypes.py        # writes test/reference/dtypes.json
"""
import base64
import json
import struct

import numpy as np
import safetensors
import safetensors.torch
import torch

from common import write

FLOATS = {'F8_E4M3': torch.float8_e4m3fn, 'F8_E5M2': torch.float8_e5m2, 'F8_E4M3FNUZ': torch.float8_e4m3fnuz,
          'F8_E5M2FNUZ': torch.float8_e5m2fnuz, 'F8_E8M0': torch.float8_e8m0fnu}
INTEGERS = {'BOOL': torch.tensor([True, False, True]), 'U8': torch.tensor([0, 255, 7], dtype=torch.uint8),
            'I8': torch.tensor([-128, 127, -1], dtype=torch.int8), 'I16': torch.tensor([-32768, 32767, -1], dtype=torch.int16),
            'U16': torch.tensor([0, 65535, 9], dtype=torch.uint16), 'I32': torch.tensor([-2**31, 2**31 - 1, -1], dtype=torch.int32),
            'U32': torch.tensor([0, 2**32 - 1, 9], dtype=torch.uint32), 'I64': torch.tensor([-2**53 + 1, 2**53 - 1, -1]),
            'U64': torch.tensor([0, 2**53 - 1, 9], dtype=torch.uint64)}


def text(b):
    return base64.b64encode(b).decode()


def by_hand(dtype, shape, size):
    header = json.dumps({'a': {'dtype': dtype, 'shape': shape, 'data_offsets': [0, size]}}).encode()
    data = struct.pack('<Q', len(header)) + header + bytes(size)
    safetensors.deserialize(data)  # accepted by the reference
    return text(data)


def special(values):
    return ['NaN' if np.isnan(v) else ('Infinity' if v > 0 else '-Infinity') if np.isinf(v) else v for v in values]


write('dtypes.json', 'python3 test/reference/dtypes.py', [safetensors, torch, np],
      'One tensor a of each type; for eight-bit floats all codes from 0 to 255.', {
          'floats': {name: {'bytes': text(safetensors.torch.save({'a': torch.arange(256, dtype=torch.uint8).view(t)})),
                            'data': special(torch.arange(256, dtype=torch.uint8).view(t).to(torch.float32).double().tolist())}
                     for name, t in FLOATS.items()},
          'integers': {name: {'bytes': text(safetensors.torch.save({'a': t})), 'data': [float(v) for v in t.tolist()]}
                       for name, t in INTEGERS.items()},
          'unread': {name: by_hand(name, [8], size) for name, size in [('C64', 64), ('F4', 4), ('F6_E2M3', 6), ('F6_E3M2', 6)]},
      })
