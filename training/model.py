"""MedImageInsight's two towers in PyTorch: `state_dict()` has the official keys, eval mode the official maths.

Image maps stay [batch, channels, height, width] between the sub-layers: on a CPU that compiles to the fastest training step.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def channels_last(x):
    return x.permute(0, 2, 3, 1)  # [batch, height, width, channels]


def channels_first(x):
    return x.permute(0, 3, 1, 2)  # [batch, channels, height, width]


class PatchEmbed(nn.Module):
    """Strided convolution; the first stage norms after it, the others before."""

    def __init__(self, before, width, size, stride, padding, prenorm):
        super().__init__()
        self.proj = nn.Conv2d(before, width, size, stride, padding)
        self.norm = nn.LayerNorm(before if prenorm else width)
        self.prenorm = prenorm

    def forward(self, x):
        if self.prenorm:
            return self.proj(channels_first(self.norm(channels_last(x))))
        return channels_first(self.norm(channels_last(self.proj(x))))


class PositionConv(nn.Module):
    """Depth-wise 3x3 convolution: the position encoding."""

    def __init__(self, width):
        super().__init__()
        self.dw = nn.Conv2d(width, width, 3, padding=1, groups=width)

    def forward(self, x):
        return self.dw(x)


class WindowAttention(nn.Module):
    """Self-attention inside windows. The map is zero-padded right and bottom; the padding is attended like any token."""

    def __init__(self, width, heads, window):
        super().__init__()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.heads, self.window = heads, window

    def forward(self, x):  # [batch, height, width, channels]
        b, h, w, c = x.shape
        size = self.window
        x = F.pad(x, (0, 0, 0, -w % size, 0, -h % size))
        rows, columns = x.shape[1] // size, x.shape[2] // size
        x = x.view(b, rows, size, columns, size, c).transpose(2, 3).reshape(-1, size * size, c)  # [windows, tokens, channels]
        q, k, v = self.qkv(x).view(-1, size * size, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q * (c // self.heads) ** -0.5 @ k.transpose(-1, -2)).softmax(-1)  # [windows, heads, tokens, tokens]
        x = self.proj((weights @ v).transpose(1, 2).reshape(-1, size * size, c))
        x = x.view(b, rows, columns, size, size, c).transpose(2, 3).reshape(b, rows * size, columns * size, c)
        return x[:, :h, :w]


class ChannelAttention(nn.Module):
    """Attention between the channels of a group, over all tokens."""

    def __init__(self, width, groups):
        super().__init__()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.groups = groups

    def forward(self, x):  # [batch, height, width, channels]
        b, h, w, c = x.shape
        tokens = h * w
        q, k, v = self.qkv(x).view(b, tokens, 3, self.groups, c // self.groups).permute(2, 0, 3, 1, 4)
        weights = ((q * tokens**-0.5).transpose(-1, -2) @ k).softmax(-1)  # [batch, groups, channels, channels]
        x = (weights @ v.transpose(-1, -2)).permute(0, 3, 1, 2)  # [batch, tokens, groups, channels]
        return self.proj(x.reshape(b, h, w, c))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x):
        return self.net["fc2"](F.gelu(self.net["fc1"](x)))


class Residual(nn.Module):
    """x + fn(norm(x)); a convolution has no norm and reads the map channels first.

    In training mode, a share `drop` of the pictures goes without fn, and the others take more of it.
    """

    def __init__(self, fn, width=None, drop=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(width) if width else None
        self.fn = fn
        self.drop = drop

    def forward(self, x):
        if self.norm is None:
            return x + self.fn(x)
        change = channels_first(self.fn(self.norm(channels_last(x))))
        if self.training and self.drop:
            kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop
            change = change * kept / (1 - self.drop)
        return x + change


class Block(nn.Module):
    """Convolution, attention, convolution, feed-forward, each residual."""

    def __init__(self, width, attention_name, attention, drop):
        super().__init__()
        self.conv1 = Residual(PositionConv(width))
        self.add_module(attention_name, Residual(attention, width, drop))
        self.conv2 = Residual(PositionConv(width))
        self.ffn = Residual(FeedForward(width), width, drop)

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


class Unit(nn.Module):
    """A spatial block, then a channel block."""

    def __init__(self, width, heads, groups, window, drops):
        super().__init__()
        self.spatial_block = Block(width, "window_attn", WindowAttention(width, heads, window), next(drops))
        self.channel_block = Block(width, "channel_attn", ChannelAttention(width, groups), next(drops))

    def forward(self, x):
        return self.channel_block(self.spatial_block(x))


class DaViT(nn.Module):
    """Image tower: [batch, 3, height, width] -> [batch, DIM_EMBED[-1]]. `spec` is IMAGE_ENCODER.SPEC.

    DROP_PATH_RATE is that of the last block; it grows evenly from 0 at the first.
    """

    def __init__(self, spec):
        super().__init__()
        dims = spec["DIM_EMBED"]
        patches = zip([3, *dims], dims, spec["PATCH_SIZE"], spec["PATCH_STRIDE"], spec["PATCH_PADDING"], spec["PATCH_PRENORM"])
        last = 2 * sum(spec["DEPTHS"]) - 1
        drops = iter([spec.get("DROP_PATH_RATE", 0) * block / last for block in range(last + 1)])
        self.convs = nn.ModuleList(PatchEmbed(*patch) for patch in patches)
        self.blocks = nn.ModuleList(
            nn.ModuleList(Unit(width, heads, groups, spec["WINDOW_SIZE"], drops) for _ in range(depth))
            for width, heads, groups, depth in zip(dims, spec["NUM_HEADS"], spec["NUM_GROUPS"], spec["DEPTHS"])
        )
        self.norms = nn.LayerNorm(dims[-1])
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.pool(self.maps(x))

    def maps(self, x):  # -> [batch, DIM_EMBED[-1], height / 32, width / 32]
        for conv, units in zip(self.convs, self.blocks):
            x = conv(x)
            for unit in units:
                x = unit(x)
        return x

    def pool(self, maps):
        return self.norms(maps.mean((2, 3)))


class TextAttention(nn.Module):
    """Multi-head self-attention; a padding token is nobody's key."""

    def __init__(self, width, heads):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width**-0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        self.heads = heads

    def forward(self, x, mask):  # [batch, tokens, width], bool [batch, tokens]
        b, tokens, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(b, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        return self.out_proj(x.transpose(1, 2).reshape(b, tokens, width))


class TextBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = TextAttention(width, heads)
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)})

    def forward(self, x, mask):
        x = x + self.attn(self.ln_1(x), mask)
        hidden = self.mlp["c_fc"](self.ln_2(x))
        return x + self.mlp["c_proj"](hidden * torch.sigmoid(1.702 * hidden))  # QuickGELU


class TextTransformer(nn.Module):
    """Text tower: ids [batch, tokens] and mask (1 for a real token) -> [batch, WIDTH]. `spec` is LANG_ENCODER."""

    def __init__(self, spec, vocabulary_size):
        super().__init__()
        width = spec["WIDTH"]
        self.token_embedding = nn.Embedding(vocabulary_size, width)
        self.positional_embedding = nn.Parameter(torch.randn(spec["CONTEXT_LENGTH"], width) * 0.01)
        self.resblocks = nn.ModuleList(TextBlock(width, spec["HEADS"]) for _ in range(spec["LAYERS"]))
        self.ln_final = nn.LayerNorm(width, eps=1e-12)
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def forward(self, ids, mask):
        x = self.token_embedding(ids) + self.positional_embedding[: ids.shape[1]]
        for block in self.resblocks:
            x = block(x, mask.bool())
        ends = ids.argmax(1)  # the end token has the highest id
        return self.ln_final(x)[torch.arange(len(ids), device=ids.device), ends]


class MedImageInsight(nn.Module):
    """Both towers and their projections into one space. `config` is a `config.yaml` in the official layout."""

    def __init__(self, config, vocabulary_size=49408):
        super().__init__()
        image_width = config["IMAGE_ENCODER"]["SPEC"]["DIM_EMBED"][-1]
        text_width, dim = config["LANG_ENCODER"]["WIDTH"], config["UNICL_MODEL"]["DIM_PROJECTION"]
        self.image_encoder = DaViT(config["IMAGE_ENCODER"]["SPEC"])
        self.lang_encoder = TextTransformer(config["LANG_ENCODER"], vocabulary_size)
        self.image_projection = nn.Parameter(torch.randn(image_width, dim) * image_width**-0.5)
        self.lang_projection = nn.Parameter(torch.randn(text_width, dim) * text_width**-0.5)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_image(self, x):  # [batch, 3, height, width] -> unit vectors [batch, DIM_PROJECTION]
        return F.normalize((self.image_encoder(x) @ self.image_projection).float(), dim=-1)

    def encode_text(self, ids, mask):  # [batch, tokens] -> unit vectors [batch, DIM_PROJECTION]
        return F.normalize((self.lang_encoder(ids, mask) @ self.lang_projection).float(), dim=-1)
