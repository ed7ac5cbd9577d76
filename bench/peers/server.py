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


STEPS = 100  # of the training works, whose seconds are per step and model
MODELS = 50


def start_of_training(folder):
    sizes = load(folder, "sizes").astype(int)
    x, y = torch.from_numpy(load(folder, "x")), torch.from_numpy(load(folder, "y")).long()
    order = torch.from_numpy(load(folder, "order")).long().view(STEPS, 32)
    tensors, at, theta = [], 0, torch.from_numpy(load(folder, "theta"))
    for i, o in zip(sizes[:-1], sizes[1:]):
        tensors += [theta[at : at + o * i].view(o, i), theta[at + o * i : at + o * i + o]]
        at += o * i + o
    return sizes, x, y, order, tensors


def eager_steps(folder):
    """torch.nn and torch.optim.SGD as everyone writes it, one model."""
    sizes, x, y, order, tensors = start_of_training(folder)
    layers = []
    for layer, (i, o) in enumerate(zip(sizes[:-1], sizes[1:])):
        layers += [torch.nn.Linear(int(i), int(o))] + ([torch.nn.Tanh()] if layer < len(sizes) - 2 else [])
    model = torch.nn.Sequential(*layers)

    def run():
        with torch.no_grad():
            for p, t in zip(model.parameters(), tensors):
                p.copy_(t)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
        for rows in order:
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimiser.step()
        return torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()

    return run


def batched_steps(folder):
    """All models at once by stacked parameters and batched products, each with examples of its own; the first is returned."""
    sizes, x, y, order, tensors = start_of_training(folder)
    last = len(tensors) // 2 - 1
    shift = 7 * torch.arange(MODELS)[:, None]

    def run():
        parameters = [t.expand(MODELS, *t.shape).clone().requires_grad_() for t in tensors]
        momenta = [torch.zeros_like(p) for p in parameters]
        for rows in order:
            rows = (rows[None, :] + shift) % len(x)
            h = x[rows]
            for layer in range(last + 1):
                h = torch.baddbmm(parameters[2 * layer + 1][:, None, :], h, parameters[2 * layer].transpose(1, 2))
                h = torch.tanh(h) if layer < last else h
            loss = torch.nn.functional.cross_entropy(h.flatten(0, 1), y[rows].flatten(), reduction="sum") / rows.shape[1]
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_mul_(momenta, 0.9)
                torch._foreach_add_(momenta, gradients)
                torch._foreach_add_(parameters, momenta, alpha=-0.03)
        return torch.cat([p[0].detach().flatten() for p in parameters]).numpy()

    return run


def vmapped_steps(folder):
    """All models at once as torch.func has it: functional_call, grad and vmap over stacked parameters."""
    sizes, x, y, order, tensors = start_of_training(folder)
    layers = []
    for layer, (i, o) in enumerate(zip(sizes[:-1], sizes[1:])):
        layers += [torch.nn.Linear(int(i), int(o))] + ([torch.nn.Tanh()] if layer < len(sizes) - 2 else [])
    model = torch.nn.Sequential(*layers)
    names = [name for name, _ in model.named_parameters()]
    shift = 7 * torch.arange(MODELS)[:, None]

    def loss(parameters, inputs, labels):
        return torch.nn.functional.cross_entropy(torch.func.functional_call(model, parameters, (inputs,)), labels)

    gradient = torch.vmap(torch.func.grad(loss))

    @torch.no_grad()
    def run():
        parameters = {name: t.expand(MODELS, *t.shape).clone() for name, t in zip(names, tensors)}
        momenta = {name: torch.zeros_like(p) for name, p in parameters.items()}
        for rows in order:
            rows = (rows[None, :] + shift) % len(x)
            for name, g in gradient(parameters, x[rows], y[rows]).items():
                momenta[name].mul_(0.9).add_(g)
                parameters[name].add_(momenta[name], alpha=-0.03)
        return torch.cat([p[0].flatten() for p in parameters.values()]).numpy()

    return run


def kept(folder):
    a = load(folder, "a")

    def run():
        w = sl.eigh(a, driver="evd", check_finite=False)[0]
        return w[np.abs(w) > 1e-4]

    return run


PER = {"step-d8-w16": STEPS, "step-d1-w16": STEPS, "step-d1-w128": STEPS}
WORKS = {
    **{name: ("PyTorch", eager_steps) for name in PER},
    "lu": ("SciPy", lambda f: (lambda a: lambda: np.abs(np.triu(sl.lu_factor(a, check_finite=False)[0])))(load(f, "a"))),
    "qr": ("SciPy", lambda f: (lambda a: lambda: np.abs(sl.qr(a, check_finite=False)[1]))(load(f, "a"))),
    "svd": ("SciPy", lambda f: (lambda a: lambda: sl.svd(a, check_finite=False)[1])(load(f, "a"))),
    "kept": ("SciPy", kept),
    "matmul": ("NumPy", lambda f: (lambda a, b: lambda: a @ b)(load(f, "a"), load(f, "b"))),
    "cholesky": ("NumPy", lambda f: (lambda a: lambda: np.linalg.cholesky(a))(load(f, "a"))),
    "eigen": ("SciPy", lambda f: (lambda a: lambda: sl.eigh(a, driver="evd", check_finite=False)[0])(load(f, "a"))),
    "hessian": ("PyTorch", hessian),
    "ggn": ("PyTorch", ggn),
}
MANY = {"vmap": vmapped_steps, "stacked": batched_steps}  # two more contenders: many models at once
STYLE = sys.argv[1] if len(sys.argv) > 1 else None
if STYLE:
    WORKS, PER = {name: ("PyTorch", MANY[STYLE]) for name in PER}, {name: STEPS * MODELS for name in PER}
MODULES = {"NumPy": np, "SciPy": sl and scipy, "PyTorch": torch}

for line in sys.stdin:
    request = json.loads(line)
    peer, make = WORKS.get(request["work"], (None, None))
    if not MODULES.get(peer):
        print(json.dumps({"peer": peer or "Python", "missing": True}), flush=True)
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
    per = PER.get(request["work"], 1)
    name = f"{peer}, {MODELS} models {STYLE}" if STYLE else peer
    seconds = [s / per for s in seconds]
    print(json.dumps({"peer": name, "version": MODULES[peer].__version__, "seconds": seconds}), flush=True)
