"""Layers and arithmetic beyond those of exported-models.py, in networks as people write them, exported by PyTorch, with their derivatives.

    python3 test/reference/exported-layers.py   # writes test/reference/exported-layers/*.pt2 and exported-layers.json

As exported-models.py. PyTorch has no double backward of hardsigmoid, and its first takes 1/6 in single precision: the derivatives of that network are those
of a twin that spells it out. Its celu takes 1/alpha in single precision going back: alpha is a power of 2 here.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, write
from exported_record import record, refused

FOLDER = HERE / 'exported-layers'
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
V, T, D, N = 7, 5, 4, 3


def block(i, o, kernel, activation, stride=1, groups=1):
    convolution = nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(o), activation)


class InvertedResidual(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.conv = nn.Sequential(
            block(width, hidden, 1, nn.ReLU6()), block(hidden, hidden, 3, nn.ReLU6(), groups=hidden), nn.Conv2d(hidden, width, 1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x):
        return x + self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(block(1, 2, 3, nn.ReLU6(), 2), InvertedResidual(2, 4), block(2, 3, 1, nn.ReLU6()))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(3, 3))

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


class Spelled(nn.Module):
    def forward(self, x):
        return (x + 3).clamp(0, 6) / 6


class SpelledSwish(nn.Module):
    def forward(self, x):
        return x * (x + 3).clamp(0, 6) / 6


class MobileNetV3(nn.Module):
    def __init__(self, sigmoid=nn.Hardsigmoid, swish=nn.Hardswish):
        super().__init__()
        self.stem, self.pool = block(1, 3, 3, swish(), 2), nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2, self.gate, self.head = nn.Conv2d(3, 2, 1), nn.Conv2d(2, 3, 1), sigmoid(), nn.Sequential(nn.Linear(3, 4), swish(), nn.Linear(4, 3))

    def forward(self, x):
        x = self.stem(x)
        x = x * self.gate(self.fc2(F.relu(self.fc1(self.pool(x)))))
        return self.head(self.pool(x).flatten(1))


class UNet(nn.Module):
    """Down and up again by a transposed convolution, skips side by side, one PReLU for all and one for each channel."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ELU()), nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(2, 3, 3, padding=1), nn.PReLU())
        self.up, self.join, self.head = nn.ConvTranspose2d(3, 2, 2, 2), nn.Sequential(nn.Conv2d(4, 2, 3, padding=1), nn.PReLU(2)), nn.Linear(2, 3)

    def forward(self, x):
        a = self.down1(x)
        return self.head(self.join(torch.cat([a, self.up(self.down2(a))], 1)).mean((2, 3)))


class Upsampled(nn.Module):
    """Interpolation by a factor and to a size, nearest and bilinear, with corners aligned or not; of sequences."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.head = nn.Conv2d(1, 2, 2), nn.Conv2d(2, 2, 1), nn.Conv1d(2, 2, 1), nn.Linear(2, 3)

    def forward(self, x):
        x = torch.tanh(self.a(x))
        y = F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False) + F.interpolate(x, size=(4, 6), mode='bilinear', align_corners=True)
        y = self.b(F.interpolate(x, scale_factor=2) * y) + F.interpolate(x, size=(4, 6))
        z = F.interpolate(self.c(y.flatten(2)), scale_factor=1.5, mode='linear')
        return self.head((z * z).mean(2))


class Decoder(nn.Module):
    """Transposed convolutions with strides, padding, dilation, groups, output_padding and more padding than the kernel has room for; SELU, CELU, Mish."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.SELU(), nn.Conv2d(4, 4, 1), nn.CELU(0.5))
        self.a, self.b = nn.ConvTranspose2d(4, 4, 3, 2, 1, output_padding=1, groups=2), nn.ConvTranspose2d(4, 1, (2, 3), (1, 2), (2, 1), dilation=(2, 1), bias=False)
        self.c, self.head = nn.ConvTranspose1d(1, 2, 4, 2, 1), nn.Linear(2, 3)

    def forward(self, x):
        x = F.mish(self.b(F.mish(self.a(self.encoder(x)))))
        return self.head(self.c(x.flatten(2)).mean(-1))


class Pools(nn.Module):
    """Windows that hang over the end, adaptive ones that do not divide, LocalResponseNorm."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.norm, self.pool, self.head = nn.Conv2d(1, 4, 2), nn.Conv2d(4, 4, 1), nn.LocalResponseNorm(3, alpha=0.1, k=1.5), nn.AdaptiveAvgPool2d((2, 3)), nn.Linear(24, 3)

    def forward(self, x):
        x = self.norm(torch.tanh(self.a(x)))
        y = F.max_pool2d(x, 3, 2, ceil_mode=True) + F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True)[:, :, :3, :3]
        y = y + F.avg_pool2d(x, 2, 3, ceil_mode=True, count_include_pad=False)[:, :, :1, :1]
        return self.head(self.pool(self.b(y)).flatten(1))


class Shuffles(nn.Module):
    """Channels into space and back, gated halves, padding of every kind."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.head = nn.Conv2d(1, 4, 3, padding=1, padding_mode='reflect'), nn.Conv2d(1, 1, 3, padding=1, padding_mode='circular'), nn.Conv1d(4, 4, 2), nn.Linear(2, 3)

    def forward(self, x):
        x = F.pixel_unshuffle(self.b(F.pixel_shuffle(self.a(x), 2)), 2)
        x = F.pad(F.pad(x.flatten(2), (2, 0), value=0.5), (0, 1), mode='replicate')
        return self.head(F.glu(self.c(x), dim=1).mean(2))


class Normalised(nn.Module):
    """Norms of vectors, of all numbers, of one where it is zero; standard deviations."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.head = nn.Linear(4, 4), nn.Conv1d(1, 2, 2), nn.Linear(6, 3)

    def forward(self, x):
        x = self.a(x)
        y = self.b(x.unsqueeze(1))
        z = x / x.norm(dim=1, keepdim=True).clamp(min=1e-12) + F.normalize(x, p=1, dim=-1)
        quiet = F.normalize(F.relu(x - 9), dim=-1)
        return self.head(torch.cat([z + quiet, y.std(2) + y.var(2, unbiased=False)], 1))


class Arithmetic(nn.Module):
    """Functions and quotients of what is computed; constants that choose."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 5), nn.Linear(5, 3)
        self.register_buffer('keep', torch.tensor([True, False, True, True, False]))

    def forward(self, x):
        x = self.a(x)
        y = torch.exp(-(x**2))
        z = torch.log1p(torch.exp(x)) + torch.sqrt(x * x + 1) - torch.abs(x)
        w = torch.where(self.keep, x, torch.tanh(x)) + x.masked_fill(self.keep, 0.5)
        w = w + torch.maximum(x, y) - torch.minimum(y, x * 0.3) + F.softsign(x) + F.tanhshrink(x) + F.logsigmoid(x)
        w = w + F.hardtanh(x, -0.7, 0.9) + F.softshrink(x, 0.2) + F.threshold(x, 0.1, -0.3) + x.clamp(min=-0.4) + torch.clamp_max(x, 0.6)
        w = w + torch.sin(2 * x) * torch.cos(x) + torch.erf(x / math.sqrt(2.0)) + torch.reciprocal(z) + 2 / (3 + y) + (1 + y) ** -1.5 + (z + 3).pow(0.3)
        return self.b(w + y / z + torch.log(1 + y) + torch.rsqrt(1 + y) + torch.cumsum(x, 1).flip(1) + torch.roll(x, 2, 1) + x[:, [0, 2, 2, 4, -1]])


class Parameters(nn.Module):
    """Tokens of features, a scalar gate, radial basis functions, a bias that nothing carries, GRN, a normalisation by hand with scale and shift, cross layers."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias, self.cls, self.gate = nn.Parameter(torch.zeros(3, D)), nn.Parameter(torch.zeros(3, D)), nn.Parameter(torch.zeros(D)), nn.Parameter(torch.zeros(1))
        self.centres, self.scale, self.shift, self.v = nn.Parameter(torch.zeros(2, D)), nn.Parameter(torch.zeros(D)), nn.Parameter(torch.zeros(D)), nn.Parameter(torch.zeros(D))
        self.a, self.cross, self.head = nn.Linear(D, D), nn.Linear(D, 1, bias=False), nn.Linear(D + 2, 3)

    def forward(self, x):
        t = torch.cat([self.cls.expand(x.shape[0], 1, -1), x.unsqueeze(-1) * self.weight + self.bias], 1)
        t = t + self.gate * torch.tanh(self.a(t))
        w = torch.softmax(torch.tanh(t) @ self.v, dim=1)
        h = (w.unsqueeze(-1) * t).sum(1)
        h = self.scale * (h - h.mean(-1, keepdim=True)) / torch.sqrt(((h - h.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True) + 1e-5) + self.shift
        h = h * self.cross(h) + self.shift + h
        basis = torch.exp(-0.1 * ((h.unsqueeze(1) - self.centres) ** 2).sum(-1))
        return self.head(torch.cat([h, basis], -1))


class Tokens(nn.Module):
    """Positions with an offset, a type for each token, a bias of relative positions, shifted windows."""

    def __init__(self):
        super().__init__()
        self.word, self.position, self.kind, self.norm = nn.Embedding(V, D), nn.Embedding(T + 2, D), nn.Embedding(2, D), nn.LayerNorm(D)
        self.q, self.k, self.v, self.relative, self.head = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D), nn.Parameter(torch.zeros(2, T, T)), nn.Linear(D, 3)

    def forward(self, ids):
        positions = torch.arange(2, T + 2).unsqueeze(0).expand_as(ids)
        x = self.norm(self.word(ids) + self.position(positions) + self.kind(torch.zeros_like(ids)))
        q, k, v = (f(x).view(-1, T, 2, D // 2).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = (torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(D // 2) + self.relative).softmax(-1) @ v
        y = torch.roll(y.transpose(1, 2).reshape(-1, T, D), -1, 1)
        return self.head((x + y).mean(1))


class Bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Bilinear(3, 3, 2)

    def forward(self, x):
        return self.b(self.a(x), x[:, :3])


class Chosen(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 3)

    def forward(self, x):
        x = self.a(x)
        return torch.where(x > 0, x, 0.1 * x)


def real(*shape):
    return (torch.randn(N, *shape) * 8).round() / 8  # short in the JSON


MODELS = {
    'mobilenet-v2': (MobileNetV2, real(1, 6, 6)),
    'unet': (UNet, real(1, 4, 4)),
    'upsampled': (Upsampled, real(1, 3, 4)),
    'decoder': (Decoder, real(1, 4, 4)),
    'pools': (Pools, real(1, 7, 7)),
    'shuffles': (Shuffles, real(1, 4, 4)),
    'normalised': (Normalised, real(4)),
    'arithmetic': (Arithmetic, real(4)),
    'parameters': (Parameters, real(3)),
    'tokens': (Tokens, torch.randint(0, V, (N, T))),
}
REFUSED = {
    'weight-norm': (lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), nn.Tanh(), nn.Linear(3, 2)), real(4)),
    'bilinear': (Bilinear, real(4)),
    'chosen': (Chosen, real(4)),
    'dilated-pool': (lambda: nn.Sequential(nn.Conv2d(1, 2, 2), nn.MaxPool2d(2, dilation=2), nn.Flatten(), nn.Linear(2, 2)), real(1, 4, 4)),
}

FOLDER.mkdir(exist_ok=True)
records = {name: record(FOLDER, name, make(), x) for name, (make, x) in MODELS.items()}
records['mobilenet-v3'] = record(FOLDER, 'mobilenet-v3', MobileNetV3(), real(1, 6, 6), MobileNetV3(Spelled, SpelledSwish))
for name, (make, x) in REFUSED.items():
    refused(FOLDER, name, make(), x)
write(
    'exported-layers.json',
    'python3 test/reference/exported-layers.py',
    [torch],
    'networks that torch.export.save wrote, with layers and arithmetic of many kinds: inputs, labels, logits, losses, gradients of examples, Hessian of the mean loss times a vector',
    records,
)
