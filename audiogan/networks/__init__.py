"""The published networks, one architecture a file; layers shared by several in `layers.py`.

A recipe names a class of this list and gives its constructor's arguments beside it:
`generator: {name: SEGANGenerator, channels: [16, 32, 64], stride: 4}`. With no arguments a network is the paper's.
Each is a plain `nn.Module`. What it draws at random it takes as arguments of `forward`, and `draw(chance)` makes them.
"""

from __future__ import annotations

from audiogan.networks.segan import SEGANDiscriminator, SEGANGenerator
from audiogan.networks.segan_plus import SEGANPlusDiscriminator, SEGANPlusGenerator

__all__ = ["SEGANDiscriminator", "SEGANGenerator", "SEGANPlusDiscriminator", "SEGANPlusGenerator"]
