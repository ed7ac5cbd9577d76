"""Small files as NumPy, the safetensors package and Python's zipfile write them.

    python3 test/reference/formats.py        # writes test/reference/formats.json

`same` marks files whose bytes our writers must reproduce exactly; all are for reading.
"""
import base64
import io
import zipfile

import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

from common import write


def text(data):
    return base64.b64encode(data).decode()


def npy(name, array, same=False, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    as_float = array.astype(np.float64)
    assert np.array_equal(as_float.astype(array.dtype), array)
    return {'name': name, 'same': same, 'dtype': array.dtype.str, 'shape': list(array.shape), 'data': as_float.ravel(order='C'), 'bytes': text(buffer.getvalue())}


def npy_cases():
    rng = np.random.default_rng(5)
    grid = rng.normal(size=(3, 4))
    cube = np.arange(24).reshape(2, 3, 4)
    yield npy('float64 matrix', grid, same=True)
    yield npy('float64 vector', grid[0].copy(), same=True)
    yield npy('float64 scalar', np.array(2.5), same=True)
    yield npy('float64, no rows', np.zeros((0, 4)), same=True)
    yield npy('float64, no elements, three dimensions', np.zeros((2, 0, 3)), same=True)
    yield npy('float64, header grows past one block', np.zeros((1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)), same=True)
    yield npy('float64, shape of many digits', np.zeros((1, 1234567890123, 0)), same=True)
    yield npy('float64 extremes', np.array([5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 0.1]), same=True)
    yield npy('int32 vector', np.array([0, 1, -1, 2**31 - 1, -(2**31)], dtype='<i4'), same=True)
    yield npy('int64 vector', np.array([0, 1, -1, 2**53 - 1, -(2**53 - 1), 2**32, -(2**32) - 7], dtype='<i8'), same=True)
    yield npy('float32 matrix', grid.astype('<f4'), same=True)
    yield npy('float64, Fortran order', np.asfortranarray(grid))
    yield npy('float64 cube, Fortran order', np.asfortranarray(cube.astype(float)))
    yield npy('int16 cube, big endian, Fortran order', np.asfortranarray(cube.astype('>i2')))
    for kind in ('>f8', '>f4', '>f2', '>i8', '>i4', '<f2', '<i2', '|i1', '<u8', '<u4', '>u2', '|u1'):
        yield npy(f'{kind} vector', np.array([0, 1, 2, 100, 127]).astype(kind))
    yield npy('float16, subnormal and largest', np.array([6e-8, -6.1e-5, 65504, -0.0, 0.333], dtype='<f2'))
    yield npy('Boolean vector', np.array([True, False, True]))
    yield npy('version 2.0', grid, version=(2, 0))
    yield npy('version 3.0', grid, version=(3, 0))


def npz(save):
    arrays = {'w': np.arange(6.0).reshape(2, 3), 'labels': np.array([3, 1, 4]), 'größe': np.array(1.5), 'layer/0': np.ones(40)}
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return {'bytes': text(buffer.getvalue()), 'arrays': {k: {'shape': list(v.shape), 'data': v.astype(float).ravel()} for k, v in arrays.items()}}


def plain_zip():
    """Stored entries of `ZipInfo(name)`, whose date is 1980-01-01: what our writer must reproduce."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, array in {'a': np.arange(3.0), 'é': np.array([[1.0, 2.0]])}.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array)
            archive.writestr(zipfile.ZipInfo(f'{name}.npy'), content.getvalue())
    return {'bytes': text(buffer.getvalue())}


def tensors():
    rng = np.random.default_rng(6)
    net = {'0.bias': rng.normal(size=4), '0.weight': rng.normal(size=(4, 5)), '2.bias': rng.normal(size=3), '2.weight': rng.normal(size=(3, 4))}
    mixed = {'double': np.array([1.5, -2]), 'int': np.array([1, -(2**40)]), 'half': np.array([1.5, -2e-7, 60000], dtype='f2'),
             'single': np.array([[0.5], [3.25]], dtype='f4'), 'small': np.array([-5, 7], dtype='i4'), 'none': np.zeros((0, 3)), 'scalar': np.array(4.0)}

    def case(name, arrays, metadata, same):
        return {'name': name, 'same': same, 'metadata': metadata or {}, 'bytes': text(safetensors.numpy.save(arrays, metadata)),
                'tensors': {k: {'shape': list(v.shape), 'data': v.astype(float).ravel()} for k, v in arrays.items()}}

    brain = torch.tensor([1.5, -3e38, 1e-40, 0.1], dtype=torch.bfloat16)
    bfloat16 = {'name': 'bfloat16', 'same': False, 'metadata': {}, 'bytes': text(safetensors.torch.save({'b': brain})),
                'tensors': {'b': {'shape': [4], 'data': brain.double().numpy()}}}
    return [bfloat16, case('network', net, None, True), case('network with metadata', net, {'format': 'pt'}, True),
            case('mixed types', mixed, None, False), case('empty', {}, None, True)]


def sequential():
    """A real nn.Sequential as users save it, in float32, with its outputs for some inputs in float64."""
    torch.manual_seed(8)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    data = safetensors.torch.save(net.state_dict())
    x = torch.randn(6, 3, dtype=torch.float64)
    return {'bytes': text(data), 'sizes': [3, 4, 5, 2], 'activation': 'tanh', 'inputs': x.numpy(), 'outputs': net.double()(x).detach().numpy()}


def main():
    write('formats.json', 'python3 test/reference/formats.py', [np, safetensors, torch], 'Base64 of small .npy, .npz and .safetensors files, with the arrays they hold as float64 in C order.',
          {'npy': list(npy_cases()), 'npzStored': npz(np.savez), 'npzCompressed': npz(np.savez_compressed), 'npzPlain': plain_zip(), 'safetensors': tensors(), 'sequential': sequential()})


if __name__ == '__main__':
    main()
