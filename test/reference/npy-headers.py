"""Loose, old and hostile .npy headers, with what NumPy makes of each: its values, or that it refuses.

    python3 test/reference/npy-headers.py            # writes test/reference/npy-headers.json
    python3 test/reference/npy-headers.py --check    # with another NumPy: prints what that reads differently

A payload is the bytes of 0, 1, 2, … in the type and order that NumPy finds in the header.
"""
import base64
import io
import json
import pathlib
import struct
import sys
import warnings

import numpy as np

warnings.simplefilter('ignore')

DESCRS = """
<f8 f8 =f8 |f8 >f8 <d d >d =d |d float64 float double <f4 f4 =f4 |f4 >f4 f <f >f float32 single <f2 f2 =f2 >f2 e <e float16 half
<? ? |? >? =? b1 |b1 <b1 >b1 bool bool_ |i1 i1 <i1 >i1 b <b int8 byte |u1 u1 >u1 B int16 <i2 i2 >i2 h short uint16 <u2 >u2 H ushort
<i4 i4 =i4 |i4 >i4 i <i >i int32 intc uint32 u4 <u4 >u4 I >I uintc <i8 i8 =i8 |i8 >i8 l <l >l q <q >q p <p int64 int int_ longlong intp
<u8 u8 =u8 >u8 L <L Q >Q P uint64 uint ulonglong uintp
<float64 <int <bool Float64 F8 i3 f1 f3 i16 u16 b2 <b8 < = | <<f8 <>f8 !f8 @f8 f8< u '' int0 float_
c8 <c16 F D complex128 <f16 g longdouble S <S5 |S5 a5 <U5 U str bytes O |O O8 object V |V8 V8 M8 <M8[ns] m8[s] 2f8 f4,f4 (2,)f8 bf2 <bf2 constructor __proto__ toString
""".split()

G = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
HEADERS = [
    # spaces, tabs, newlines, comments
    G, G + '\n', G + ' ' * 7 + '\n', ' ' + G, '\t' + G, '\n' + G, G + '\t\n', G + '\r\n', G + '\n\n\n', G + '\f\n', G + '\v\n', G + '\x00', G + ' 1\n', G + ',', G + '# end\n', G + '\n# end',
    "{'descr':'<f8','fortran_order':False,'shape':(2,)}", "{ 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 2 , ) }",
    "{'descr':\t'<f8',\t'fortran_order':\tFalse,\t'shape':\t(2,)}", "{'descr':\n'<f8',\n 'fortran_order':\r\nFalse, # order\n'shape': (2,)\n}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2,),,}", "{,'descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
    # quotes and prefixes
    '{"descr": "<f8", "fortran_order": False, "shape": (2,)}', "{u'descr': u'<f8', u'fortran_order': False, u'shape': (2,)}", "{r'descr': R'<f8', U'fortran_order': False, \"shape\": (2,)}",
    "{'descr': '<f8\", 'fortran_order': False, 'shape': (2,)}", "{'descr: '<f8', 'fortran_order': False, 'shape': (2,)}", "{'descr': b'<f8', 'fortran_order': False, 'shape': (2,)}",
    # order, number and names of keys
    "{'shape': (2,), 'fortran_order': False, 'descr': '<f8'}", "{'fortran_order': False, 'shape': (2,), 'descr': '<f8'}", "{'descr': '<f8', 'shape': (2,)}", "{}", "[]", "", "None", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}", "{'Descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
    # fortran_order
    *[f"{{'descr': '<f8', 'fortran_order': {v}, 'shape': (2, 3)}}" for v in ('True', 'False', '0', '1', 'None', 'true', "'False'", 'TRUE')],
    # shape
    *[f"{{'descr': '<f8', 'fortran_order': False, 'shape': {v}}}" for v in (
        '()', '( )', '(2,)', '(2 ,)', '(2,3)', '(2, 3,)', '(1, 2, 3)', '(0,)', '(0, 5)', '(5, 0)', '(2L,)', '(2L, 3L)', '(2L , 3L , )', '(2l,)', '(0L,)', '(2LL,)', '(2 L,)', '(0x2,)', '(0o2,)', '(0b10,)', '(0_2,)', '(1_0,)', '(02,)', '(00,)', '(2_,)',
        '(2)', '2', '[2]', '(2, 3', '2, 3)', '(2 3)', '(,)', '(2,,)', '(-2,)', '(2.0,)', '(2e0,)', '(2j,)', "('2',)", '(None,)', '((2,),)', '(2, (3,))', '(99999999999999999999,)')],
    # structured and sub-array types
    "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2,)}", "{'descr': [('x', '<f8'), ('y', '<i4')], 'fortran_order': False, 'shape': (2,)}", "{'descr': ('<f8', (2,)), 'fortran_order': False, 'shape': (2,)}", "{'descr': None, 'fortran_order': False, 'shape': (2,)}", "{'descr': 8, 'fortran_order': False, 'shape': (2,)}",
]


def file(header, payload, version=(1, 0)):
    text = header.encode('latin1')
    return b'\x93NUMPY' + bytes(version) + struct.pack('<H' if version == (1, 0) else '<I', len(text)) + text + payload


def load(data):
    """NumPy's array, or None where it refuses (whatever the exception: some are SyntaxErrors or MemoryErrors)."""
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except Exception:
        return None


def payload_for(header):
    """As many bytes as NumPy wants, of 0, 1, 2, …"""
    try:
        shape, _, dtype = np.lib.format.read_array_header_1_0(io.BytesIO(file(header, b'')[8:]))
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if dtype.hasobject or not 0 <= count < 1000:
            return bytes(48)
        return (np.arange(count) % 2 if dtype.kind == 'b' else np.arange(count)).astype(dtype).tobytes() if dtype.kind in 'biufc' else bytes(count * dtype.itemsize)
    except Exception:
        return bytes(48)


def reading(data):
    array = load(data)
    if array is None:
        return None
    out = {'dtype': array.dtype.str, 'shape': list(array.shape)}
    if array.dtype.kind in 'biuf' and array.dtype.itemsize <= 8 and array.dtype.fields is None:
        out['data'] = [float(v) for v in array.ravel(order='C')]
    return out


def case(header, version=(1, 0), payload=None):
    data = file(header, payload_for(header) if payload is None else payload, version)
    return {'header': header, 'version': version[0], 'bytes': base64.b64encode(data).decode(), 'numpy': reading(data)}


def cases():
    for descr in DESCRS:
        yield case(f"{{'descr': '{descr.strip(chr(39))}', 'fortran_order': False, 'shape': (2, 3), }}\n")
    for header in HEADERS:
        yield case(header)
    for version in ((2, 0), (3, 0)):
        for header in (G, G + '\n', "{'descr': '<f8', 'fortran_order': False, 'shape': (2L,)}"):
            yield case(header, version)
    for length in (0, 8, 15, 17, 24, 32):
        yield case(G, payload=np.arange(4.0).tobytes()[:length])


def main():
    path = pathlib.Path(__file__).with_name('npy-headers.json')
    if '--check' in sys.argv:
        stored = json.loads(path.read_text())['cases']
        differ = [(c, here) for c in stored if (here := reading(base64.b64decode(c['bytes']))) != c['numpy']]
        for c, here in differ:
            print(f"{c['header'].strip()!r}, version {c['version']}: {c['numpy']} is stored, {here} here")
        print(f'NumPy {np.__version__}: {len(stored)} headers, {len(differ)} read differently')
        return
    found = list(cases())
    lines = ',\n'.join('    ' + json.dumps(c) for c in found)
    path.write_text('{\n  "about": "Headers of .npy files and what NumPy reads in each; null where it refuses.",\n  "command": "python3 test/reference/npy-headers.py",\n'
                    f'  "versions": {{"python": "{sys.version.split()[0]}", "numpy": "{np.__version__}"}},\n  "cases": [\n{lines}\n  ]\n}}\n')
    print(f'{len(found)} headers, {sum(c["numpy"] is None for c in found)} of them refused by NumPy')


if __name__ == '__main__':
    main()
