"""An autoencoder that judges waveforms, for BEGAN (arXiv:1703.10717) and EBGAN (arXiv:1609.03126) on sound.

Neither paper has one: here it is WaveGAN's discriminator followed by WaveGAN's generator (arXiv:1802.04208), as BEGAN's
is its own generator behind an encoder.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from audiogan.judgement import Judgement
from audiogan.networks.autoencoder import Error, reconstruction_error
from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count
from audiogan.networks.layers import DownConv
from audiogan.networks.wavegan import SHORTEST, Kernel, WaveGANGenerator, check_sound, initialise, lengthenings


class WaveAutoencoderDiscriminator(nn.Module):
    """An autoencoder that is judged by how well it rebuilds a waveform; the generator beside it is `WaveGANGenerator`.

    Shapes: `candidate [B, channels, samples]` → `Judgement` with the reconstruction error `[B]` as score, the code
    `[B, code_size]` and the encoder's activations as features. Labels are not looked at.

    Encoder: convolutions that shorten to 16 instants, most of them fourfold, with LeakyReLU 0.2, `width` channels
    first, doubled by each; a dense layer to the code. The decoder is `WaveGANGenerator`, whose latent is the code. With
    no arguments it has 38,115,429 parameters.

    Args:
        samples, channels, kernel: as in `WaveGANGenerator`.
        width: channels that the first convolution gives, and the decoder's last but one.
        code_size: numbers in the code; as many as the paper's latent has, as in BEGAN.
        normalisation: "batch", of every level but the encoder's first and the sound, as in EBGAN; or "none", as in
            BEGAN.
        error: "absolute", BEGAN's, or "square", EBGAN's, see `reconstruction_error`.

    Raises:
        ValueError: the length is none of WaveGAN's.
    """

    is_autoencoder: ClassVar[bool] = True

    def __init__(
        self,
        samples: Count = 16_384,
        channels: Count = 1,
        width: Count = 64,
        kernel: Kernel = 25,
        code_size: Count = 100,
        normalisation: Literal["batch", "none"] = "none",
        error: Error = "absolute",
    ) -> None:
        super().__init__()
        self.samples, self.channels = samples, channels
        self.error: Error = error
        strides = lengthenings(samples)  # fourfold first, which is the less to compute
        widths = [width << level for level in range(len(strides))]
        self.encoder = nn.ModuleList(
            DownConv(inputs, outputs, kernel, stride)
            for (inputs, outputs), stride in zip(pairwise([channels, *widths]), strides, strict=True)
        )
        batch = normalisation == "batch"
        self.norms = nn.ModuleList(BatchNorm(w) if batch and n else nn.Identity() for n, w in enumerate(widths))
        self.to_code = nn.Linear(widths[-1] * SHORTEST, code_size)
        for part in (self.encoder, self.to_code):
            initialise(part)
        self.decoder = WaveGANGenerator(samples, channels, code_size, width, kernel, normalisation)

    def forward(self, candidate: Tensor, label: Tensor | None = None) -> Judgement:
        """See the class.

        Raises:
            AudioganError: the sound has another shape than the discriminator was built for.
        """
        check_sound(candidate, self.channels, self.samples)
        features = []
        x = candidate
        for layer, norm in zip(self.encoder, self.norms, strict=True):
            x = F.leaky_relu(norm(layer(x)), 0.2)
            features.append(x)
        code = self.to_code(x.flatten(1))
        score = reconstruction_error(candidate, self.decoder(code), self.error)
        return Judgement(score, features=features, code=code)
