"""Exports a network and records its derivatives in float64."""
import io

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from common import pack_archive


def save(folder, name, net, x):
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net, (x,), dynamic_shapes=({0: torch.export.Dim.AUTO},)), buffer)
    pack_archive(buffer, folder / f'{name}.pt2')


def randomise(net):
    for module in net.modules():
        for p in module.parameters(recurse=False):
            nn.init.normal_(p, 0.3 if p.ndim == 1 else 0.0, 0.5)
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            with torch.no_grad():
                module.weight[module.padding_idx] = 0
    for name, b in net.named_buffers():
        if 'running' in name:
            b.copy_(torch.rand_like(b) + 0.5)
    return net.eval()


def flat(parts):
    return torch.cat([p.reshape(-1) for p in parts])


def refused(folder, name, net, x):
    randomise(net)
    save(folder, name, net, x)
    return {'input': x.tolist(), 'output': net(x).detach().numpy()} if x.is_floating_point() else None


def record(folder, name, net, x, twin=None):
    """The archive of a network, and its derivatives; those of a twin of the same parameters where PyTorch has no second ones of an op."""
    randomise(net)
    save(folder, name, net, x)
    n = len(x)
    if twin is not None:
        twin.load_state_dict(net.state_dict())
        net = twin.eval()
    parameters = list(net.parameters())
    with sdpa_kernel(SDPBackend.MATH):
        u = net(x)
        y = torch.randint(0, u.shape[-1], u.shape[:-1])
        losses = F.cross_entropy(u.flatten(0, -2), y.flatten(), reduction='none').reshape(n, -1).mean(1)
        gradients = [flat(torch.autograd.grad(l, parameters, retain_graph=True)) for l in losses]
        g = flat(torch.autograd.grad(losses.mean(), parameters, create_graph=True))
        v = (torch.randn_like(g) * 8).round() / 8
        product = flat(torch.autograd.grad(g @ v, parameters, materialize_grads=True))
    numpy = lambda t: t.detach().numpy()
    return {
        'x': x.tolist(), 'y': y.tolist(), 'parameters': [k for k, _ in net.named_parameters()], 'logits': numpy(u), 'losses': numpy(losses),
        'gradients': numpy(torch.stack(gradients)), 'vector': numpy(v), 'product': numpy(product),
    }
