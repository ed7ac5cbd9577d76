"""Cuts the sample in data/fashion-mnist-sample from the whole data set: the first examples of each of the four IDX files.

    apt-get download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb extracted
    python3 data/make-fashion-mnist-sample.py extracted/usr/share/datasets/fashion-mnist data/fashion-mnist-sample
"""

import gzip
import io
import pathlib
import struct
import sys

COUNTS = {"train": 128, "t10k": 32}


def cut(data, count):
    dimensions = data[3]
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    size = 1
    for n in shape[1:]:
        size *= n
    start = 4 + 4 * dimensions
    header = data[:4] + struct.pack(f">{dimensions}I", count, *shape[1:])
    return header + data[start : start + count * size]


def main(source, target):
    target = pathlib.Path(target)
    target.mkdir(exist_ok=True)
    for part, count in COUNTS.items():
        for kind in ("images-idx3", "labels-idx1"):
            name = f"{part}-{kind}-ubyte.gz"
            text = io.BytesIO()
            with gzip.GzipFile(fileobj=text, mode="wb", compresslevel=9, mtime=0, filename="") as out:
                out.write(cut(gzip.decompress((pathlib.Path(source) / name).read_bytes()), count))
            (target / name).write_bytes(text.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
