"""The published networks, one architecture a file, and the layers that they share.

A recipe names a class of this list and gives its constructor's arguments beside it:
`generator: {name: SEGANGenerator, channels: [16, 32, 64], stride: 4}`. With no arguments a network is the paper's,
where there is a paper. Each is a plain `nn.Module`. What it draws at random it takes as arguments of `forward`, and
`draw(chance)` makes them.

Generators that make something of nothing but a latent are called with `(latent, label)` and say their `latent_size`;
their discriminators are called with `(candidate, label)`. The label may be missing where `classes` is 0.
"""

from __future__ import annotations

from audiogan.networks.band_recurrent import BandRecurrentGenerator
from audiogan.networks.began import BEGANDiscriminator, BEGANGenerator
from audiogan.networks.classifier import PictureClassifier
from audiogan.networks.cmgan import CMGANGenerator
from audiogan.networks.cmgan_discriminator import CMGANDiscriminator
from audiogan.networks.dcgan import DCGANDiscriminator, DCGANGenerator
from audiogan.networks.ebgan import EBGANDiscriminator
from audiogan.networks.fully_connected import FullyConnectedDiscriminator, FullyConnectedGenerator
from audiogan.networks.metricgan import MetricGANDiscriminator, MetricGANGenerator
from audiogan.networks.multi_period import MultiPeriodDiscriminator
from audiogan.networks.multi_resolution import MultiResolutionDiscriminator
from audiogan.networks.points import PointAutoencoderDiscriminator, PointDiscriminator, PointGenerator
from audiogan.networks.progan import ProGANDiscriminator, ProGANGenerator
from audiogan.networks.segan import SEGANDiscriminator, SEGANGenerator
from audiogan.networks.segan_plus import SEGANPlusDiscriminator, SEGANPlusGenerator
from audiogan.networks.univnet import UnivNetDiscriminator
from audiogan.networks.wave_autoencoder import WaveAutoencoderDiscriminator
from audiogan.networks.wavegan import WaveGANDiscriminator, WaveGANGenerator

__all__ = [
    "BEGANDiscriminator",
    "BEGANGenerator",
    "BandRecurrentGenerator",
    "CMGANDiscriminator",
    "CMGANGenerator",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "EBGANDiscriminator",
    "FullyConnectedDiscriminator",
    "FullyConnectedGenerator",
    "MetricGANDiscriminator",
    "MetricGANGenerator",
    "MultiPeriodDiscriminator",
    "MultiResolutionDiscriminator",
    "PictureClassifier",
    "PointAutoencoderDiscriminator",
    "PointDiscriminator",
    "PointGenerator",
    "ProGANDiscriminator",
    "ProGANGenerator",
    "SEGANDiscriminator",
    "SEGANGenerator",
    "SEGANPlusDiscriminator",
    "SEGANPlusGenerator",
    "UnivNetDiscriminator",
    "WaveAutoencoderDiscriminator",
    "WaveGANDiscriminator",
    "WaveGANGenerator",
]
