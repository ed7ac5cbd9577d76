"""An independent implementation of the random streams: test/reference/random.json.

Philox4x32-10 with Python integers, the digest of a stream's name, and what each method of Rng draws first.
Run: python3 test/reference/random-streams.py     (Python standard library)
"""

import json
import os
import struct

MASK = 0xFFFFFFFF


def philox4x32(counter, key):
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & MASK, (p0 >> 32) ^ c[3] ^ k1, p0 & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c


def stream_name(seed, *path):
    message = b""
    for element in (seed, *path):
        if isinstance(element, str):
            units = element.encode("utf-16-le", "surrogatepass")
            message += b"s" + struct.pack("<I", len(units) // 2) + units
        else:
            message += b"n" + struct.pack("<d", float(element) + 0.0)  # −0 + 0 = 0
    blocks = message + b"\0" * (-len(message) % 8) + struct.pack("<Q", len(message))
    words = struct.unpack(f"<{len(blocks) // 4}I", blocks)
    state = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A]
    for i in range(0, len(words), 2):
        state = [s ^ m for s, m in zip(state, philox4x32(state, words[i : i + 2]))]
    return state


class Stream:
    def __init__(self, name):
        self.name, self.drawn = name, 0

    def uint32(self):
        block, word = divmod(self.drawn, 4)
        self.drawn += 1
        return philox4x32([block & MASK, block >> 32, *self.name[2:]], self.name[:2])[word]

    def uniform(self):
        high, low = self.uint32() >> 5, self.uint32() >> 6
        return (high * 2**26 + low) / 2**53

    def integer(self, n):
        if n > 2**32:
            while True:
                x = int(self.uniform() * 2**53)
                if x < 2**53 // n * n:
                    return x % n
        while True:
            product = self.uint32() * n
            if product & MASK >= 2**32 % n:
                return product >> 32

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.integer(i + 1)
            order[i], order[j] = order[j], order[i]
        return order

    def subset(self, n, k):
        order = list(range(n))
        for i in range(k):
            j = i + self.integer(n - i)
            order[i], order[j] = order[j], order[i]
        return sorted(order[:k])


NAMES = [[0], [1], [-1], [2**53 - 1], [0, "init"], [0, "a", 1], [0, "a1"], [0, 1], [0, "1"], [0, 0.5], [0, -0.0], [0, 0], [7, "Grüße", "λ𝄞", -3], [0, ""], [0, "shuffle", 99]]

streams = []
for name in NAMES:
    words = stream_name(*name)
    fresh = lambda: Stream(words)
    u, f, i, big = fresh(), fresh(), fresh(), fresh()
    streams.append(
        {
            "name": ["-0" if isinstance(e, float) and str(e) == "-0.0" else e for e in name],
            "words": words,
            "uint32": [u.uint32() for _ in range(9)],
            "uniform": [f.uniform() for _ in range(5)],
            "integer3221225473": [i.integer(3221225473) for _ in range(6)],
            "integerBig": [big.integer(2**52 + 1) for _ in range(4)],
            "permutation": fresh().permutation(12),
            "subset": fresh().subset(30, 7),
        }
    )

with open(os.path.join(os.path.dirname(__file__), "random.json"), "w") as file:
    json.dump({"script": "random-streams.py", "streams": streams}, file, indent=None, separators=(",", ":"))
    file.write("\n")
