"""Networks as people write them, exported by PyTorch, with their derivatives; and some that are refused, one of which a recipe adds.

    python3 test/reference/exported-models.py   # writes test/reference/exported-models/*.pt2 and exported-models.json

Exported in evaluation mode in float64 with a batch of any size, packed anew with compression and without the pickled sample inputs. The JSON holds
inputs, labels, logits, the gradient of each example's loss, and the Hessian of the mean loss times a vector, by double backward with the attention
kernel that has one (SDPBackend.MATH). Loss: cross-entropy, the mean over positions where the network has several. Parameters in the order of model.parameters().
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, write
from exported_record import record, refused

FOLDER = HERE / 'exported-models'
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
V, T, D, N = 7, 5, 8, 3


class Rotary(nn.Module):
    """cos and sin as Llama computes them, from the frequencies at each call."""

    def __init__(self, width):
        super().__init__()
        self.register_buffer('inv_freq', 1.0 / (100 ** (torch.arange(0, width, 2).double() / width)), persistent=False)

    def forward(self, positions):
        freqs = (self.inv_freq[None, :, None] @ positions[:, None, :].double()).transpose(1, 2)
        emb = torch.cat((freqs, freqs), dim=-1)
        return emb.cos(), emb.sin()


def rotate_half(x):
    a, b = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-b, a), dim=-1)


def repeat_kv(x, n):
    b, heads, t, e = x.shape
    return x[:, :, None, :, :].expand(b, heads, n, t, e).reshape(b, heads * n, t, e)


class LlamaAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(D, n, bias=False) for n in (D, D // 2, D // 2))
        self.o_proj = nn.Linear(D, D, bias=False)

    def forward(self, x, cos, sin):
        q, k, v = (p(x).view(*x.shape[:-1], -1, 4).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        y = F.scaled_dot_product_attention(q, repeat_kv(k, 2), repeat_kv(v, 2), is_causal=True, scale=0.5)
        return self.o_proj(y.transpose(1, 2).reshape(*x.shape[:-1], -1).contiguous())


class LlamaNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D))

    def forward(self, x):
        dtype = x.dtype
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)).to(dtype)


class LlamaLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn, self.input_layernorm, self.post_attention_layernorm = LlamaAttention(), LlamaNorm(), LlamaNorm()
        self.gate_proj, self.up_proj, self.down_proj = nn.Linear(D, 6, bias=False), nn.Linear(D, 6, bias=False), nn.Linear(6, D, bias=False)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        y = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens, self.rotary, self.layers = nn.Embedding(V, D), Rotary(4), nn.ModuleList([LlamaLayer()])
        self.norm, self.lm_head = LlamaNorm(), nn.Linear(D, V, bias=False)

    def forward(self, ids):
        cos, sin = self.rotary(torch.arange(ids.shape[1]).unsqueeze(0))
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.lm_head(self.norm(x))


class Interleaved(nn.Module):
    """Rotations of neighbouring features, tables as buffers; one key head for two of the queries; every argument of the attention by name."""

    def __init__(self):
        super().__init__()
        self.e, self.q, self.kv, self.o, self.head = nn.Embedding(V, D), nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, V)
        angle = torch.arange(T + 3.0)[:, None] * torch.tensor([1.0, 0.2])
        self.register_buffer('cos', angle.cos())
        self.register_buffer('sin', angle.sin())

    def turn(self, x):
        a, b = x[..., ::2], x[..., 1::2]
        cos, sin = self.cos[: x.shape[-2]], self.sin[: x.shape[-2]]
        return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)

    def forward(self, ids):
        x = self.e(ids)
        q = self.turn(self.q(x).view(-1, T, 2, 4).transpose(1, 2))
        k, v = self.kv(x).view(-1, T, 2, 1, 4).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, self.turn(k), v, attn_mask=None, dropout_p=0.0, is_causal=True, scale=None, enable_gqa=True)
        return self.head(x + self.o(y.transpose(1, 2).flatten(2)))


class Conv1D(nn.Module):  # transformers.pytorch_utils.Conv1D
    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.weight, self.bias = nf, nn.Parameter(torch.empty(nx, nf)), nn.Parameter(torch.zeros(nf))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(x.size()[:-1] + (self.nf,))


class GPT2(nn.Module):
    """GPT-2 as transformers has it: Conv1D, a mask in a buffer, gelu_new spelled out, a tied head."""

    def __init__(self):
        super().__init__()
        self.wte, self.wpe, self.drop = nn.Embedding(V, D), nn.Embedding(T + 1, D), nn.Dropout(0.1)
        self.ln_1, self.c_attn, self.c_proj = nn.LayerNorm(D), Conv1D(3 * D, D), Conv1D(D, D)
        self.ln_2, self.c_fc, self.mlp_proj, self.ln_f = nn.LayerNorm(D), Conv1D(12, D), Conv1D(D, 12), nn.LayerNorm(D)
        self.register_buffer('bias', torch.tril(torch.ones((9, 9), dtype=torch.bool)).view(1, 1, 9, 9), persistent=False)

    def attend(self, x):
        q, k, v = (p.view(*p.shape[:-1], 2, D // 2).permute(0, 2, 1, 3) for p in self.c_attn(x).split(D, dim=2))
        w = torch.matmul(q, k.transpose(-1, -2)) / torch.full([], v.size(-1) ** 0.5, dtype=x.dtype)
        w = torch.where(self.bias[:, :, : q.size(-2), : k.size(-2)], w, torch.full([], torch.finfo(w.dtype).min, dtype=w.dtype))
        y = torch.matmul(self.drop(F.softmax(w, dim=-1)), v).permute(0, 2, 1, 3).contiguous()
        return self.drop(self.c_proj(y.view(y.size()[:-2] + (D,))))

    def forward(self, ids):
        positions = torch.arange(0, ids.size(-1), dtype=torch.long).unsqueeze(0)
        x = self.drop(self.wte(ids) + self.wpe(positions))
        x = self.attend(self.ln_1(x)) + x
        y = self.c_fc(self.ln_2(x))
        y = 0.5 * y * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (y + 0.044715 * torch.pow(y, 3.0))))
        return F.linear(self.ln_f(x + self.mlp_proj(y)), self.wte.weight)


class Sinusoidal(nn.Module):
    """The encoder of the tutorial: scaled embeddings, a table of sines, layers that normalise first, padding by a mask, the mean over what is no padding."""

    def __init__(self):
        super().__init__()
        self.e, self.head = nn.Embedding(V, D, padding_idx=0), nn.Linear(D, 3)
        layer = nn.TransformerEncoderLayer(D, 2, 10, activation='gelu', batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(D), enable_nested_tensor=False)
        position, div = torch.arange(9).unsqueeze(1), torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
        pe = torch.zeros(1, 9, D)
        pe[0, :, 0::2], pe[0, :, 1::2] = torch.sin(position * div), torch.cos(position * div)
        self.register_buffer('pe', pe)

    def forward(self, ids):
        x = self.e(ids) * math.sqrt(D) + self.pe[:, : ids.size(1)]
        x = self.encoder(x, src_key_padding_mask=ids == 0)
        keep = (ids != 0).unsqueeze(-1).to(x.dtype)
        return self.head((x * keep).sum(dim=1) / keep.sum(dim=1).clamp(min=1e-9))


class Bert(nn.Module):
    """An encoder that normalises behind, an extended mask that adds the least number, the first token through a tanh."""

    def __init__(self):
        super().__init__()
        self.word, self.position, self.norm = nn.Embedding(V, D, padding_idx=0), nn.Embedding(T, D), nn.LayerNorm(D, eps=1e-12)
        self.query, self.key, self.value, self.dense = (nn.Linear(D, D) for _ in range(4))
        self.n1, self.up, self.down, self.n2 = nn.LayerNorm(D), nn.Linear(D, 6), nn.Linear(6, D), nn.LayerNorm(D)
        self.pooler, self.classifier, self.drop = nn.Linear(D, D), nn.Linear(D, 3), nn.Dropout(0.2)
        self.register_buffer('position_ids', torch.arange(9).expand((1, -1)))

    def heads(self, x):
        return x.view(x.size()[:-1] + (2, 4)).permute(0, 2, 1, 3)

    def forward(self, ids):
        x = self.norm(self.word(ids) + self.position(self.position_ids[:, : ids.size(1)]))
        mask = (1.0 - (ids != 0)[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        w = torch.matmul(self.heads(self.query(x)), self.heads(self.key(x)).transpose(-1, -2)) / math.sqrt(4)
        y = torch.matmul(self.drop(F.softmax(w + mask, dim=-1)), self.heads(self.value(x))).permute(0, 2, 1, 3).contiguous()
        x = self.n1(self.drop(self.dense(y.view(y.size()[:-2] + (D,)))) + x)
        x = self.n2(self.down(F.gelu(self.up(x))) + x)
        return self.classifier(self.drop(torch.tanh(self.pooler(x[:, 0]))))


class Multihead(nn.Module):
    """nn.MultiheadAttention with the sequence first and weights that nobody reads; from few queries to many keys, and back."""

    def __init__(self):
        super().__init__()
        self.e, self.near = nn.Embedding(V, D), nn.MultiheadAttention(D, 2)
        self.far, self.head = nn.MultiheadAttention(D, 4, bias=False, batch_first=True, kdim=D, vdim=D), nn.Linear(D, 3)

    def forward(self, ids):
        x = self.e(ids).transpose(0, 1)
        mask = torch.triu(torch.full((T, T), float('-inf')), diagonal=1)
        x = x + self.near(x, x, x, attn_mask=mask)[0]
        x = x.transpose(0, 1)
        y, _ = self.far(x[:, :2], x, x, need_weights=False)
        return self.head(y.mean(1))


class Masks(nn.Module):
    """Attention in other forms: a window, slopes that depend on the distance, values of another width, features before positions by einsum."""

    def __init__(self):
        super().__init__()
        self.e, self.q, self.k, self.v, self.o, self.head = nn.Embedding(V, D), nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, 6), nn.Linear(6, D), nn.Linear(D, V)
        i = torch.arange(T)
        self.register_buffer('window', (i[:, None] - i[None, :]).abs() <= 1)
        self.register_buffer('slopes', torch.tensor([0.5, 0.25]))

    def forward(self, ids):
        x = self.e(ids)
        q, k, v = (f(x).unflatten(-1, (2, -1)).transpose(1, 2) for f in (self.q, self.k, self.v))
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=self.window)
        i = torch.arange(T)
        alibi = (i[None, :] - i[:, None]).to(x.dtype) * self.slopes[:, None, None]
        b = F.scaled_dot_product_attention(q, k, v, attn_mask=alibi.masked_fill(i[None, :] > i[:, None], float('-inf')))
        w = torch.einsum('bhtd,bhsd->bhts', q, k) * 0.3
        c = torch.einsum('bhts,bhsd->bthd', w.softmax(-1), v).flatten(2)
        return self.head(x + self.o(a.transpose(1, 2).flatten(2) + b.transpose(1, 2).flatten(2) + c))


class LinearAttention(nn.Module):
    """Products of computed matrices without a softmax, a mixer over the positions, a scale of its own for each feature."""

    def __init__(self):
        super().__init__()
        self.e, self.qkv, self.mix, self.gamma, self.head = nn.Embedding(V, D), nn.Linear(D, 3 * D), nn.Linear(T, T), nn.Parameter(torch.ones(D)), nn.Linear(D, 3)

    def forward(self, ids):
        x = self.e(ids)
        q, k, v = self.qkv(x).chunk(3, -1)
        y = F.relu(q) @ (F.relu(k).transpose(1, 2) @ v) / T
        x = x + self.gamma * torch.tanh(y)
        x = x + self.mix(F.layer_norm(x, (D,)).transpose(1, 2)).transpose(1, 2)
        return self.head(x.mean(1))


class MobileNet(nn.Module):
    """Depthwise and pointwise convolutions with frozen statistics; squeeze and excitation."""

    def __init__(self):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(1, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4)
        self.dw, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.BatchNorm2d(4)
        self.fc1, self.fc2, self.pw, self.bn3, self.head = nn.Conv2d(4, 2, 1), nn.Conv2d(2, 4, 1), nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4), nn.Linear(4, 3)
        self.pool, self.drop = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.2)

    def forward(self, x):
        x = F.silu(self.bn(self.stem(x)))
        y = F.silu(self.bn2(self.dw(x)))
        y = y * torch.sigmoid(self.fc2(F.silu(self.fc1(self.pool(y)))))
        x = x + self.bn3(self.pw(y))
        return self.head(self.drop(torch.flatten(self.pool(x), 1)))


class TextCNN(nn.Module):
    """Convolutions of several widths over words, the greatest over time, side by side."""

    def __init__(self):
        super().__init__()
        self.e, self.convs, self.drop, self.fc = nn.Embedding(V, 6, padding_idx=1), nn.ModuleList([nn.Conv1d(6, 3, k) for k in (2, 3)]), nn.Dropout(), nn.Linear(9, 3)

    def forward(self, ids):
        x = self.e(ids).permute(0, 2, 1)
        parts = [F.relu(c(x)) for c in self.convs]
        parts = [F.max_pool1d(parts[0], parts[0].size(2)).squeeze(2), parts[1].amax(dim=2), F.adaptive_max_pool1d(parts[1], 1).squeeze(-1)]
        return self.fc(self.drop(torch.cat(parts, 1)))


class WaveNet(nn.Module):
    """Dilated convolutions with gates, frozen statistics, pooling of sequences; alpha in a sum."""

    def __init__(self):
        super().__init__()
        self.inp, self.bn, self.f, self.g = nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4), nn.Conv1d(4, 4, 3, padding=2, dilation=2), nn.Conv1d(4, 4, 3, padding=2, dilation=2)
        self.down, self.mean, self.bn2, self.fc = nn.MaxPool1d(2), nn.AvgPool1d(2, stride=1, padding=1, count_include_pad=False), nn.BatchNorm1d(4), nn.Linear(4, 2)

    def forward(self, x):
        x = self.bn(self.inp(x))
        x = torch.add(x, torch.tanh(self.f(x)) * torch.sigmoid(self.g(x)), alpha=0.7)
        x = self.mean(self.down(x))
        return self.fc(self.bn2(F.adaptive_avg_pool1d(x, 1).flatten(1)) + 0.5)


class ViT(nn.Module):
    """A class token before the patches, positions, LayerScale; the tokens mixed by a softmax that is no attention."""

    def __init__(self):
        super().__init__()
        self.patch, self.cls_token, self.pos = nn.Conv2d(1, D, 2, stride=2), nn.Parameter(torch.zeros(1, 1, D)), nn.Parameter(torch.zeros(1, 5, D))
        self.norm, self.qkv, self.proj, self.ls = nn.LayerNorm(D), nn.Linear(D, 3 * D), nn.Linear(D, D), nn.Parameter(torch.ones(D))
        self.score, self.head = nn.Linear(D, 1), nn.Linear(2 * D, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1) + self.pos
        q, k, v = self.qkv(self.norm(x)).reshape(x.shape[0], 5, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.ls * self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape[0], 5, D))
        w = torch.softmax(self.score(x).squeeze(-1), dim=-1)
        pooled = torch.bmm(w.unsqueeze(1), x).squeeze(1)
        return self.head(torch.cat([x[:, 0], pooled], dim=-1))


class ConvNeXt(nn.Module):
    """Channels last and back, a scale for each channel of an image, a sum over the image, a number minus a gate."""

    def __init__(self):
        super().__init__()
        self.dw, self.norm, self.up, self.down = nn.Conv2d(2, 2, 3, padding=1, groups=2), nn.LayerNorm(2, eps=1e-6), nn.Linear(2, 5), nn.Linear(5, 2)
        self.gamma, self.gate, self.head = nn.Parameter(torch.ones(2, 1, 1)), nn.Conv2d(2, 1, 1), nn.Linear(2, 3)

    def forward(self, x):
        y = self.down(F.gelu(self.up(self.norm(self.dw(x).permute(0, 2, 3, 1))))).permute(0, 3, 1, 2)
        x = x + self.gamma * y
        z = torch.sigmoid(self.gate(x))
        x = x * z + (1 - z) * y
        return self.head(x.sum(dim=(2, 3)) / 9 - 0.25)


class InPlace(nn.Module):
    """Sums and activations in place, read by their first names; masks combined by operators."""

    def __init__(self):
        super().__init__()
        self.e, self.a, self.q, self.head = nn.Embedding(V, D), nn.Linear(D, D), nn.Linear(D, 3 * D), nn.Linear(D, V)

    def forward(self, ids):
        x = self.e(ids)
        y = self.a(x)
        y += x
        y.mul_(0.5)
        F.relu(y, inplace=True)
        q, k, v = self.q(y).view(-1, T, 3, 1, D).permute(2, 0, 3, 1, 4)
        keep = (ids != 0)[:, None, None, :] & torch.ones(T, T, dtype=torch.bool).tril()
        return self.head(y + F.scaled_dot_product_attention(q, k, v, attn_mask=keep).squeeze(1))


class StaleView(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.head = nn.Linear(4, 4), nn.Linear(2, 2)

    def forward(self, x):
        y = self.a(x)
        left = y[:, :2]
        y.add_(1.0)
        return self.head(left)


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.e, self.cell, self.fc = nn.Embedding(V, 4), cell(4, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, ids):
        return self.fc(self.cell(self.e(ids))[0][:, -1])


def tokens(padding=None):
    ids = torch.randint(1, V, (N, T))
    if padding is not None:
        ids[ids == padding] = 2
        ids[0, 3:], ids[1, 1:] = padding, padding
    return ids


def real(*shape):
    return (torch.randn(N, *shape) * 8).round() / 8  # short in the JSON


MODELS = {
    'llama': (Llama, tokens()),
    'rotary-interleaved': (Interleaved, tokens()),
    'gpt2': (GPT2, tokens()),
    'sinusoidal': (Sinusoidal, tokens(0)),
    'bert': (Bert, tokens(0)),
    'multihead': (Multihead, tokens()),
    'masks': (Masks, tokens()),
    'linear-attention': (LinearAttention, tokens()),
    'mobilenet': (MobileNet, real(1, 6, 6)),
    'text-cnn': (TextCNN, tokens(1)),
    'wavenet': (WaveNet, real(2, 8)),
    'vit': (ViT, real(1, 4, 4)),
    'convnext': (ConvNeXt, real(2, 3, 3)),
    'in-place': (InPlace, tokens(0)),
}
REFUSED = {
    'channel-shuffle': (lambda: nn.Sequential(nn.Conv2d(2, 4, 1), nn.ChannelShuffle(2), nn.Conv2d(4, 4, 1, groups=2), nn.Flatten(), nn.Linear(16, 2)), real(2, 2, 2)),
    'lstm': (lambda: Recurrent(nn.LSTM), tokens()),
    'gru': (lambda: Recurrent(nn.GRU), tokens()),
    'stale-view': (StaleView, real(4)),
}


FOLDER.mkdir(exist_ok=True)
records = {name: record(FOLDER, name, make(), x) for name, (make, x) in MODELS.items()}
records |= {name: refused(FOLDER, name, make(), x) for name, (make, x) in REFUSED.items()}
write(
    'exported-models.json',
    'python3 test/reference/exported-models.py',
    [torch],
    'networks that torch.export.save wrote: inputs, labels, logits, losses, gradients of examples, Hessian of the mean loss times a vector',
    {name: value for name, value in records.items() if value is not None},
)
