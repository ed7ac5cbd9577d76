"""Times PyTorch on one thread: columns of the Hessian and of the GGN of two networks with shared weights, by vmapped forward-mode products.

python bench/peers/shared_weights.py cnn|gpt [DIRECTIONS = 64] [CHUNK = 16]: CPU seconds for so many columns, and for all D of them at that rate.
python bench/peers/shared_weights.py cnn|gpt step [BATCH]: CPU seconds per model of one step of SGD with momentum of 20 models at once, vmapped.
bench/shared-weights.ts is the same of this package. cnn: 8-16-24 on 1,617 images of 8 x 8, D = 3,058. gpt: 2 layers, d 16, D = 8,064, 64 sequences of 32.
"""
import json
import math
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(0)


def cnn(n=1617):
    shapes = [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (24, 64), (24,), (10, 24), (10,)]
    x = torch.randn(n, 1, 8, 8, generator=random)
    y = torch.randint(0, 10, (n,), generator=random)

    def logits(p):
        h = F.max_pool2d(torch.relu(F.conv2d(x, p[0], p[1], padding=1)), 2)
        h = F.max_pool2d(torch.relu(F.conv2d(h, p[2], p[3], padding=1)), 2)
        return F.linear(torch.relu(F.linear(h.flatten(1), p[4], p[5])), p[6], p[7])

    return shapes, logits, lambda u: F.cross_entropy(u, y)


def gpt(vocabulary=30, length=32, width=16, layers=2, n=64, heads=2):
    d = width
    block = [(d,), (d,), (3 * d, d), (3 * d,), (d, d), (d,), (d,), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,)]
    shapes = [(vocabulary, d), (length, d)] + layers * block + [(d,), (d,), (vocabulary, d)]
    x, y = (torch.randint(0, vocabulary, (n, length), generator=random) for _ in range(2))
    later = torch.ones(length, length, dtype=torch.bool).triu(1)

    def norm(h, w, b):
        c = h - h.mean(-1, keepdim=True)
        return c / torch.sqrt((c * c).mean(-1, keepdim=True) + 1e-5) * w + b

    def attention(qkv):
        q, k, v = (t.reshape(n, length, heads, d // heads).transpose(1, 2) for t in qkv.split(d, -1))
        s = (q @ k.transpose(-2, -1) / math.sqrt(d // heads)).masked_fill(later, float("-inf"))
        return (torch.softmax(s, -1) @ v).transpose(1, 2).reshape(n, length, d)

    def logits(p):
        h = p[0][x] + p[1]
        for l in range(layers):
            g1, b1, wa, ba, wp, bp, g2, b2, w1, c1, w2, c2 = p[2 + 12 * l : 14 + 12 * l]
            h = h + F.linear(attention(F.linear(norm(h, g1, b1), wa, ba)), wp, bp)
            h = h + F.linear(F.gelu(F.linear(norm(h, g2, b2), w1, c1)), w2, c2)
        return F.linear(norm(h, p[-3], p[-2]), p[-1])

    return shapes, logits, lambda u: F.cross_entropy(u.reshape(-1, vocabulary), y.reshape(-1))


def main(network, directions=64, chunk=16):
    shapes, logits, loss = {"cnn": cnn, "gpt": gpt}[network]()
    sizes = [math.prod(s) for s in shapes]
    d = sum(sizes)
    theta = torch.randn(d, generator=random) * 0.2
    of = lambda t: logits([a.view(s) for a, s in zip(t.split(sizes), shapes)])
    gradient = torch.func.grad(lambda t: loss(of(t)))

    def hessian(v):
        return torch.func.jvp(gradient, (theta,), (v,))[1]

    def ggn(v):
        u, du = torch.func.jvp(of, (theta,), (v,))
        return torch.func.vjp(of, theta)[1](torch.func.jvp(torch.func.grad(loss), (u,), (du,))[1])[0]

    units = torch.zeros(directions, d)
    units[torch.arange(directions), torch.arange(directions) * (d // directions)] = 1
    for name, column in (("hessian", hessian), ("ggn", ggn)):
        start = time.process_time()
        torch.vmap(column, chunk_size=chunk)(units)
        seconds = time.process_time() - start
        print(json.dumps({"network": network, "matrix": name, "D": d, "columns": directions, "seconds": seconds, "all": seconds * d / directions, "torch": torch.__version__}), flush=True)


def step(network, batch, models=20, samples=21):
    shapes, logits, loss = {"cnn": cnn, "gpt": gpt}[network](n=batch)
    p = [torch.randn(models, *s, generator=random) * 0.2 for s in shapes]
    v = [torch.zeros_like(t) for t in p]
    gradients = torch.vmap(torch.func.grad(lambda q: loss(logits(q))))
    seconds = []
    for k in range(samples + 3):
        start = time.process_time()
        torch._foreach_mul_(v, 0.9)
        torch._foreach_add_(v, gradients(p))
        torch._foreach_add_(p, v, alpha=-0.01)
        seconds.append((time.process_time() - start) / models)
    seconds = sorted(seconds[3:])
    print(json.dumps({"network": network, "batch": batch, "models": models, "step": seconds[samples // 2], "least": seconds[0], "torch": torch.__version__}), flush=True)


if sys.argv[2:3] == ["step"]:
    step(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else {"cnn": 32, "gpt": 8}[sys.argv[1]])
else:
    main(sys.argv[1], *map(int, sys.argv[2:]))
