"""A small classifier of pictures, trained by the project to judge what generators draw."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from audiogan.networks.batch_norm import BatchNorm
from audiogan.networks.bounds import Count, Size
from audiogan.networks.pictures import check_picture, halvings

SMALLEST = 4  # pixels of the last level's shorter side at least


class PictureClassifier(nn.Module):
    """Says which class a picture is of.

    Shapes: `picture [B, channels, height, width]` in [−1, 1] → logits `[B, classes]`.

    At every size down to 4 to 7 pixels a 3×3 convolution, batch normalisation, ReLU and the largest of 2×2 pixels,
    `width` channels first, doubled by each; a hidden dense layer, whose activations are the `features`; a dense layer
    to the logits. Judge in evaluation mode: in training mode what it says of a picture depends on the others.

    Args:
        size, channels: of the pictures, size in pixels: 4, 5, 6 or 7 doubled once or more. One number for a square, or
            [height, width]: the shorter side is such a number, and the longer one halves as often.
        classes: how many there are.
        width: channels of the first convolution.
        feature_size: width of the hidden dense layer.

    Raises:
        ValueError: the size does not halve evenly down to 4 to 7 pixels.
    """

    def __init__(
        self,
        size: Size = 28,
        channels: Count = 1,
        classes: Count = 10,
        width: Count = 32,
        feature_size: Count = 128,
    ) -> None:
        super().__init__()
        self.size, self.channels, self.classes, self.feature_size = size, channels, classes, feature_size
        levels, smallest = halvings(size, SMALLEST)
        widths = [channels, *(width << level for level in range(levels))]
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(i, o, 3, padding=1), BatchNorm(o), nn.ReLU(), nn.MaxPool2d(2))
                for i, o in pairwise(widths)
            )
        )
        self.to_features = nn.Linear(widths[-1] * math.prod(smallest), feature_size)
        self.to_logits = nn.Linear(feature_size, classes)

    def features(self, picture: Tensor) -> Tensor:
        """What the last hidden layer says of pictures, `[B, feature_size]`, for Fréchet and other distances.

        Raises:
            AudioganError: the pictures have another shape than the classifier was built for.
        """
        check_picture(picture, self.channels, self.size)
        return torch.relu(self.to_features(self.layers(picture).flatten(1)))

    def forward(self, picture: Tensor) -> Tensor:
        """See the class and `features`."""
        return self.to_logits(self.features(picture))
