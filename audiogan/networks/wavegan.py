"""WaveGAN, a GAN that makes raw waveforms (Donahue, McAuley & Puckette 2018, arXiv:1802.04208)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from audiogan.errors import AudioganError
from audiogan.judgement import Judgement
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count, CountOrNone
from audiogan.networks.conditioning import Condition, ConditionalDiscriminator, beside_label
from audiogan.networks.layers import DownConv, UpConv, same_padding, zero_bias_

if TYPE_CHECKING:
    from audiogan.chance import Chance

Kernel = Annotated[int, Field(ge=4)]

SHORTEST = 16  # samples of the smallest level
STRIDE = 4


class WaveGANGenerator(nn.Module):
    """WaveGAN's generator: a dense layer to 16 instants, then transposed convolutions, most of which lengthen fourfold.

    Shapes: `latent [B, latent_size]`, `label [B]` → `[B, channels, samples]` in [−1, 1].

    The smallest level has the most channels, halved by each layer down to `width`; ReLU between the layers, tanh at the
    end. Where `samples` is not 16 times a power of 4, the last layer doubles (32,768 samples, as in the authors' code).
    With no arguments it is the paper's, 19,065,345 parameters. Weights start with Glorot's uniform and biases at 0, as
    TensorFlow's layers do.

    Args:
        samples: of a sound, 16 times a power of 2 and at least 64: 16,384, 32,768 and 65,536 in the paper and its code.
        channels: 1 is mono, 2 stereo.
        latent_size: of the whole latent, codes included; the paper draws it evenly from [−1, 1].
        width: channels of the last level before the sound; the paper's d.
        kernel: of every convolution, in samples.
        normalisation: "batch", of every level but the sound; or "none".
        upsampling: "transposed" convolutions, or "nearest": each sample repeated, then a plain convolution, which rings
            less (appendix A).
        post_filter: length in samples of a filter that is learned and put on the sound, channel by channel, after tanh;
            512 in the paper, 0 for none. It starts as Glorot's uniform gives it.
        classes: how many labels there are; the label, one-hot, stands beside the latent. 0 for none.

    Raises:
        ValueError: the length is another.
    """

    def __init__(
        self,
        samples: Count = 16_384,
        channels: Count = 1,
        latent_size: Count = 100,
        width: Count = 64,
        kernel: Kernel = 25,
        normalisation: Literal["batch", "none"] = "none",
        upsampling: Literal["transposed", "nearest"] = "transposed",
        post_filter: CountOrNone = 0,
        classes: CountOrNone = 0,
    ) -> None:
        super().__init__()
        self.samples, self.channels, self.latent_size, self.classes = samples, channels, latent_size, classes
        strides = lengthenings(samples)
        widths = [width << level for level in reversed(range(len(strides)))]
        self.smallest_shape = (widths[0], SHORTEST)
        self.dense = nn.Linear(latent_size + classes, widths[0] * SHORTEST)
        up = UpConv if upsampling == "transposed" else NearestUpConv
        self.layers = nn.ModuleList(
            up(inputs, outputs, kernel, stride)
            for (inputs, outputs), stride in zip(pairwise([*widths, channels]), strides, strict=True)
        )
        self.norms = nn.ModuleList(BatchNorm(w) if normalisation == "batch" else nn.Identity() for w in widths)
        self.post_filter = PostFilter(channels, post_filter) if post_filter else nn.Identity()
        initialise(self)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """See the class.

        Raises:
            AudioganError: the generator was built for classes and there are no labels.
        """
        x = self.dense(beside_label(latent, label, self.classes)).view(-1, *self.smallest_shape)
        for norm, layer in zip(self.norms, self.layers, strict=True):
            x = layer(torch.relu(norm(x)))
        return self.post_filter(torch.tanh(x))


class WaveGANDiscriminator(ConditionalDiscriminator):
    """WaveGAN's discriminator: convolutions with LeakyReLU 0.2 and phase shuffle, then a dense layer.

    Shapes: `candidate [B, channels, samples]`, `label [B]` → `Judgement` with a score `[B]` (no sigmoid) and the
    activations of every convolution as features.

    It mirrors the generator, but where one layer has stride 2 it is the last here too, as in the authors' code. What
    every convolution but the last gives is moved in time by a few samples, drawn anew for each layer and call and the
    same for the whole batch, so that generated sound cannot be told by the phase of its upsampling artefacts
    (`phase_shuffle`). With no arguments it is the paper's, 17,427,969 parameters.

    Args:
        samples, channels, kernel: as in the generator.
        width: channels that the first convolution gives, doubled by each one after it.
        normalisation: "batch", of every convolution but the first; or "none", as the authors' code in every game.
        max_shift: the farthest that phase shuffle moves, in samples of the level; 2 in the paper, 0 for none.
        minibatch_discrimination, classes, condition, codes: see `ConditionalDiscriminator`. A concatenated label is
            `classes` more channels of the sound.

    Raises:
        ValueError: the length is another.
    """

    def __init__(
        self,
        samples: Count = 16_384,
        channels: Count = 1,
        width: Count = 64,
        kernel: Kernel = 25,
        normalisation: Literal["batch", "none"] = "none",
        max_shift: CountOrNone = 2,
        minibatch_discrimination: CountOrNone = 0,
        classes: CountOrNone = 0,
        condition: Condition = "concatenate",
        codes: CountOrNone = 0,
    ) -> None:
        strides = lengthenings(samples)
        widths = [width << level for level in range(len(strides))]
        super().__init__(widths[-1] * SHORTEST, classes, condition, codes, minibatch_discrimination)
        self.samples, self.channels, self.max_shift = samples, channels, max_shift
        self.layers = nn.ModuleList(
            DownConv(inputs, outputs, kernel, stride)
            for (inputs, outputs), stride in zip(
                pairwise([channels + self.label_inputs, *widths]), strides, strict=True
            )
        )
        batch = normalisation == "batch"
        self.norms = nn.ModuleList(BatchNorm(w) if batch and n else nn.Identity() for n, w in enumerate(widths))
        initialise(self)

    def draw(self, chance: Chance) -> dict[str, list[int]]:
        """What `forward` wants in training: a shift for every layer but the last, shared by the batch."""
        if not self.max_shift:
            return {}
        return {
            "shifts": chance.shared_integers("phase shuffle", -self.max_shift, self.max_shift, len(self.layers) - 1)
        }

    def forward(self, candidate: Tensor, label: Tensor | None = None, shifts: Sequence[int] | None = None) -> Judgement:
        """See the class; without `shifts` nothing is moved.

        Raises:
            AudioganError: the sound has another shape than the discriminator was built for, or it looks at labels and
                there are none.
        """
        check_sound(candidate, self.channels, self.samples)
        x = beside_label(candidate, label, self.label_inputs)
        features = []
        for layer, norm, shift in zip(
            self.layers, self.norms, [*(shifts or [0] * (len(self.layers) - 1)), 0], strict=True
        ):
            x = F.leaky_relu(norm(layer(x)), 0.2)
            features.append(x)
            x = phase_shuffle(x, shift)
        return self.judgement(features[-1].flatten(1), label, features)


class NearestUpConv(nn.Module):
    """Lengthens time by repeating each sample, then convolves: `[B, inputs, T]` → `[B, outputs, T · stride]`."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv1d(inputs, outputs, kernel)
        self.padding = same_padding(kernel, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x.repeat_interleave(self.stride, dim=-1), self.padding))


class PostFilter(nn.Module):
    """A learned filter on each channel of a sound, the same for all channels: `[B, channels, T]` → the same shape."""

    def __init__(self, channels: int, length: int) -> None:
        super().__init__()
        self.channels = channels
        self.conv = nn.Conv1d(1, 1, length, bias=False)
        self.padding = same_padding(length, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x.flatten(0, 1)[:, None], self.padding)).view_as(x)


def phase_shuffle(x: Tensor, shift: int) -> Tensor:
    """`x`, `[B, C, T]`, moved by `shift` samples, later if it is positive; what is missing is mirrored at the edge.

    Section 3.3 of the paper.
    """
    if not shift:
        return x
    length = x.shape[-1]
    padded = F.pad(x, (max(shift, 0), max(-shift, 0)), mode="reflect")
    return padded[..., :length] if shift > 0 else padded[..., -length:]


def lengthenings(samples: int) -> list[int]:
    """By how much each layer of the generator lengthens its input, from 16 instants to `samples`.

    Raises:
        ValueError: 16 times a power of 2 it is not, or less than 64.
    """
    doublings = (samples // SHORTEST).bit_length() - 1
    if samples != SHORTEST << doublings or doublings < 2:
        raise ValueError(f"a sound has 64, 128, 256, … samples (16 · 2ⁿ), such as 16384, and not {samples}")
    return [STRIDE] * (doublings // 2) + [2] * (doublings % 2)


def check_sound(candidate: Tensor, channels: int, samples: int) -> None:
    """See that sounds are `[B, channels, samples]`.

    Raises:
        AudioganError: they are not.
    """
    if candidate.shape[1:] != (channels, samples):
        raise AudioganError(
            f"This discriminator judges {channels} channels of {samples} samples and got "
            f"{' × '.join(map(str, candidate.shape[1:]))}: build it with channels= and samples= of your sound."
        )


def initialise(network: nn.Module) -> None:
    """Draw weights as TensorFlow's dense and convolutional layers do, from Glorot's uniform; biases start at 0."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.ConvTranspose1d):
            nn.init.xavier_uniform_(module.weight)
            zero_bias_(module)
