"""The conformer block (Gulati et al. 2020, arXiv:2005.08100) as CMGAN has it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.dropout import drop

Streams = Sequence[torch.Generator]

FARTHEST = 512  # places apart from which attention no longer tells distances


class FeedForward(nn.Module):
    """Layer norm, a dense layer to four times as many channels, SiLU, and one back, with dropout behind both."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, 4 * channels)
        self.narrow = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor, streams: Streams) -> Tensor:
        hidden = drop(F.silu(self.widen(self.norm(x))), self.dropout, streams)
        return drop(self.narrow(hidden), self.dropout, streams)


class Attention(nn.Module):
    """Layer norm and multi-head attention that knows how far apart places are (Shaw et al. 2018, arXiv:1803.02155)."""

    def __init__(self, channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm = nn.LayerNorm(channels)
        self.to_query = nn.Linear(channels, channels, bias=False)
        self.to_key_and_value = nn.Linear(channels, 2 * channels, bias=False)
        self.to_output = nn.Linear(channels, channels)
        self.distances = nn.Embedding(2 * FARTHEST + 1, channels // heads)

    def forward(self, x: Tensor, streams: Streams) -> Tensor:
        x = self.norm(x)
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.to_query(x), *self.to_key_and_value(x).chunk(2, 2))
        )
        place = torch.arange(x.shape[1], device=x.device)
        distance = (place[:, None] - place).clamp(-FARTHEST, FARTHEST) + FARTHEST
        by_content = query @ key.mT
        by_distance = torch.einsum("bhnd,nrd->bhnr", query, self.distances(distance).to(query.dtype))
        shares = ((by_content + by_distance) * query.shape[3] ** -0.5).softmax(3)
        output = self.to_output((shares @ value).transpose(1, 2).flatten(2))
        return drop(output, self.dropout, streams)


class Convolution(nn.Module):
    """Layer norm, a gated 1×1 convolution, one of each channel along the places, batch norm, SiLU, 1×1."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.padding = (kernel // 2, kernel // 2 - (kernel + 1) % 2)
        self.norm = nn.LayerNorm(channels)
        self.widen = nn.Conv1d(channels, 4 * channels, 1)
        self.along = nn.Conv1d(2 * channels, 2 * channels, kernel, groups=2 * channels)
        self.batch_norm = BatchNorm(2 * channels)
        self.narrow = nn.Conv1d(2 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        gated = F.glu(self.widen(self.norm(x).mT), 1)
        return self.narrow(F.silu(self.batch_norm(self.along(F.pad(gated, self.padding))))).mT


class ConformerBlock(nn.Module):
    """Half a feed-forward part, attention, convolution, the other half, each added to its input; layer norm.

    Shapes: `[rows, places, channels]` → the same. Source: lucidrains/conformer, which CMGAN uses.

    Args:
        channels: of each place, a multiple of `heads`.
        heads: of the attention.
        kernel: of the convolution, in places.
        dropout: share of values left out in training.
    """

    def __init__(self, channels: int, heads: int = 4, kernel: int = 31, dropout: float = 0.2) -> None:
        super().__init__()
        self.first = FeedForward(channels, dropout)
        self.attention = Attention(channels, heads, dropout)
        self.convolution = Convolution(channels, kernel)
        self.second = FeedForward(channels, dropout)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor, streams: Streams = ()) -> Tensor:
        """See the class; `streams` are of `audiogan.networks.dropout`."""
        x = x + 0.5 * self.first(x, streams)
        x = x + self.attention(x, streams)
        x = x + self.convolution(x)
        x = x + 0.5 * self.second(x, streams)
        return self.norm(x)
