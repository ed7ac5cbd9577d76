"""Writes data/emoji: drawings of Noto Emoji in six categories as 16 x 16 RGB images over white.

    npm pack emoji-datasource-google@16.0.0 && tar xzf emoji-datasource-google-16.0.0.tgz
    pip install pillow numpy
    python3 data/make-emoji.py package data/emoji

Categories are those of Unicode with at least 165 drawings, without People & Body, most of which are whole persons: of that one the hands are taken, in every skin tone.
Pixels are averages of 4 x 4 of the 64 x 64 drawings, alpha over white, rounded.
"""

import gzip
import io
import json
import pathlib
import struct
import sys

import numpy
from PIL import Image

CATEGORIES = ["Flags", "Objects", "Hands", "Symbols", "Travel & Places", "Smileys & Emotion"]
SIDE = 16


def drawings(source):
    """(category, code points, name) of every drawing taken, in the order of Unicode's emoji list."""
    for emoji in sorted(json.loads((source / "emoji.json").read_text()), key=lambda e: e["sort_order"]):
        hand = emoji["subcategory"].startswith("hand")
        category = "Hands" if hand else emoji["category"]
        if category not in CATEGORIES:
            continue
        name = emoji["name"].lower()
        yield category, emoji["image"], name
        for tone, variation in emoji.get("skin_variations", {}).items() if hand else ():
            if "-" not in tone:  # one tone for both hands
                yield category, variation["image"], f"{name}, tone {int(tone, 16) - 0x1F3FA}"


def reduced(file):
    """[3, 16, 16] of 0..255."""
    image = numpy.asarray(Image.open(file).convert("RGBA"), dtype=numpy.float64)
    alpha = image[..., 3:] / 255
    over_white = image[..., :3] * alpha + 255 * (1 - alpha)
    step = image.shape[0] // SIDE
    blocks = over_white.reshape(SIDE, step, SIDE, step, 3).mean(axis=(1, 3))
    return numpy.rint(blocks).astype(numpy.uint8).transpose(2, 0, 1)


def idx(values):
    head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.tobytes()


def written(path, content):
    text = io.BytesIO()
    with gzip.GzipFile(fileobj=text, mode="wb", compresslevel=9, mtime=0, filename="") as out:
        out.write(content)
    path.write_bytes(text.getvalue())


def main(source, target):
    source, target = pathlib.Path(source), pathlib.Path(target)
    target.mkdir(exist_ok=True)
    taken = list(drawings(source))
    images = numpy.stack([reduced(source / "img" / "google" / "64" / image) for _, image, _ in taken])
    labels = numpy.array([CATEGORIES.index(category) for category, _, _ in taken], dtype=numpy.uint8)
    written(target / "images-idx4-ubyte.gz", idx(images))
    written(target / "labels-idx1-ubyte.gz", idx(labels))
    written(target / "names.txt.gz", "".join(f"{name}\n" for _, _, name in taken).encode())
    for label, category in enumerate(CATEGORIES):
        print(category, int((labels == label).sum()))


if __name__ == "__main__":
    main(*sys.argv[1:])
