"""Archives as NumPy, SciPy and Python's zipfile write them: mixed members, sparse matrices, odd names, zip64, streams.

    python3 test/reference/archives.py       # writes test/reference/archives.json

`arrays` is what numpy.load finds numeric in each, as float64 in C order; `skipped` names the other members.
"""
import base64
import io
import zipfile

import numpy as np
import scipy
import scipy.sparse as sp

from common import write

X = np.arange(12.0).reshape(3, 4)


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), version=version)
    return out.getvalue()


def archive(name, data):
    arrays, skipped = {}, []
    with np.load(io.BytesIO(data), allow_pickle=False) as found, zipfile.ZipFile(io.BytesIO(data)) as members:
        for key, member in zip(found.files, members.namelist()):
            if member.endswith('/'):
                continue
            try:
                value = found[key]
            except ValueError:  # pickled objects
                value = None
            if isinstance(value, np.ndarray) and value.dtype.kind in 'biuf' and value.dtype.itemsize <= 8:
                arrays[key] = {'dtype': value.dtype.str, 'shape': list(value.shape), 'data': value.astype(float).ravel()}
            else:
                skipped.append(member)
    return {'name': name, 'bytes': base64.b64encode(data).decode(), 'arrays': arrays, 'skipped': skipped}


def saved(save, *args, **arrays):
    out = io.BytesIO()
    save(out, *args, **arrays)
    return out.getvalue()


def zipped(members, compression=zipfile.ZIP_STORED, comment=b'', stream=False):
    out = io.BytesIO()
    target = Stream(out) if stream else out
    with zipfile.ZipFile(target, 'w', compression) as z:
        for name, content in members:
            z.writestr(zipfile.ZipInfo(name), content, compression)
        z.comment = comment
    return out.getvalue()


class Stream:
    """A pipe: it cannot be wound back, so that zipfile writes sizes after the data."""

    def __init__(self, out):
        self.out = out

    def write(self, data):
        return self.out.write(data)

    def flush(self):
        pass


def mixed():
    odd = {
        'string': np.array('relu'), 'strings': np.array(['a', 'bc']), 'bytes': np.array(b'csr'), 'complex': X + 1j, 'complex64': X.astype('c8'),
        'object': np.array({'lr': 0.1}, dtype=object), 'structured': np.zeros(2, dtype=[('a', '<f8'), ('b', '<i4')]), 'date': np.array('2026-12-01', dtype='M8[D]'),
        'span': np.array(3, dtype='m8[s]'), 'void': np.zeros(2, dtype='V2'), 'long_double': np.zeros(2, dtype='g'), 'empty_string': np.array(''), 'no_strings': np.array([], dtype='U3'),
    }
    for name, value in odd.items():
        yield archive(f'one {name}', saved(np.savez, x=X, **{name: value}, y=np.array([1, 2])))
    yield archive('all odd members', saved(np.savez_compressed, **{f'a{i}_{k}': v for i, (k, v) in enumerate(odd.items())}, x=X, y=np.array([True, False])))
    yield archive('a text file beside', zipped([('x.npy', npy(X)), ('README.txt', b'hi'), ('empty', b'')]))
    yield archive('the largest integers that are exact', saved(np.savez, x=X, small=np.array([-(2**53) + 1, 2**53 - 1])))


def sparse():
    dense = np.array([[0, 1.5, 0, 0], [2, 0, 0, -3], [0, 0, 0, 0], [0, 0, 4, 0]])
    for form in ('csr', 'csc', 'coo', 'bsr', 'dia'):
        for compressed in (True, False):
            yield archive(f'scipy.sparse {form}, {"compressed" if compressed else "stored"}', saved(sp.save_npz, getattr(sp, f'{form}_matrix')(dense), compressed=compressed))
    yield archive('scipy.sparse csr_array', saved(sp.save_npz, sp.csr_array(dense)))


def names():
    keys = ['dense/kernel:0', 'dense/bias:0', 'w:0', 'optimizer/iteration:0', 'layer.0.weight', 'größe', '重み', '🙂', 'with blank', 'a.npy', '.hidden', 'x' * 200, "it's", 'a"b', '%s', '~', 'C:w', '__class__', 'constructor']
    yield archive('names of TensorFlow and others', saved(np.savez, **{k: np.array([float(i)]) for i, k in enumerate(keys)}))
    yield archive('arr_0 and arr_1', saved(np.savez, X, X[0]))
    yield archive('members without .npy', zipped([('x', npy(X)), ('dir/y', npy(X[0]))]))
    yield archive('folders', zipped([('model/', b''), ('model/x.npy', npy(X)), ('model/sub/', b''), ('model/sub/y.npy', npy(X[1]))]))
    yield archive('nothing', zipped([]))


def containers():
    members = [('x.npy', npy(X)), ('y.npy', npy(np.arange(300) % 7))]
    for label, method in (('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED)):
        yield archive(f'{label}, with a comment', zipped(members, method, comment=b'made by hand'))
        yield archive(f'{label}, streamed: sizes after the data', zipped(members, method, stream=True))
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 0  # zip64 everywhere
    try:
        for label, method in (('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED)):
            yield archive(f'{label}, zip64', zipped(members, method))
        yield archive('zip64, with a comment', zipped(members, comment=b'sixty-four'))
    finally:
        zipfile.ZIP64_LIMIT = limit
    yield archive('header versions 2.0 and 3.0 inside', zipped([('x.npy', npy(X, (2, 0))), ('y.npy', npy(X, (3, 0)))]))


def main():
    cases = [*mixed(), *sparse(), *names(), *containers()]
    write('archives.json', 'python3 test/reference/archives.py', [np, scipy], 'Base64 of .npz files, the numeric arrays that NumPy finds in them, and the names of their other members.', {'archives': cases})


if __name__ == '__main__':
    main()
