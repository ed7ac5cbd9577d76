"""Golden values of networks without some biases and with shared parameters, by PyTorch in float64.

    python3 test/reference/networks.py        # writes test/reference/networks.json

The networks are nn.Sequential with layers shared as PyTorch shares them: the same module twice, or the same Parameter in two
modules. Parameters and their order are net.parameters(). Gradients and Hessian by autograd (double backward), the GGN from
the Jacobian of the logits; K-FAC and EK-FAC from their definitions, from the inputs and pseudo-gradients of every use.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import lower, write

torch.set_default_dtype(torch.float64)
DAMPING = 0.05
ACTIVATION = {'tanh': nn.Tanh, 'relu': nn.ReLU, 'gelu': nn.GELU, 'sigmoid': nn.Sigmoid, 'identity': nn.Identity}
CE, SE = 'cross-entropy', 'squared-error'
CASES = {
    # sizes, activation, bias per layer, ties (layer, source, what is shared), loss, examples
    'no-bias-tanh': ([4, 3, 3], 'tanh', [0, 0], [], CE, 9),
    'no-bias-softmax-regression': ([4, 3], 'identity', [0], [], CE, 8),
    'mixed-gelu': ([3, 4, 3, 3], 'gelu', [1, 0, 1], [], CE, 11),
    'last-without-relu': ([4, 4, 3], 'relu', [1, 0], [], SE, 12),
    'first-without-sigmoid': ([3, 4, 2], 'sigmoid', [0, 1], [], SE, 10),
    'no-intercept': ([4, 2], 'identity', [0], [], SE, 9),
    'tied-module-tanh': ([3, 3, 3, 2], 'tanh', [1, 1, 1], [(1, 0, 'layer')], CE, 10),
    'tied-thrice-sigmoid': ([3, 3, 3, 3, 2], 'sigmoid', [0, 0, 0, 1], [(1, 0, 'layer'), (2, 0, 'layer')], CE, 12),
    'tied-apart-gelu': ([2, 3, 3, 2, 3, 2], 'gelu', [1, 1, 1, 1, 1], [(4, 2, 'layer')], SE, 14),
    'tied-weight-tanh': ([3, 3, 3, 2], 'tanh', [1, 1, 1], [(1, 0, 'weight')], CE, 12),
    'tied-weight-one-bias': ([3, 3, 3, 2], 'tanh', [0, 1, 1], [(1, 0, 'weight')], SE, 12),
}


def build(sizes, activation, bias, ties):
    layers = []
    for l, has in enumerate(bias):
        tie = next((t for t in ties if t[0] == l), None)
        if tie and tie[2] == 'layer':
            layers.append(layers[tie[1]])
            continue
        layer = nn.Linear(sizes[l], sizes[l + 1], bias=bool(has))
        if tie:
            layer.weight = layers[tie[1]].weight
        layers.append(layer)
    modules = []
    for l, layer in enumerate(layers):
        modules += [layer] if l == 0 else [ACTIVATION[activation](), layer]
    return nn.Sequential(*modules), layers


def flat(tensors, parameters):
    return torch.cat([(torch.zeros_like(p) if t is None else t).reshape(-1) for t, p in zip(tensors, parameters)])


def losses(loss, u, y):
    return F.cross_entropy(u, y, reduction='none') if loss == CE else 0.5 * ((u - y) ** 2).sum(1)


def head_roots(loss, u):
    """s_c with Σ s_c s_cᵀ = ∇²_u L: √p_c (p − e_c), or the unit vectors."""
    eye = torch.eye(len(u))
    if loss == SE:
        return list(eye)
    p = torch.softmax(u, 0)
    return [torch.sqrt(p[c]) * (p - eye[c]) for c in range(len(p))]


def sides(net, x, seed):
    """Per use of a linear layer its input a and the derivative at its output, for one example and a cotangent of the logits."""
    seen, made, v = [], [], x
    for module in net:
        before, v = v, module(v)
        if isinstance(module, nn.Linear):
            v.retain_grad()
            seen.append(before)
            made.append(v)
    v.backward(seed)
    return [a.detach() for a in seen], [s.grad for s in made]


def main():
    out = {}
    for number, (name, (sizes, activation, bias, ties, loss, n)) in enumerate(CASES.items()):
        torch.manual_seed(number)
        net, layers = build(sizes, activation, bias, ties)
        parameters = list(net.parameters())
        for p in parameters:
            p.data = torch.randn(p.shape) * (1.2 / np.sqrt(p.shape[1]) if p.dim() == 2 else 0.4)
        x, xq = torch.randn(n, sizes[0]), torch.randn(3, sizes[0])
        if loss == CE:
            y, yq = torch.randint(0, sizes[-1], (n,)), torch.randint(0, sizes[-1], (3,))
        else:
            y, yq = torch.randn(n, sizes[-1]), torch.randn(3, sizes[-1])

        def gradients(x, y):
            return torch.stack([flat(torch.autograd.grad(losses(loss, net(x[i:i + 1]), y[i:i + 1]).sum(), parameters, allow_unused=True), parameters)
                                for i in range(len(x))])

        mean = losses(loss, net(x), y).mean()
        g = flat(torch.autograd.grad(mean, parameters, create_graph=True), parameters)
        d = len(g)
        hessian = torch.stack([flat(torch.autograd.grad(g[k], parameters, retain_graph=True, allow_unused=True), parameters)
                               if g[k].requires_grad else torch.zeros(d) for k in range(d)]).detach()
        hessian = (hessian + hessian.T) / 2

        # pseudo-gradients of every example, whole and by use
        pseudo, uses = [], []
        for i in range(n):
            u = net(x[i:i + 1])[0].detach()
            for s in head_roots(loss, u):
                net.zero_grad()
                a, delta = sides(net, x[i], s)
                pseudo.append(flat([p.grad for p in parameters], parameters).clone())
                uses.append((i, a, delta))
        pseudo = torch.stack(pseudo)
        ggn = pseudo.T @ pseudo / n

        # blocks: (kind, indices [rows, cols], [(use, how to extend its input)])
        starts = np.cumsum([0] + [p.numel() for p in parameters])
        place = {id(p): torch.arange(starts[k], starts[k + 1]).reshape(p.shape) for k, p in enumerate(parameters)}
        groups = {}
        for l, layer in enumerate(layers):
            groups.setdefault(id(layer.weight), []).append(l)

        def blocks(partition):
            for members in groups.values():
                weight = place[id(layers[members[0]].weight)]
                own = []
                for l in members:
                    b = layers[l].bias
                    if b is not None and id(b) not in own:
                        own.append(id(b))
                columns = {b: k for k, b in enumerate(own)}

                def extended(l, a):
                    e = torch.zeros(len(own))
                    if layers[l].bias is not None:
                        e[columns[id(layers[l].bias)]] = 1
                    return torch.cat([a, e])
                if partition == 'layer':
                    yield torch.cat([weight] + [place[b][:, None] for b in own], 1), [(l, extended) for l in members]
                else:
                    yield weight, [(l, lambda l, a: a) for l in members]
                    for b in own:
                        yield place[b][:, None], [(l, lambda l, a: torch.ones(1)) for l in members
                                                  if layers[l].bias is not None and id(layers[l].bias) == b]

        record = {}
        for partition in ('layer', 'tensor'):
            kfac, ekfac, block = torch.zeros(d, d), torch.zeros(d, d), torch.zeros(d, d)
            for index, members in blocks(partition):
                at = index.reshape(-1)
                block[at[:, None], at] = ggn[at[:, None], at]
                left, right = [], []
                for l, extend in members:
                    left.append(sum(torch.outer(delta[l], delta[l]) for _, _, delta in uses) / n)
                    firsts = {i: extend(l, a[l]) for i, a, _ in uses}
                    right.append(sum(torch.outer(v, v) for v in firsts.values()) / n)
                if len(members) == 1:
                    L, R = left[0], right[0]
                else:  # the product with the partial traces of Σ L_u ⊗ R_u
                    L = sum(torch.trace(r) * l for l, r in zip(left, right))
                    R = sum(torch.trace(l) * r for l, r in zip(left, right)) / torch.trace(L)
                kfac[at[:, None], at] = torch.kron(L, R)
                el, ql = torch.linalg.eigh(L)
                er, qr = torch.linalg.eigh(R)
                q = torch.kron(ql, qr)
                spectrum = torch.outer(el, er).reshape(-1)
                # the basis must be determined: no repeated eigenvalues of a factor (a single one is)
                for e in (el, er):
                    assert len(e) == 1 or torch.diff(e).min() > 1e-6 * e.max() or loss == SE, (name, e)
                ekfac[at[:, None], at] = q @ torch.diag(torch.diag(q.T @ block[at[:, None], at] @ q)) @ q.T
            record[partition] = dict(blockGgn=lower(block.numpy()), kfac=lower(kfac.numpy()), ekfac=lower(((ekfac + ekfac.T) / 2).numpy()))
        gq = gradients(xq, yq)
        gt = gradients(x, y)
        inverse = torch.linalg.inv(ggn + DAMPING * torch.eye(d))
        out[name] = dict(
            sizes=sizes, activation=activation, bias=[bool(b) for b in bias],
            ties=[dict(layer=l, source=s, shares=what) for l, s, what in ties], loss=loss,
            theta=torch.cat([p.detach().reshape(-1) for p in parameters]).numpy(),
            inputs=x.numpy(), answers=y.numpy(), queryInputs=xq.numpy(), queryAnswers=yq.numpy(),
            meanLoss=mean.item(), gradients=gt.numpy(), queryGradients=gq.numpy(),
            hessian=lower(hessian.numpy()), ggn=lower(((ggn + ggn.T) / 2).numpy()), **record,
            ggnDamped=(gq @ inverse @ gt.T).numpy(), gradDot=(gq @ gt.T).numpy(),
        )
    write('networks.json', 'python3 test/reference/networks.py', [torch, np],
          'Networks without some biases and with shared parameters; matrices are lower triangles in the order of net.parameters().',
          dict(damping=DAMPING, cases=out))


main()
