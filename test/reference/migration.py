"""NumPy's and SciPy's numbers for the first table of docs/migration.md, by running its second column.

    python3 test/reference/migration.py        # writes test/reference/migration.json
"""
import io
import json
import re

import numpy as np
import scipy
import scipy.linalg

from common import HERE, write


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def rows():
    text = (HERE.parent.parent / "docs/migration.md").read_text()
    table = text.split("| to | NumPy, SciPy |")[1].split("\n\n")[0].splitlines()[2:]
    for line in table:
        to, numpy, *_ = (cell.strip() for cell in line.strip("|").split(" | "))
        yield to, re.fullmatch(r"`(.*)`", numpy).group(1)


if __name__ == "__main__":
    names = {"np": np, "scipy": scipy, "io": io, "json": json, "saved": saved,
             "A": np.array([[4.0, 1, 2], [1, 3, 0], [2, 0, 5]]), "B": np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]]),
             "T": np.array([[1.0, 2], [3, 4], [5, 7]]), "x": [3, 1, 2]}
    results = []
    for to, code in rows():
        value = eval(code, dict(names))
        results.append({"to": to, "code": code, "value": value if isinstance(value, (bool, list)) else np.asarray(value).tolist()})
    write("migration.json", "python3 test/reference/migration.py", [np, scipy], "the NumPy column of docs/migration.md, run", {"rows": results})
