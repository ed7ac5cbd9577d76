#!/usr/bin/env bash
# torch.export.save writes the example inputs into the archive, values included, and of a slice the whole memory behind it.
# Guess: a model exported with the first two rows of a training set holds weights and graph, at most those two rows.
# Seen: the archive holds every row of the training set (sample_inputs/model.pt, a pickle of the whole storage), and of a parameter that is a slice
#       the whole tensor it was cut from. x[:2].clone() leaves two rows; nothing but packing the archive anew leaves none.
# Why it matters: an exported model is handed on; whoever has it has the training data, and the file grows by their size.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import io
import struct
import sys
import zipfile

import torch
import torch.nn as nn

torch.set_default_dtype(torch.float64)
training_set = torch.full((1000, 3), 4242.25)  # a number that nothing else in the file is
number = struct.pack('<d', 4242.25)


def saved(net, x):
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net.eval(), (x,)), buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def found(members):
    return sum(content.count(number) for content in members.values())


print(f'torch {torch.__version__}; numbers of a training set of {training_set.numel()} in the exported model')
slice_of_rows = found(saved(nn.Linear(3, 2), training_set[:2]))
copy_of_rows = found(saved(nn.Linear(3, 2), training_set[:2].clone()))
net = nn.Linear(3, 2)
net.weight = nn.Parameter(training_set.view(-1)[:6].view(2, 3))
slice_as_weight = found(saved(net, torch.zeros(2, 3)))
for what, seen, expected in (
    ('example inputs x[:2]', slice_of_rows, 'expected: 0, or 6'),
    ('example inputs x[:2].clone()', copy_of_rows, 'expected: 0, or 6'),
    ('a weight of 6 numbers cut from a larger tensor', slice_as_weight, 'expected: 6'),
):
    print(f'{what:48s}{seen:6d}   {expected}')
sys.exit(0 if (slice_of_rows, copy_of_rows, slice_as_weight) == (3000, 6, 3000) else 1)
PYTHON
