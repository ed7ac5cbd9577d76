"""Times NumPy, SciPy and PyTorch on one thread, on request: one JSON object per line in, one per line out.

{"work": "matmul", "n": 512, "folder": F, "repeats": 5}  ->  {"seconds": [...], "version": "..."}
Inputs are read from F/*.npy (written by the caller); the result is written to F/result.npy for comparison.
"""
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

try:
    import scipy.linalg as sl
    import scipy
except ImportError:
    sl = None
try:
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
except ImportError:
    torch = None


def load(folder, name):
    return np.load(f"{folder}/{name}.npy")


def network(folder):
    """The tanh network of F: sizes.npy, theta.npy in PyTorch order; returns the flat loss function of theta."""
    sizes = load(folder, "sizes").astype(int)
    x, y = torch.from_numpy(load(folder, "x")), torch.from_numpy(load(folder, "y")).long()
    theta = torch.from_numpy(load(folder, "theta"))

    def logits(t, inputs):
        at, h = 0, inputs
        for layer, (i, o) in enumerate(zip(sizes[:-1], sizes[1:])):
            w = t[at : at + o * i].view(o, i)
            at += o * i
            h = h @ w.T + t[at : at + o]
            at += o
            if layer < len(sizes) - 2:
                h = torch.tanh(h)
        return h

    return theta, x, y, logits


def hessian(folder):
    theta, x, y, logits = network(folder)
    loss = lambda t: torch.nn.functional.cross_entropy(logits(t, x), y)
    eye = torch.eye(theta.numel())
    grad = torch.func.grad(loss)
    column = lambda v: torch.func.jvp(grad, (theta,), (v,))[1]
    return lambda: torch.vmap(column, chunk_size=256)(eye).numpy()


def ggn(folder):
    theta, x, y, logits = network(folder)
    eye = torch.eye(theta.numel())
    n = x.shape[0]

    def column(v):
        u, du = torch.func.jvp(lambda t: logits(t, x), (theta,), (v,))
        p = torch.softmax(u, 1)
        hu = p * du - p * (p * du).sum(1, keepdim=True)
        _, pull = torch.func.vjp(lambda t: logits(t, x), theta)
        return pull(hu / n)[0]

    return lambda: torch.vmap(column, chunk_size=256)(eye).numpy()


WORKS = {
    "matmul": ("NumPy", lambda f: (lambda a, b: lambda: a @ b)(load(f, "a"), load(f, "b"))),
    "cholesky": ("NumPy", lambda f: (lambda a: lambda: np.linalg.cholesky(a))(load(f, "a"))),
    "eigen": ("SciPy", lambda f: (lambda a: lambda: sl.eigh(a, driver="evd", check_finite=False)[0])(load(f, "a"))),
    "hessian": ("PyTorch", hessian),
    "ggn": ("PyTorch", ggn),
}
MODULES = {"NumPy": np, "SciPy": sl and scipy, "PyTorch": torch}

for line in sys.stdin:
    request = json.loads(line)
    peer, make = WORKS[request["work"]]
    if not MODULES[peer]:
        print(json.dumps({"peer": peer, "missing": True}), flush=True)
        continue
    run = make(request["folder"])
    start = time.perf_counter()
    result = run()
    first = time.perf_counter() - start
    np.save(f"{request['folder']}/result.npy", np.ascontiguousarray(result))
    seconds = [first] if first > 2 else []  # slow work is timed by its single call in each round
    for _ in range(0 if first > 2 else request["repeats"]):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"peer": peer, "version": MODULES[peer].__version__, "seconds": seconds}), flush=True)
