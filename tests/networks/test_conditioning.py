"""Labels beside the input, and the heads that read class and codes."""

from __future__ import annotations

import pytest
import torch

from audiogan.errors import AudioganError
from audiogan.networks import DCGANDiscriminator, PointDiscriminator
from audiogan.networks.conditioning import beside_label, one_hot


def test_labels_become_channels_with_a_one_everywhere() -> None:
    x = torch.randn(3, 2, 4, 5).double()
    label = torch.tensor([1, 0, 2])
    joined = beside_label(x, label, 3)
    assert joined.shape == (3, 5, 4, 5) and joined.dtype == torch.float64
    torch.testing.assert_close(joined[:, :2], x)
    expected = torch.nn.functional.one_hot(label, 3).double()[:, :, None, None].expand(3, 3, 4, 5)
    torch.testing.assert_close(joined[:, 2:], expected)
    torch.testing.assert_close(beside_label(x[..., 0, 0], label, 3)[:, 2:], expected[..., 0, 0])
    assert beside_label(x, None, 0) is x


def test_labels_that_are_missing_are_told() -> None:
    with pytest.raises(AudioganError, match="built for 7 classes and got no labels"):
        one_hot(None, 7, torch.zeros(1))


def test_a_projection_adds_the_inner_product_with_the_row_of_the_class() -> None:
    torch.manual_seed(0)
    network = PointDiscriminator(8, 2, classes=3, condition="projection").double()
    x, label = torch.randn(5, 2).double(), torch.tensor([0, 1, 2, 2, 0])
    judgement = network(x, label)
    rows = judgement.features[-1]
    embedding = network.projection.weight.T  # a row for each class
    expected = network.score(rows)[:, 0] + torch.stack([embedding[y] @ r for y, r in zip(label, rows, strict=True)])
    torch.testing.assert_close(judgement.score, expected)


def test_an_auxiliary_classifier_reads_the_last_layer() -> None:
    network = PointDiscriminator(8, 2, classes=3, condition="auxiliary")
    judgement = network(torch.randn(5, 2), torch.tensor([0, 1, 2, 2, 0]))
    torch.testing.assert_close(judgement.label_logits, network.classifier(judgement.features[-1]))


@pytest.mark.parametrize("condition", ["concatenate", "projection", "auxiliary"])
def test_only_minibatch_discrimination_s_score_depends_on_the_others(condition: str) -> None:
    torch.manual_seed(0)
    options = {"minibatch_discrimination": 6, "classes": 3, "condition": condition, "codes": 4}
    network = PointDiscriminator(8, 2, **options)
    x, label = torch.randn(5, 2), torch.tensor([0, 1, 2, 2, 0])
    together, alone = network(x, label), network(x[:1], label[:1])
    assert (together.score[0] - alone.score[0]).abs() > 1e-4
    torch.testing.assert_close(together.latent_estimate[:1], alone.latent_estimate)
    if condition == "auxiliary":
        torch.testing.assert_close(together.label_logits[:1], alone.label_logits)


def test_the_latent_head_is_all_that_serves_the_codes_alone() -> None:
    """A player can step it by its name: without its parameters no others lose their part in the score."""
    network = DCGANDiscriminator(8, 1, 4, codes=5)
    network(torch.randn(3, 1, 8, 8)).score.sum().backward()
    without = {name for name, p in network.named_parameters() if p.grad is None}
    assert without == {name for name, _ in network.named_parameters() if name.startswith("latent_head.")} != set()


def test_spectral_norm_is_on_all_layers_but_those_of_class_and_codes() -> None:
    torch.manual_seed(0)
    options = {"normalisation": "none", "spectral_norm": True, "codes": 5, "classes": 3}
    network = DCGANDiscriminator(16, 1, 4, **options, condition="projection")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(3)  # a factor that the norm takes out again
    for _ in range(100):
        network(torch.randn(2, 1, 16, 16), torch.tensor([0, 1]))
    for layer in (*network.layers, network.score, network.projection):
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item()
        assert largest == pytest.approx(1, abs=1e-3)
    assert all("parametrizations" not in name for name, _ in network.latent_head.named_parameters())
    auxiliary = DCGANDiscriminator(16, 1, 4, **options, condition="auxiliary")
    assert all("parametrizations" not in name for name, _ in auxiliary.classifier.named_parameters())
