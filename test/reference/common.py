"""Writes golden files: JSON with every float64 in full (repr), the versions and the command that made it."""
import json
import platform
import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def plain(value):
    """NumPy → lists and floats; NaN → null."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    if isinstance(value, np.integer):
        return int(value)
    return value


def lower(matrix):
    """Lower triangle, row by row, of a symmetric matrix."""
    assert np.abs(matrix - matrix.T).max() <= 1e-12 * max(np.abs(matrix).max(), 1e-300)
    return matrix[np.tril_indices(len(matrix))]


def write(name, command, modules, about, content):
    versions = {'python': platform.python_version(), **{m.__name__: m.__version__ for m in modules}}
    head = {'about': about, 'command': command, 'versions': versions}
    body = plain({**head, **content})
    # One key a line at the top level, so that a change shows in a diff.
    lines = [f'  {json.dumps(k)}: {json.dumps(v, allow_nan=False, ensure_ascii=False)}' for k, v in body.items()]
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('{\n' + ',\n'.join(lines) + '\n}\n')
    print(f'{name}: {path.stat().st_size / 1000:.0f} kB')


def pack_archive(buffer, path):
    """A .pt2 archive anew: compressed, without the pickled sample inputs, and without traces of where this machine keeps its files."""
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if 'sample_inputs' in entry.filename:
                continue
            if entry.filename.endswith('models/model.json'):
                program = json.loads(content)
                for node in program['graph_module']['graph']['nodes']:
                    node['metadata'].pop('stack_trace', None)
                content = json.dumps(program).encode()
            new.writestr(zipfile.ZipInfo(entry.filename), content, zipfile.ZIP_DEFLATED, 9)
