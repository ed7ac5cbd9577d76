"""Networks exported by PyTorch, and what they compute.

    python3 test/reference/exported-networks.py   # writes test/reference/exported-networks/*.pt2 and exported-networks.json

Each network is exported in evaluation mode, with a batch of any size unless its name ends in -fixed, and saved by torch.export.save. To keep
the repository small the archives are packed anew, with compression and without the pickled sample inputs; those in AS_WRITTEN stay as they are.
The JSON holds inputs, logits, the SHA-256 of every tensor as little-endian float64 in C order, and the order of the parameters.
"""
import hashlib
import io
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, pack_archive, write

FOLDER = HERE / 'exported-networks'
AS_WRITTEN = ('strided',)
torch.manual_seed(0)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 3, 3)
        self.drop, self.fc1, self.fc2 = nn.Dropout(), nn.Linear(12, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = torch.tanh(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2)))
        x = self.drop(F.leaky_relu(self.fc1(x.view(x.size(0), -1)), 0.1))
        return F.log_softmax(self.fc2(x), dim=1)


def block(i, o, norm, pool=False):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), norm(o), nn.ReLU(inplace=True), *([nn.MaxPool2d(2)] if pool else []))


class ResNet(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.c1, self.c2, self.r = block(1, 2, norm), block(2, 2, norm, True), nn.Sequential(block(2, 2, norm), block(2, 2, norm))
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(2, 3)

    def forward(self, x):
        x = self.c2(self.c1(x))
        return self.head(torch.flatten(self.pool(self.r(x) + x), 1))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.dw, self.bn = nn.Conv2d(4, 4, 3, padding='same', groups=4), nn.BatchNorm2d(4)
        self.di, self.pw = nn.Conv2d(4, 4, 3, padding=2, dilation=2, stride=(1, 2), groups=2), nn.Conv2d(4, 5, 1, bias=False)
        self.pool, self.fc = nn.AvgPool2d(2, padding=1, count_include_pad=False), nn.Linear(5, 2)

    def forward(self, x):
        x = F.gelu(self.di(F.silu(self.bn(self.dw(x)))), approximate='tanh')
        return self.fc(self.pool(self.pw(x)).mean((-2, -1)))


class ChannelsLast(nn.Module):  # as ConvNeXt has it: permute, LayerNorm, two linear layers, permute back
    def __init__(self):
        super().__init__()
        self.dw, self.n, self.p1, self.p2 = nn.Conv2d(2, 2, 3, padding=1, groups=2), nn.LayerNorm(2), nn.Linear(2, 3), nn.Linear(3, 2)
        self.n2, self.h = nn.LayerNorm([2, 3, 3]), nn.Linear(2, 2)

    def forward(self, x):
        y = self.p2(F.gelu(self.p1(self.n(self.dw(x).permute(0, 2, 3, 1))))).permute(0, 3, 1, 2)
        return self.h(self.n2(torch.cat([x, y], 1)[:, 1:3]).mean([-2, -1]))


class Attention(nn.Module):
    """Self-attention in the spelling `kind`, over [batch, T, d] with h heads."""

    def __init__(self, kind, d=4, h=2, T=5):
        super().__init__()
        self.kind, self.h, self.out = kind, h, nn.Linear(d, d)
        if kind in ('fused', 'hand', 'timm', 'interleaved'):
            self.qkv = nn.Linear(d, 3 * d)
        else:
            self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(d, d, bias=False), nn.Linear(d, d)
        self.register_buffer('bias', torch.tril(torch.ones(T + 1, T + 1)).view(1, 1, T + 1, T + 1))

    def forward(self, x):
        B, T, d = x.shape
        h, e = self.h, d // self.h
        causal = True
        if self.kind in ('fused', 'hand'):  # nanoGPT
            q, k, v = (t.view(B, T, h, e).transpose(1, 2) for t in self.qkv(x).split(d, dim=2))
        elif self.kind == 'timm':
            q, k, v = self.qkv(x).reshape(B, T, 3, h, e).permute(2, 0, 3, 1, 4).unbind(0)
        elif self.kind == 'interleaved':
            q, k, v = self.qkv(x).view(B, T, h, 3 * e).permute(0, 2, 1, 3).chunk(3, dim=-1)
        else:
            q, k, v = (w(x).view(B, T, h, e).transpose(1, 2) for w in (self.q, self.k, self.v))
        if self.kind == 'hand':
            a = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(e))
            y = F.softmax(a.masked_fill(self.bias[:, :, :T, :T] == 0, float('-inf')), dim=-1) @ v
        elif self.kind == 'timm':
            y = ((q * e**-0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
        elif self.kind == 'where':
            i = torch.arange(T)
            a = torch.where(i[None, :] <= i[:, None], torch.matmul(q, k.mT) / 3, -1e9)
            y = torch.softmax(a, -1) @ v
        elif self.kind == 'added':
            y = torch.softmax(q @ k.mT / e**0.5 + torch.full((T, T), float('-inf'), dtype=x.dtype).triu(1), -1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(y.transpose(1, 2).contiguous().view(B, T, d))


class GPT(nn.Module):
    def __init__(self, kind, tied=False, positions='arange', V=7, T=5, d=4):
        super().__init__()
        self.positions = positions
        self.wte = nn.Embedding(V, d)
        self.wpe = nn.Parameter(torch.randn(1, T, d) * 0.3) if positions == 'parameter' else nn.Embedding(T, d)
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(d), Attention(kind), nn.LayerNorm(d, elementwise_affine=False)
        self.c_fc, self.c_proj, self.ln_f, self.lm_head = nn.Linear(d, 6), nn.Linear(6, d), nn.LayerNorm(d, bias=False), nn.Linear(d, V, bias=False)
        if tied:
            self.wte.weight = self.lm_head.weight

    def forward(self, idx):
        B, T = idx.size()
        if self.positions == 'parameter':
            x = self.wte(idx) + self.wpe[:, :T]
        elif self.positions == 'expanded':
            x = self.wte(idx) + self.wpe(torch.arange(T).unsqueeze(0).expand(B, T))
        else:
            x = self.wte(idx) + self.wpe(torch.arange(0, T, dtype=torch.long, device=idx.device))
        x = x + self.attn(self.ln_1(x))
        x = x + self.c_proj(F.gelu(self.c_fc(self.ln_2(x))))
        return self.lm_head(self.ln_f(x)), None


class ViT(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.patch, self.pos, self.attn, self.head = nn.Conv2d(1, d, 2, stride=2), nn.Parameter(torch.randn(1, 4, d)), Attention('timm'), nn.Linear(d, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2) + self.pos
        return self.head((x + self.attn(x)).mean(dim=1))


class Encoder(nn.Module):
    def __init__(self, d=4):
        super().__init__()
        self.e, self.layer, self.head = nn.Embedding(7, d), nn.TransformerEncoderLayer(d, 2, 6, batch_first=True), nn.Linear(d, 3)

    def forward(self, ids):
        mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        return self.head(self.layer(self.e(ids), src_mask=mask, is_causal=True)[:, -1])


class Llama(nn.Module):  # RMSNorm spelled out and as an op, SwiGLU from one fused layer
    def __init__(self, d=4):
        super().__init__()
        self.e, self.norm, self.n = nn.Embedding(7, d), nn.Parameter(torch.rand(d) + 0.5), nn.RMSNorm(d, eps=1e-6)
        self.w, self.o, self.h = nn.Linear(d, 6, bias=False), nn.Linear(3, d, bias=False), nn.Linear(d, 7, bias=False)

    def forward(self, ids):
        x = self.e(ids)
        y = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.norm
        a, b = self.w(y).chunk(2, -1)
        return self.h(self.n(x + self.o(F.silu(a) * b)))


class Conv1d(nn.Module):
    def __init__(self):
        super().__init__()
        self.c, self.g, self.c2, self.f = nn.Conv1d(2, 3, 3, padding=1), nn.GroupNorm(1, 3), nn.Conv1d(3, 4, 3, stride=2, dilation=2), nn.Linear(4, 2)

    def forward(self, x):
        return self.f(F.softplus(self.c2(torch.sigmoid(self.g(self.c(x))))).mean(-1))


class ByHand(nn.Module):  # linear layers and LayerNorm from matrix products and means
    def __init__(self):
        super().__init__()
        self.w, self.b, self.v = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.randn(4)), nn.Parameter(torch.randn(1, 4))
        self.scale, self.shift, self.unused = nn.Parameter(torch.rand(4)), nn.Parameter(torch.rand(4)), nn.Linear(2, 2)

    def forward(self, x):
        y = x @ self.w.T + self.b
        m = y.mean(-1, keepdim=True)
        y = (y - m) / torch.sqrt(((y - m) ** 2).mean(-1, keepdim=True) + 1e-5) * self.scale + self.shift
        return (F.relu(y).square() @ self.v.t()).squeeze(-1)


def strided():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    net[0].weight = nn.Parameter(torch.randn(3, 4).t())
    net[2].bias = nn.Parameter(torch.randn(10)[3:7:2])
    return net


class Sinusoidal(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.f = nn.Embedding(7, 4), nn.Linear(4, 7)
        self.register_buffer('pe', torch.randn(1, 9, 4))

    def forward(self, ids):
        return self.f(self.e(ids) + self.pe[:, : ids.shape[1]])


def real(*shape):
    return (torch.randn(3, *shape) * 8).round() / 8  # short in the JSON


def tokens(T=5):
    return torch.randint(0, 7, (3, T))


def apart(make):
    """What is made without moving the stream of random numbers that the networks before were made from."""
    with torch.random.fork_rng():
        return make()


def rms_by_default():
    return nn.Sequential(nn.RMSNorm(3), nn.Linear(3, 4), nn.Tanh(), nn.RMSNorm(4, elementwise_affine=False), nn.Linear(4, 2))


NETWORKS = {
    'lenet': (LeNet(), real(1, 8, 8)),
    'lenet-f32-fixed': (LeNet(), real(1, 8, 8)),
    'resnet-groupnorm': (ResNet(lambda c: nn.GroupNorm(2, c)), real(1, 4, 4)),
    'resnet-batchnorm': (ResNet(nn.BatchNorm2d), real(1, 4, 4)),
    'depthwise': (Depthwise(), real(4, 7, 6)),
    'channels-last': (ChannelsLast(), real(2, 3, 3)),
    'gpt-separate': (GPT('separate'), tokens()),
    'gpt-fused-tied': (GPT('fused', tied=True), tokens()),
    'gpt-hand-fixed': (GPT('hand', positions='expanded'), tokens()),
    'gpt-where': (GPT('where', positions='parameter'), tokens()),
    'gpt-added': (GPT('added'), tokens()),
    'gpt-interleaved': (GPT('interleaved'), tokens()),
    'gpt-one-token': (GPT('fused'), tokens(1)),
    'vit': (ViT(), real(1, 4, 4)),
    'encoder-layer': (Encoder(), tokens()),
    'llama': (Llama(), tokens()),
    'conv1d': (Conv1d(), real(2, 9)),
    'by-hand': (ByHand(), real(3)),
    'strided': (strided(), real(3)),
    'padding-index': (nn.Sequential(nn.Embedding(7, 2, padding_idx=0), nn.Linear(2, 2)), tokens()),
    'sinusoidal': (Sinusoidal(), tokens()),
    # So small that eps decides, which is that of the dtype.
    'rms-default': apart(lambda: (rms_by_default(), 1e-8 * real(3))),
    'rms-default-f32': apart(lambda: (rms_by_default(), 1e-4 * real(3))),
}
REFUSED = {
    'training-mode': (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).train(), real(3)),
    'softmax': (nn.Sequential(nn.Linear(3, 2), nn.Softmax(-1)), real(3)),
}


def save(name, net, x):
    any_batch = None if name.endswith('-fixed') else ({0: torch.export.Dim.AUTO},)
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net, (x,), dynamic_shapes=any_batch), buffer)
    path = FOLDER / f'{name}.pt2'
    if name in AS_WRITTEN:
        path.write_bytes(buffer.getvalue())
        return
    pack_archive(buffer, path)


def digest(tensor):
    return hashlib.sha256(tensor.detach().numpy().astype('<f8').tobytes()).hexdigest()


def record(name, net, x):
    net = net.eval() if name not in REFUSED else net
    dtype = torch.float32 if '-f32' in name else torch.float64
    net, x = net.to(dtype), x.to(dtype) if x.is_floating_point() else x
    for key, b in net.named_buffers():
        if 'running' in key:
            b.copy_(torch.rand_like(b) + 0.5)
    save(name, net, x)
    if name in REFUSED:
        return None
    for norm in net.modules():
        if isinstance(norm, nn.RMSNorm) and norm.eps is None:
            norm.eps = torch.finfo(dtype).eps
    y = net.double()(x.double() if x.is_floating_point() else x)
    y = y[0] if isinstance(y, tuple) else y
    tensors = {k: {'shape': list(t.shape), 'sha256': digest(t)} for k, t in net.state_dict().items()}
    return {'x': x.tolist(), 'y': y.detach().numpy(), 'parameters': [k for k, _ in net.named_parameters()], 'tensors': tensors}


FOLDER.mkdir(exist_ok=True)
records = {name: record(name, *given) for name, given in {**NETWORKS, **REFUSED}.items()}
write(
    'exported-networks.json',
    'python3 test/reference/exported-networks.py',
    [torch, np],
    'networks that torch.export.save wrote: inputs, logits (in float64), digests of tensors, order of parameters',
    {name: value for name, value in records.items() if value is not None},
)
