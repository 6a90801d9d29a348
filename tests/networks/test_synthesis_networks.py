"""What all networks that make something of a latent have in common, whatever their architecture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import audiogan.networks as networks
from audiogan.components import build, choice
from audiogan.errors import AudioganError
from audiogan.judgement import Judgement

BATCH = 4
POINT, PICTURE, OBLONG, SOUND = (2,), (3, 28, 28), (3, 28, 36), (2, 256)

Make = Callable[[], nn.Module]

GENERATORS: dict[str, tuple[Make, tuple[int, ...]]] = {
    "points": (lambda: networks.PointGenerator(5, 8, 2), POINT),
    "points of classes": (lambda: networks.PointGenerator(5, 8, 1, classes=3), POINT),
    "fully connected": (lambda: networks.FullyConnectedGenerator(28, 3, 5, (8,)), PICTURE),
    "fully connected of classes": (lambda: networks.FullyConnectedGenerator(28, 3, 5, (8, 9), classes=3), PICTURE),
    "DCGAN": (lambda: networks.DCGANGenerator(28, 3, 5, 4), PICTURE),
    "DCGAN of classes": (lambda: networks.DCGANGenerator(28, 3, 5, 4, 4, "none", classes=3), PICTURE),
    "BEGAN": (lambda: networks.BEGANGenerator(28, 3, 5, 4), PICTURE),
    "ProGAN": (lambda: networks.ProGANGenerator(32, 3, 5, 4, 8), (3, 32, 32)),
    "ProGAN of classes": (lambda: networks.ProGANGenerator(32, 3, 5, 4, 8, classes=3), (3, 32, 32)),
    "fully connected, oblong": (lambda: networks.FullyConnectedGenerator((28, 36), 3, 5, (8,)), OBLONG),
    "DCGAN, oblong": (lambda: networks.DCGANGenerator((28, 36), 3, 5, 4), OBLONG),
    "BEGAN, oblong": (lambda: networks.BEGANGenerator((28, 36), 3, 5, 4), OBLONG),
    "ProGAN, oblong": (lambda: networks.ProGANGenerator((64, 16), 3, 5, 4, 8, "tanh", 3), (3, 64, 16)),
    "WaveGAN": (lambda: networks.WaveGANGenerator(256, 2, 5, 4), SOUND),
    "WaveGAN of classes": (
        lambda: networks.WaveGANGenerator(256, 2, 5, 4, 9, "batch", "nearest", post_filter=5, classes=3),
        SOUND,
    ),
}


def dcgan(**options: object) -> Make:
    return lambda: networks.DCGANDiscriminator(28, 3, 4, **options)  # type: ignore[arg-type]


def heads(make: Callable[..., nn.Module], shape: tuple[int, ...]) -> dict[str, tuple[Make, tuple[int, ...]]]:
    options: list[dict[str, object]] = [
        {},
        {"classes": 3},
        {"classes": 3, "condition": "projection"},
        {"classes": 3, "condition": "auxiliary"},
        {"codes": 6},
    ]
    named = {" ".join(str(v) for v in o.values()) or "plain": o for o in options}
    return {name: ((lambda o=o: make(**o)), shape) for name, o in named.items()}


DISCRIMINATORS: dict[str, tuple[Make, tuple[int, ...]]] = {
    **{f"points {n}": d for n, d in heads(lambda **o: networks.PointDiscriminator(8, 2, **o), POINT).items()},
    **{
        f"fully connected {n}": d
        for n, d in heads(lambda **o: networks.FullyConnectedDiscriminator(28, 3, (8,), **o), PICTURE).items()
    },
    **{f"DCGAN {n}": d for n, d in heads(lambda **o: dcgan(**o)(), PICTURE).items()},
    **{
        f"ProGAN {n}": d
        for n, d in heads(lambda **o: networks.ProGANDiscriminator(32, 3, 4, 8, **o), (3, 32, 32)).items()
    },
    "points, batch looked across": (lambda: networks.PointDiscriminator(8, 2, minibatch_discrimination=5), POINT),
    "points, spectrum": (lambda: networks.PointDiscriminator(8, 2, spectral_norm=True, classes=3), POINT),
    "points, autoencoder": (lambda: networks.PointAutoencoderDiscriminator(8, 2, 3), POINT),
    "fully connected, batch looked across": (
        lambda: networks.FullyConnectedDiscriminator(28, 3, (8,), minibatch_discrimination=5, spectral_norm=True),
        PICTURE,
    ),
    "DCGAN, virtual": (dcgan(normalisation="virtual"), PICTURE),
    "DCGAN, virtual, of classes": (dcgan(normalisation="virtual", classes=3, minibatch_deviation=True), PICTURE),
    "DCGAN, none": (dcgan(normalisation="none", kernel=4), PICTURE),
    "DCGAN, spectrum": (dcgan(normalisation="none", spectral_norm=True, condition="projection", classes=3), PICTURE),
    "DCGAN, batch looked across": (dcgan(minibatch_deviation=True, minibatch_discrimination=5), PICTURE),
    "BEGAN": (lambda: networks.BEGANDiscriminator(28, 3, 5, 4), PICTURE),
    "EBGAN": (lambda: networks.EBGANDiscriminator(28, 3, 4), PICTURE),
    "fully connected, oblong": (lambda: networks.FullyConnectedDiscriminator((28, 36), 3, (8,)), OBLONG),
    "DCGAN, oblong": (lambda: networks.DCGANDiscriminator((28, 36), 3, 4, minibatch_deviation=True), OBLONG),
    "BEGAN, oblong": (lambda: networks.BEGANDiscriminator((28, 36), 3, 5, 4), OBLONG),
    "EBGAN, oblong": (lambda: networks.EBGANDiscriminator((28, 36), 3, 4), OBLONG),
    "ProGAN, oblong": (lambda: networks.ProGANDiscriminator((64, 16), 3, 4, 8), (3, 64, 16)),
    **{f"WaveGAN {n}": d for n, d in heads(lambda **o: networks.WaveGANDiscriminator(256, 2, 4, **o), SOUND).items()},
    "WaveGAN, batch": (lambda: networks.WaveGANDiscriminator(256, 2, 4, normalisation="batch"), SOUND),
    "sound, autoencoder": (lambda: networks.WaveAutoencoderDiscriminator(256, 2, 4, 9, 5), SOUND),
    "sound, autoencoder, batch": (
        lambda: networks.WaveAutoencoderDiscriminator(256, 2, 4, 9, 5, "batch", "square"),
        SOUND,
    ),
}


@pytest.fixture(params=GENERATORS)
def generator_case(request: pytest.FixtureRequest) -> tuple[Make, tuple[int, ...]]:
    return GENERATORS[request.param]


@pytest.fixture(params=DISCRIMINATORS)
def discriminator_case(request: pytest.FixtureRequest) -> tuple[Make, tuple[int, ...]]:
    return DISCRIMINATORS[request.param]


def labels(device: str = "cpu") -> Tensor:
    return torch.tensor([0, 1, 2, 1], device=device)


def judged(discriminator: nn.Module, candidate: Tensor, label: Tensor) -> Judgement:
    if hasattr(discriminator, "set_reference"):
        discriminator.set_reference(candidate.detach().flip(0), label.flip(0))
    return discriminator(candidate, label)


def total(judgement: Judgement) -> Tensor:
    """Everything that a judgement says, as one number to differentiate."""
    parts = [judgement.score, judgement.code, judgement.label_logits, judgement.latent_estimate]
    return sum((part.square().sum() for part in parts if isinstance(part, Tensor)), start=torch.zeros(()))


def test_generators_make_candidates(generator_case: tuple[Make, tuple[int, ...]]) -> None:
    make, shape = generator_case
    torch.manual_seed(0)
    generator = make()
    latent = torch.randn(BATCH, 5)
    candidate = generator(latent, labels())
    assert generator.latent_size == 5
    assert candidate.shape == (BATCH, *shape)
    assert not torch.equal(candidate[0], candidate[1])
    assert not torch.equal(generator(-latent, labels()), candidate)


def test_generators_look_at_the_label_if_built_for_classes(generator_case: tuple[Make, tuple[int, ...]]) -> None:
    make, _ = generator_case
    torch.manual_seed(0)
    generator = make()
    latent = torch.randn(BATCH, 5)
    candidate, other = generator(latent, labels()), generator(latent, labels().flip(0))
    if getattr(generator, "classes", 0):
        assert not torch.equal(candidate, other)
        with pytest.raises(AudioganError, match="built for 3 classes and got no labels"):
            generator(latent)
    else:
        torch.testing.assert_close(other, candidate, rtol=0, atol=0)
        torch.testing.assert_close(generator(latent), candidate, rtol=0, atol=0)


def test_a_score_and_all_heads_for_every_candidate(discriminator_case: tuple[Make, tuple[int, ...]]) -> None:
    make, shape = discriminator_case
    torch.manual_seed(0)
    discriminator = make()
    judgement = judged(discriminator, torch.randn(BATCH, *shape), labels())
    assert isinstance(judgement.score, Tensor) and judgement.score.shape == (BATCH,)
    assert judgement.features and all(len(f) == BATCH for f in judgement.features)
    auxiliary = getattr(discriminator, "classifier", None) is not None
    assert (None if judgement.label_logits is None else judgement.label_logits.shape) == (
        (BATCH, 3) if auxiliary else None
    )
    codes = getattr(discriminator, "codes", 0)
    assert (None if judgement.latent_estimate is None else judgement.latent_estimate.shape) == (
        (BATCH, codes) if codes else None
    )
    is_autoencoder = getattr(discriminator, "is_autoencoder", False)
    assert (judgement.code is not None) == is_autoencoder
    if is_autoencoder:
        assert judgement.score.min() >= 0


def test_discriminators_look_at_the_label_if_that_is_their_condition(
    discriminator_case: tuple[Make, tuple[int, ...]],
) -> None:
    make, shape = discriminator_case
    torch.manual_seed(0)
    discriminator = make().eval()
    candidate = torch.randn(BATCH, *shape)
    score = judged(discriminator, candidate, labels()).score
    other = discriminator(candidate, (labels() + 1) % 3).score
    looks = getattr(discriminator, "label_inputs", 0) or getattr(discriminator, "projection", None) is not None
    if looks:
        assert (score - other).abs().min() > 0
        with pytest.raises(AudioganError, match="got no labels"):
            discriminator(candidate)
    else:
        torch.testing.assert_close(other, score, rtol=0, atol=0)
        torch.testing.assert_close(discriminator(candidate).score, score, rtol=0, atol=0)


def test_all_run_forward_and_backward_without_values(
    generator_case: tuple[Make, tuple[int, ...]],
) -> None:
    make, shape = generator_case
    with torch.device("meta"):
        generator = make()
        candidate = generator(torch.empty(BATCH, 5), labels("meta"))
        candidate.sum().backward()
    assert candidate.is_meta and candidate.shape == (BATCH, *shape)


def test_discriminators_run_forward_and_backward_without_values(
    discriminator_case: tuple[Make, tuple[int, ...]],
) -> None:
    make, shape = discriminator_case
    with torch.device("meta"):
        discriminator = make()
        candidate = torch.empty(BATCH, *shape, requires_grad=True)
        judgement = judged(discriminator, candidate, labels("meta"))
        (gradient,) = torch.autograd.grad(judgement.scores()[0].sum(), candidate, create_graph=True)
        gradient.square().sum().backward()
        total(judged(discriminator, candidate, labels("meta"))).backward()
    assert gradient.is_meta and gradient.shape == candidate.shape


def test_every_parameter_learns_in_double_precision(
    generator_case: tuple[Make, tuple[int, ...]],
) -> None:
    make, _ = generator_case
    torch.manual_seed(0)
    generator = make().double()
    candidate = generator(torch.randn(BATCH, 5).double(), labels())
    assert candidate.dtype == torch.float64
    candidate.square().sum().backward()
    assert idle(generator) == set()


def test_every_parameter_of_discriminators_learns_in_double_precision(
    discriminator_case: tuple[Make, tuple[int, ...]],
) -> None:
    make, shape = discriminator_case
    torch.manual_seed(0)
    discriminator = make().double()
    judgement = judged(discriminator, torch.randn(BATCH, *shape).double(), labels())
    assert judgement.scores()[0].dtype == torch.float64
    total(judgement).backward()
    assert idle(discriminator) == set()


def idle(network: nn.Module) -> set[str]:
    """Parameters without a gradient, except those of levels that a grown network has left behind."""
    left_behind = ("to_picture.0", "to_picture.1", "to_picture.2", "from_picture.0", "from_picture.1", "from_picture.2")
    grown = hasattr(network, "set_growth")
    return {
        name
        for name, parameter in network.named_parameters()
        if (parameter.grad is None or not parameter.grad.any()) and not (grown and name.startswith(left_behind))
    }


def test_recipes_name_the_networks_and_their_options() -> None:
    from pydantic import TypeAdapter, ValidationError

    generators = TypeAdapter(choice(networks, "Generator"))
    discriminators = TypeAdapter(choice(networks, "Discriminator"))
    options = generators.validate_python({"name": "DCGANGenerator", "size": 32, "width": 4, "normalisation": "none"})
    assert build(options, networks)(torch.zeros(1, 100)).shape == (1, 3, 32, 32)
    options = discriminators.validate_python({"name": "PointDiscriminator", "minibatch_discrimination": 4})
    assert build(options, networks)(torch.zeros(2, 2)).score.shape == (2,)
    for wrong in ({"width": 0}, {"classes": -1}, {"condition": "hope"}, {"kernel": 1}):
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            discriminators.validate_python({"name": "DCGANDiscriminator", **wrong})
    oblong = generators.validate_json('{"name": "DCGANGenerator", "size": [32, 48], "width": 4}', strict=True)
    assert build(oblong, networks)(torch.zeros(1, 100)).shape == (1, 3, 32, 48)
    assert oblong.model_dump(mode="json")["size"] == [32, 48]
    for wrong in ("0", "[32]", "[32, 0]", "[32, 32, 32]", '"32"', "true", "1.5", "null"):
        with pytest.raises(ValidationError) as refused:
            generators.validate_json(f'{{"name": "DCGANGenerator", "size": {wrong}}}', strict=True)
        (error,) = refused.value.errors()
        assert error["loc"][-1] == "size" and error["msg"].endswith("or two: [height, width]")
    options = generators.validate_python({"name": "DCGANGenerator", "size": 30})
    with pytest.raises(AudioganError, match=r"DCGANGenerator: pictures of 30 pixels .* take 28 or 32"):
        build(options, networks)


@pytest.mark.parametrize(
    "discriminator",
    [
        networks.DCGANDiscriminator(28, 1, 4),
        networks.BEGANDiscriminator(28, 1, 4, 4),
        networks.EBGANDiscriminator(28, 1, 4),
        networks.FullyConnectedDiscriminator(28, 1, (4,)),
        networks.ProGANDiscriminator(32, 1, 4, 4),
        networks.DCGANDiscriminator((28, 36), 1, 4),
    ],
    ids=lambda d: type(d).__name__,
)
def test_pictures_of_another_shape_are_refused(discriminator: nn.Module) -> None:
    for shape in ((1, 30, 30), (3, 28, 28)):
        with pytest.raises(AudioganError, match=rf"takes pictures of shape \[1, .*got \[{shape[0]}, {shape[1]}"):
            discriminator(torch.zeros(2, *shape))
