"""ResNet-9 of width 1 on drawings of data/emoji at random parameters: dot products of gradients and exact influence scores, by torch.func and dense solves.

    python3 test/reference/emoji-resnet.py
"""

import gzip
import pathlib

import numpy
import torch
import torch.nn.functional as F
from common import write
from torch.func import grad, jacrev, vmap

torch.set_default_dtype(torch.float64)
EMOJI = pathlib.Path(__file__).parents[2] / "data" / "emoji"
CLASSES, GROUPS, SEED = 6, 1, 3
# every 35th drawing is trained on, every 280th shifted by five is a query
TRAIN, QUERY = range(0, 1400, 35), range(5, 1400, 280)
DAMPINGS = [0.1, 0.003]

# name, outputs, inputs, kernel, options; a norm behind each
CONVOLUTIONS = [
    (1, 3, 3, {"padding": 1}),
    (2, 1, 5, {"padding": 2, "stride": 2}),
    (2, 2, 3, {"padding": 1}),
    (2, 2, 3, {"padding": 1}),
    (4, 2, 3, {"padding": 1}),
    (4, 4, 3, {"padding": 1}),
    (4, 4, 3, {"padding": 1}),
    (2, 4, 3, {}),
]


def idx(name):
    content = gzip.decompress((EMOJI / name).read_bytes())
    shape = numpy.frombuffer(content, ">u4", content[3], 4)
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * content[3]).reshape(shape)


def parameters(theta):
    """Rows of weights, each with its bias behind it, block by block."""
    at = 0

    def block(outputs, inputs):
        nonlocal at
        rows = theta[at : at + outputs * (inputs + 1)].reshape(outputs, inputs + 1)
        at += outputs * (inputs + 1)
        return rows[:, :-1], rows[:, -1]

    layers = []
    for outputs, inputs, kernel, _ in CONVOLUTIONS:
        weight, bias = block(outputs, inputs * kernel**2)
        scale, shift = block(outputs, 1)
        layers.append((weight.reshape(outputs, inputs, kernel, kernel), bias, scale[:, 0], shift))
    return layers, block(CLASSES, 2), at


def logits(theta, image):
    layers, (weight, bias), _ = parameters(theta)

    def unit(x, k):
        w, b, scale, shift = layers[k]
        return F.relu(F.group_norm(F.conv2d(x, w, b, **CONVOLUTIONS[k][3]), GROUPS, scale, shift))

    x = unit(unit(image[None], 0), 1)
    x = x + unit(unit(x, 2), 3)
    x = F.max_pool2d(unit(x, 4), 2)
    x = x + unit(unit(x, 5), 6)
    x = F.max_pool2d(unit(x, 7), 2)
    return F.linear(x.flatten(1), weight, bias)[0]


def margin(theta, image, one_hot):
    log_p = (F.log_softmax(logits(theta, image), 0) * one_hot).sum()
    return log_p - torch.log1p(-log_p.exp())


def main():
    images = torch.tensor(idx("images-idx4-ubyte.gz") / 255.0)
    labels = torch.tensor(idx("labels-idx1-ubyte.gz").astype(numpy.int64))
    size = parameters(torch.zeros(10_000))[2]
    theta = torch.tensor(0.4 * numpy.random.default_rng(SEED).standard_normal(size))
    x, y = images[list(TRAIN)], labels[list(TRAIN)]
    jacobian = vmap(jacrev(logits), (None, 0))(theta, x)
    p = vmap(logits, (None, 0))(theta, x).softmax(1)
    output = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    ggn = torch.einsum("nci,ncd,ndj->ij", jacobian, output, jacobian) / len(y)
    gradients = torch.einsum("nc,nci->ni", p - F.one_hot(y, CLASSES), jacobian)
    queries = list(QUERY)
    margins = vmap(grad(margin), (None, 0, 0))(
        theta, images[queries], F.one_hot(labels[queries], CLASSES).double()
    )
    exact = [
        torch.linalg.solve(ggn + damping * torch.eye(size), margins.T).T @ gradients.T for damping in DAMPINGS
    ]
    write(
        "emoji-resnet.json",
        "python3 test/reference/emoji-resnet.py",
        [numpy, torch],
        "ResNet-9 on drawings of data/emoji: parameters (rows of weights, each with its bias behind it), products of gradients of margins and losses, and exact influence scores, [queries, examples].",
        {
            "seed": SEED,
            "theta": theta.tolist(),
            "train": list(TRAIN),
            "query": queries,
            "dampings": DAMPINGS,
            "trace": ggn.trace().item(),
            "dot": (margins @ gradients.T).flatten().tolist(),
            "exact": [one.flatten().tolist() for one in exact],
        },
    )


if __name__ == "__main__":
    main()
