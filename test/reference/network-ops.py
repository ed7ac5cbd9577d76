"""Ops of networks other than an MLP by PyTorch in float64: values, gradients and Hessian-vector products by double backward.

For each case y = op(x, z), f = sum(y * (y + c)): the file holds y, df/dx (and df/dz), and H v for f as a function of x (and z).
Arrays are [rows, positions * examples], position-major, flat. LayerNorm and attention are spelled out, because of the faults of
torch.func.hessian and scaled_dot_product_attention at second order.
"""
import math

import torch
import torch.nn.functional as F

from common import write

torch.set_default_dtype(torch.float64)
GENERATOR = torch.Generator().manual_seed(14)


def draw(*shape):
    return torch.round(torch.randn(*shape, generator=GENERATOR), decimals=2)  # short in the file


def images(x, h, w):
    """[C, H*W*B] -> [B, C, H, W]"""
    return x.reshape(x.shape[0], h, w, -1).permute(3, 0, 1, 2)


def sequences(x, t):
    """[d, T*B] -> [B, T, d]"""
    return x.reshape(x.shape[0], t, -1).permute(2, 1, 0)


def columns(y):
    """The inverse of both: examples last."""
    if y.dim() == 4:
        return y.permute(1, 2, 3, 0).reshape(y.shape[1], -1)
    return y.permute(2, 1, 0).reshape(y.shape[2], -1)


def normalised(x, axes, eps):
    m = x.mean(axes, keepdim=True)
    return (x - m) / torch.sqrt(((x - m) ** 2).mean(axes, keepdim=True) + eps)


def attend(x, t, heads, causal, mask=None):
    q, k, v = sequences(x, t).chunk(3, -1)
    b, _, d = q.shape
    q, k, v = (a.reshape(b, t, heads, d // heads).transpose(1, 2) for a in (q, k, v))
    s = q @ k.transpose(-2, -1) / math.sqrt(d // heads)
    if causal:
        s = s.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float('-inf'))
    if mask is not None:
        s = s.masked_fill((mask.reshape(t, b).T <= 0)[:, None, None, :], float('-inf'))
    y = (torch.softmax(s, -1) @ v).transpose(1, 2).reshape(b, t, d)
    return columns(y)


def per_example(x, b):
    """[R, P*B] -> [B, R, P]"""
    return x.reshape(x.shape[0], -1, b).permute(2, 0, 1)


def stacked(y):
    return y.permute(1, 2, 0).reshape(y.shape[1], -1)


def conv1d_columns(x, width, kernel, stride, padding, dilation):
    """The columns of a conv1d: what it gives for the weights that pick one input each."""
    channels = x.shape[0]
    picks = torch.eye(channels * kernel).reshape(channels * kernel, channels, kernel)
    y = F.conv1d(x.reshape(channels, width, -1).permute(2, 0, 1), picks, None, stride, padding, dilation)
    return y.permute(1, 2, 0).reshape(channels * kernel, -1)


CASES = []


def case(op, given, f, *shapes, constant=None):
    leaves = [draw(*shape).requires_grad_() for shape in shapes]
    y = f(*leaves)
    c = draw(*y.shape)
    grads = torch.autograd.grad((y * (y + c)).sum(), leaves, create_graph=True)
    v = [draw(*shape) for shape in shapes]
    products = torch.autograd.grad(sum((g * d).sum() for g, d in zip(grads, v)), leaves)

    def flat(a):
        return a.detach().reshape(-1).tolist()

    CASES.append({
        'op': op, 'given': given, 'shapes': [list(s) for s in shapes], 'result': list(y.shape), 'x': [flat(a) for a in leaves],
        'constant': None if constant is None else flat(constant), 'c': flat(c), 'v': [flat(a) for a in v], 'y': flat(y),
        'gradients': [flat(a) for a in grads], 'products': [flat(a) for a in products],
    })


for kernel, stride, padding, dilation in [((3, 3), (1, 1), (1, 1), (1, 1)), ((2, 3), (2, 1), (1, 2), (1, 2))]:
    windows = {'height': 3, 'width': 4, 'kernel': kernel, 'stride': stride, 'padding': padding, 'dilation': dilation}
    case('unfold', windows, lambda x: F.unfold(images(x, 3, 4), kernel, dilation, padding, stride).permute(1, 2, 0).reshape(2 * kernel[0] * kernel[1], -1), (2, 24))
    pool = [min(p, k // 2) for p, k in zip(padding, kernel)]
    case('max-pool', {**windows, 'padding': pool}, lambda x: columns(F.max_pool2d(images(x, 3, 4), kernel, stride, pool, dilation)), (2, 24))
    for count in (True, False):
        given = {'height': 3, 'width': 4, 'kernel': kernel, 'stride': stride, 'padding': pool, 'countPadding': count}
        case('avg-pool', given, lambda x: columns(F.avg_pool2d(images(x, 3, 4), kernel, stride, pool, count_include_pad=count)), (2, 24))
# a sequence of 6 positions: as a matrix product, the weight is PyTorch's conv1d weight [out, in * kernel]
case('unfold', {'height': 1, 'width': 6, 'kernel': (1, 3), 'stride': (1, 2), 'padding': (0, 2), 'dilation': (1, 2)}, lambda x: conv1d_columns(x, 6, 3, 2, 2, 2), (2, 12))
case('global-avg-pool', {'positions': 12}, lambda x: images(x, 3, 4).mean((-2, -1)).T, (2, 24))
case('layer-norm', {'epsilon': 1e-5}, lambda x: columns(normalised(sequences(x, 2), -1, 1e-5)), (5, 6))
case('group-norm', {'groups': 2, 'positions': 4, 'epsilon': 1e-5}, lambda x: columns(F.group_norm(images(x, 2, 2), 2, eps=1e-5)), (4, 12))
case('rms-norm', {'epsilon': 1e-3}, lambda x: x / torch.sqrt((x ** 2).mean(0) + 1e-3), (5, 6))
case('attention', {'heads': 2, 'positions': 5, 'causal': True}, lambda x: attend(x, 5, 2, True), (12, 10))
case('attention', {'heads': 1, 'positions': 4, 'causal': False}, lambda x: attend(x, 4, 1, False), (9, 8))
lengths = (torch.arange(4)[:, None] < torch.tensor([4, 2, 3])).double().reshape(1, -1)
case('masked-attention', {'heads': 2, 'positions': 4, 'causal': True}, lambda x: attend(x, 4, 2, True, lengths), (6, 12), constant=lengths)
case('concat', None, lambda x, z: torch.cat([x, z]), (2, 5), (3, 5))
case('split', {'start': 1, 'stop': 3}, lambda x: x[1:3], (4, 5))
case('softmax', None, lambda x: torch.softmax(x, 0), (4, 3))
case('matmul', {'examples': 3}, lambda x, z: stacked(per_example(x, 3) @ per_example(z, 3)), (3, 6), (2, 12))
case('matmul', {'examples': 5, 'transpose': True}, lambda x, z: stacked(per_example(x, 5).mT @ per_example(z, 5)), (2, 15), (2, 5))
case('transpose', {'examples': 2}, lambda x: stacked(per_example(x, 2).mT), (3, 4))
case('channel-affine', {'scale': [0.5, -2.0], 'shift': [3.0, 0.25]}, lambda x: F.batch_norm(x.T, torch.tensor([-6.0, 0.125]), torch.tensor([4.0, 0.25]), torch.tensor([1.0, -1.0]), None, eps=0.0).T, (2, 5))
case('silu', None, lambda x: F.silu(x), (2, 6))
case('softplus', None, lambda x: F.softplus(x), (2, 6))
case('gelu-tanh', None, lambda x: F.gelu(x, approximate='tanh'), (2, 7))
case('gelu', None, lambda x: F.gelu(x), (2, 7))
case('leaky-relu', 0.2, lambda x: F.leaky_relu(x, 0.2), (2, 6))

write(
    'network-ops.json',
    'python3 -B test/reference/network-ops.py',
    [torch],
    'Ops of networks other than an MLP: values, gradients and Hessian-vector products',
    {'cases': CASES},
)
