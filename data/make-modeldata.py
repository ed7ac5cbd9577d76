"""Makes concrete.csv.gz, hpc.csv.gz and credit.csv.gz from the R package modeldata, with nothing but Python's standard library.

    apt-get download r-cran-modeldata && dpkg-deb -x r-cran-modeldata_*.deb extracted
    python3 data/make-modeldata.py extracted/usr/lib/R/site-library/modeldata/data data

R keeps a package's data in a lazy-load data base: Rdata.rdx is an index of names with their place in Rdata.rdb, and each
entry there is a length, then a compressed object in R's serialisation format (XDR, versions 2 and 3). The reader below
understands what a data frame of numbers and factors is made of, and stops at anything else.
"""

import gzip
import io
import math
import pathlib
import struct
import sys
import zlib

# file: (name in the package, rows, columns)
TABLES = {
    "concrete.csv.gz": (
        "concrete", 1030,
        [
            "cement", "blast_furnace_slag", "fly_ash", "water", "superplasticizer", "coarse_aggregate", "fine_aggregate",
            "age", "compressive_strength",
        ],
    ),
    "hpc.csv.gz": (
        "hpc_data", 4331,
        ["protocol", "compounds", "input_fields", "iterations", "num_pending", "hour", "day", "class"],
    ),
    "credit.csv.gz": (
        "credit_data", 4454,
        [
            "Status", "Seniority", "Home", "Time", "Age", "Marital", "Records", "Job", "Expenses", "Income", "Assets",
            "Debt", "Amount", "Price",
        ],
    ),
}
MISSING_INTEGER = -(2**31)


class Reader:
    """One serialised R object."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        self.seen = []
        if self.data[:2] != b"X\n":
            raise ValueError("not R's XDR format")
        self.at = 2
        version = self.int()
        self.int(), self.int()  # versions of R
        if version == 3:
            length = self.int()  # of the name of the native encoding
            self.at += length
        elif version != 2:
            raise ValueError(f"serialisation version {version}")

    def int(self):
        (value,) = struct.unpack_from(">i", self.data, self.at)
        self.at += 4
        return value

    def numbers(self, code, size):
        n = self.int()
        values = struct.unpack_from(f">{n}{code}", self.data, self.at)
        self.at += n * size
        return list(values)

    def item(self):
        """A value; what has attributes comes as (value, {name: attribute})."""
        flags = self.int()
        kind, attributes, tagged = flags & 0xFF, flags & 0x200, flags & 0x400
        if kind in (254, 0xF2, 0xFB):  # NULL, empty environment, missing argument
            return None
        if kind == 255:  # a reference
            return self.seen[(flags >> 8) - 1 if flags >> 8 else self.int() - 1]
        if kind == 1:  # symbol
            self.seen.append(self.item())
            return self.seen[-1]
        if kind == 2:  # pairlist: attributes, or a list
            pairs = {}
            while kind == 2:
                if attributes:
                    self.item()
                name = self.item() if tagged else len(pairs)
                pairs[name] = self.item()
                flags = self.int()
                kind, attributes, tagged = flags & 0xFF, flags & 0x200, flags & 0x400
            if kind != 254:
                raise ValueError(f"a pairlist that ends in type {kind}")
            return pairs
        if kind == 9:  # a string
            n = self.int()
            if n < 0:
                return None
            self.at += n
            return self.data[self.at - n : self.at].decode("utf-8")
        if kind in (10, 13):
            value = self.numbers("i", 4)
        elif kind == 14:
            value = self.numbers("d", 8)
        elif kind in (16, 19):
            value = [self.item() for _ in range(self.int())]
        elif kind == 238:  # compact representation: class, state, attributes
            name, state, rest = self.item(), self.item(), self.item()
            state = state[0] if isinstance(state, tuple) else state
            if next(iter(name.values())) != "compact_intseq":
                raise ValueError(f"compact class {name}")
            count, first, step = (int(x) for x in state)
            return [first + step * i for i in range(count)] if rest is None else ([first + step * i for i in range(count)], rest)
        else:
            raise ValueError(f"type {kind} at byte {self.at}")
        return (value, self.item()) if attributes else value


def plain(value):
    return value[0] if isinstance(value, tuple) else value


def named(value):
    """A list with names as a dictionary."""
    items, attributes = value
    return dict(zip(plain(attributes["names"]), items))


def unpacked(entry):
    """The bytes of an object of Rdata.rdb."""
    (size,) = struct.unpack(">I", entry[:4])
    kind = entry[4:5]
    if kind == b"Z":
        import lzma

        raw = lzma.decompress(entry[5:], format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}])
    elif kind == b"2":
        import bz2

        raw = bz2.decompress(entry[5:])
    else:
        raw = zlib.decompress(entry[4:])
    if len(raw) != size:
        raise ValueError(f"{len(raw)} bytes instead of {size}")
    return raw


def cells(column):
    """The cells of a column as text; a missing one is empty."""
    levels = plain(column[1]["levels"]) if isinstance(column, tuple) and "levels" in (column[1] or {}) else None
    if levels is not None:
        return ["" if x == MISSING_INTEGER else levels[x - 1] for x in column[0]]
    return ["" if x == MISSING_INTEGER or math.isnan(x) else repr(float(x)).removesuffix(".0") for x in plain(column)]


def main(folder, target):
    folder = pathlib.Path(folder)
    index = named(Reader(zlib.decompress((folder / "Rdata.rdx").read_bytes(), 31)).item())
    data = (folder / "Rdata.rdb").read_bytes()
    for file, (name, rows, columns) in TABLES.items():
        start, length = (int(x) for x in plain(named(index["variables"])[name]))
        frame = named(Reader(unpacked(data[start : start + length])).item())
        if list(frame) != columns:
            raise ValueError(f"columns {list(frame)}")
        table = [cells(frame[column]) for column in columns]
        if any(len(column) != rows for column in table):
            raise ValueError(f"{name}: another number of rows")
        lines = [",".join(columns)] + [",".join(row) for row in zip(*table)]
        text = io.BytesIO()
        with gzip.GzipFile(fileobj=text, mode="wb", compresslevel=9, mtime=0, filename="") as out:
            out.write(("\n".join(lines) + "\n").encode("ascii"))
        (pathlib.Path(target) / file).write_bytes(text.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
