"""The enhancement game on networks that are written out, so that every loss can be computed by hand."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from audiogan.audio.representation import PreEmphasis, Representation, Waveform
from audiogan.chance import Chance
from audiogan.data.validation_pairs import ValidationPair
from audiogan.judgement import Judgement
from audiogan.networks import CMGANGenerator, SEGANDiscriminator, SEGANGenerator, SEGANPlusDiscriminator
from audiogan.objectives import L1, LeastSquares, MultiResolutionSTFT, NetworkSpectrum, Objective
from audiogan.objectives.objective import Judge
from audiogan.recipe.enhancement import SpeechValidation
from audiogan.tasks import Enhancement
from audiogan.tasks.adversarial import InstanceNoise, Steadying
from audiogan.tasks.enhancement_scores import LOWER_IS_BETTER, enhance, score
from audiogan.tasks.game import Game, Weighted
from tests.tiny_runs import RATE, speech_like

WINDOW = 64


class Gain(nn.Module):
    """The input times a weight, plus what was drawn."""

    def __init__(self, gain: float = 0.5) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(gain))

    def draw(self, chance: Chance, samples: int) -> dict[str, Tensor]:
        return {"z": 0.01 * chance.normal("latent", (1, samples))}

    def forward(self, noisy: Tensor, z: Tensor) -> Tensor:
        self.z = z
        return self.gain * noisy + z


class Means(nn.Module):
    """Scores a · mean candidate² + b · mean noisy² + what was drawn; notes what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = (nn.Parameter(torch.tensor(value)) for value in (3.0, -2.0))
        self.shown: list[tuple[Tensor, Tensor]] = []
        self.references: list[tuple[Tensor, Tensor]] = []

    def draw(self, chance: Chance) -> dict[str, Tensor]:
        return {"offset": chance.uniform("offset", ())}

    def set_reference(self, candidate: Tensor, noisy: Tensor) -> None:
        self.references.append((candidate, noisy))

    def forward(self, candidate: Tensor, noisy: Tensor, offset: Tensor) -> Judgement:
        self.shown.append((candidate, noisy))
        return Judgement(self.a * candidate.square().mean((1, 2)) + self.b * noisy.square().mean((1, 2)) + offset)


def batch(size: int = 3, seed: int = 0) -> dict[str, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return {name: torch.rand(size, 1, WINDOW, generator=rng) - 0.5 for name in ("noisy", "clean")}


def task(
    game: list[Weighted] | None = None,
    reconstruction: list[Weighted] | None = None,
    representation: Representation | None = None,
    discriminator: nn.Module | None = None,
    steadying: Steadying | None = None,
) -> Enhancement:
    return Enhancement(
        generator=Gain(),
        discriminator=discriminator or Means(),
        game=Game(game or [Weighted(LeastSquares(), 1.0)]),
        reconstruction=reconstruction or [Weighted(L1(), 100.0)],
        representation=representation or Waveform(),
        window=WINDOW,
        sample_rate=RATE,
        steadying=steadying,
    )


CHANCE = Chance(5, 7, range(3), "turn/")


def emphasised(x: Tensor, coefficient: float) -> Tensor:
    before = torch.cat([torch.zeros_like(x[..., :1]), x[..., :-1]], -1)
    return x - coefficient * before


@pytest.mark.parametrize("coefficient", [0.0, 0.95])
def test_the_losses_are_those_of_segan(coefficient: float) -> None:
    """Least squares without the half, 100 · mean |output − clean|, all of it on what the networks see."""
    playing, sounds = task(representation=PreEmphasis(coefficient)), batch()
    clean, noisy = (emphasised(sounds[name], coefficient) for name in ("clean", "noisy"))
    output = 0.5 * noisy + 0.01 * CHANCE.normal("latent", (1, WINDOW))

    def score(candidate: Tensor, scope: str) -> Tensor:
        offset = CHANCE.within(scope).uniform("offset", ())
        return 3 * candidate.square().mean((1, 2)) - 2 * noisy.square().mean((1, 2)) + offset

    found = playing.losses("discriminator", sounds, CHANCE)
    expected = ((score(clean, "real") - 1) ** 2).mean() + (score(output, "fake") ** 2).mean()
    assert found.keys() == {"LeastSquares"}
    torch.testing.assert_close(found["LeastSquares"], expected)
    found = playing.losses("generator", sounds, CHANCE)
    assert found.keys() == {"LeastSquares", "L1"}
    torch.testing.assert_close(found["LeastSquares"], ((score(output, "fake") - 1) ** 2).mean())
    torch.testing.assert_close(found["L1"], 100 * (output - clean).abs().mean())


def test_the_discriminator_sees_the_candidate_beside_its_noisy_speech() -> None:
    playing, sounds = task(), batch()
    judge = playing.discriminator
    playing.losses("discriminator", sounds, CHANCE)
    (real, beside_real), (fake, beside_fake) = judge.shown
    assert torch.equal(real, sounds["clean"]) and torch.equal(beside_real, sounds["noisy"])
    assert torch.equal(beside_fake, sounds["noisy"])
    torch.testing.assert_close(fake, 0.5 * sounds["noisy"] + playing.generator.z)
    judge.shown.clear()
    playing.losses("generator", sounds, CHANCE)
    assert len(judge.shown) == 1  # least squares does not look at real speech in the generator's turn
    assert torch.equal(judge.shown[0][1], sounds["noisy"])


def test_each_player_s_losses_reach_its_own_weights() -> None:
    playing = task()
    sum(playing.losses("discriminator", batch(), CHANCE).values()).backward()
    assert playing.generator.gain.grad is None
    assert all(p.grad is not None for p in playing.discriminator.parameters())
    sum(playing.losses("generator", batch(), CHANCE).values()).backward()
    assert playing.generator.gain.grad is not None


def test_draws_are_functions_of_the_counters() -> None:
    playing = task()

    def latents(chance: Chance) -> Tensor:
        playing.losses("generator", batch(len(chance.indices)), chance)
        return playing.generator.z

    first = latents(CHANCE)
    assert torch.equal(latents(CHANCE), first)
    assert torch.equal(latents(Chance(5, 7, [2], "turn/")), first[2:])
    for other in (Chance(5, 8, range(3), "turn/"), Chance(6, 7, range(3), "turn/"), Chance(5, 7, range(3), "turn 2/")):
        assert not (latents(other) == first).any()
    state = torch.get_rng_state()
    playing.losses("discriminator", batch(), CHANCE)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_reference_is_the_first_batch_of_real_pairs() -> None:
    playing, sounds = task(representation=PreEmphasis(0.95)), batch()
    playing.setup(sounds)
    ((candidate, noisy),) = playing.discriminator.references
    torch.testing.assert_close(candidate, emphasised(sounds["clean"], 0.95))
    torch.testing.assert_close(noisy, emphasised(sounds["noisy"], 0.95))
    plus = SEGANPlusDiscriminator(WINDOW, (4,), kernel=7, hidden=(3,))
    task(discriminator=plus).setup(sounds)  # a network without a reference has nothing to hold


def test_the_ablation_has_one_player_and_no_game() -> None:
    alone = Enhancement(Gain(), None, Game([]), [Weighted(L1(), 100.0)], Waveform(), WINDOW, RATE)
    assert [player.name for player in alone.players()] == ["generator"]
    alone.setup(batch())
    losses = alone.losses("generator", batch(), CHANCE)
    assert losses.keys() == {"L1"}
    losses["L1"].backward()
    alone.after_turn("generator")


def test_players_own_their_networks_and_the_generator_is_averaged() -> None:
    playing = task()
    assert [player.name for player in playing.players()] == ["discriminator", "generator"]
    own = [{id(p) for p in player.parameters()} for player in playing.players()]
    assert own == [{id(p) for p in network.parameters()} for network in (playing.discriminator, playing.generator)]
    assert playing.averaged() is playing.generator


def test_terms_of_one_class_are_summed_and_weighted() -> None:
    sounds = batch()
    one = task(reconstruction=[Weighted(L1(), 2.0)]).losses("generator", sounds, CHANCE)
    three = task(reconstruction=[Weighted(L1(), 0.5), Weighted(L1(), 1.5)], game=[Weighted(LeastSquares(), 3.0)])
    losses = three.losses("generator", sounds, CHANCE)
    torch.testing.assert_close(losses["L1"], one["L1"])
    torch.testing.assert_close(losses["LeastSquares"], 3 * one["LeastSquares"])


class Rounded(Gain):
    """What convolutions give under autocast."""

    def forward(self, noisy: Tensor, z: Tensor) -> Tensor:
        return super().forward(noisy, z).bfloat16()


class Everything(Objective):
    """Uses every part of the contract, and notes it."""

    generator_compares = True

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[Any] = []

    def generator_loss(self, fake: Judgement, real: Judgement | None) -> Tensor:
        assert real is not None
        return (fake.scores()[0] - real.scores()[0].detach()).mean()

    def penalty(self, judge: Judge, real_input: Tensor, fake_input: Tensor, chance: Chance) -> Tensor:
        self.noted.append((judge(real_input).scores()[0], fake_input.dtype, torch.is_autocast_enabled("cpu")))
        return judge(fake_input).scores()[0].mean()

    def after_discriminator_step(self, discriminator: nn.Module) -> None:
        self.noted.append(discriminator)

    def after_step(self, real: Judgement, fake: Judgement) -> None:
        self.noted.append((real, fake))


def test_every_part_of_an_objective_is_asked_where_it_belongs() -> None:
    game = Everything()
    playing, sounds = task(game=[Weighted(LeastSquares(), 1.0), Weighted(game, 10.0)]), batch()
    playing.generator = Rounded()
    with torch.autocast("cpu", torch.bfloat16):
        found = playing.losses("discriminator", sounds, CHANCE)
    assert found.keys() == {"LeastSquares", "Everything.penalty"}
    ((score, kind, autocast),) = game.noted
    assert kind == torch.float32 and not autocast
    offset = CHANCE.within("penalty").uniform("offset", ())
    torch.testing.assert_close(
        score, 3 * sounds["clean"].square().mean((1, 2)) - 2 * sounds["noisy"].square().mean((1, 2)) + offset
    )
    playing.after_turn("discriminator")
    assert game.noted[1] is playing.discriminator
    playing.after_step()
    real, fake = game.noted[2]
    torch.testing.assert_close(found["LeastSquares"], ((real.score - 1) ** 2).mean() + (fake.score**2).mean())
    playing.losses("generator", sounds, CHANCE)
    playing.after_turn("generator")
    playing.after_step()  # nothing was judged since
    assert len(game.noted) == 3
    assert "Everything" in playing.losses("generator", sounds, CHANCE)


def test_the_state_holds_networks_objectives_and_the_reference() -> None:
    def segan(seed: int) -> Enhancement:
        torch.manual_seed(seed)
        judge = SEGANDiscriminator(WINDOW, (4, 8), kernel=7, stride=4)
        generator = SEGANGenerator((4, 8), kernel=7, stride=4, latent_channels=2)
        return Enhancement(
            generator, judge, Game([Weighted(LeastSquares(), 1.0)]), [Weighted(L1(), 100.0)], Waveform(), WINDOW, RATE
        )

    one, other, sounds = segan(0), segan(1), batch()
    one.setup(batch(seed=4))
    other.load_state_dict(one.state_dict())
    for player in ("discriminator", "generator"):
        ours, theirs = (playing.losses(player, sounds, CHANCE) for playing in (one, other))
        assert all(torch.equal(ours[name], theirs[name]) for name in ours.keys() | theirs.keys())


class Passing(nn.Module):
    """The input times a weight."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(gain))

    def forward(self, noisy: Tensor) -> Tensor:
        assert not self.training
        return self.gain * noisy


def validated(generator: nn.Module, pairs: list[ValidationPair], best: str = "si_sdr", **options: Any) -> Any:
    measures = options.pop("measures", ["si_sdr", "log_spectral_distance"])
    playing = Enhancement(
        generator,
        None,
        Game([]),
        [Weighted(MultiResolutionSTFT(), 1.0)],
        PreEmphasis(0.95),
        WINDOW,
        RATE,
        measures,
        best,
    )
    return playing.validate(pairs, generator)


def pair(snr_gain: float, seed: int = 0) -> ValidationPair:
    clean = speech_like(RATE, seed)
    noise = np.random.default_rng(seed).standard_normal(RATE).astype(np.float32)
    return ValidationPair(f"p{seed}", (clean + snr_gain * noise).astype(np.float32), clean)


def test_validation_stands_beside_the_noisy_row() -> None:
    pairs = [pair(0.05), pair(0.01, 1)]
    found = validated(Passing(), pairs)
    assert found.numbers["si_sdr"] == pytest.approx(found.numbers["si_sdr_noisy"], abs=1e-3)
    expected = []
    for one in pairs:
        noisy, clean = (x.astype(np.float64) - x.mean(dtype=np.float64) for x in (one.noisy, one.clean))
        wanted = (noisy @ clean) / (clean @ clean) * clean
        expected.append(10 * np.log10((wanted @ wanted) / ((noisy - wanted) @ (noisy - wanted))))
    assert found.numbers["si_sdr_noisy"] == pytest.approx(np.mean(expected), abs=0.05)
    assert found.quality == found.numbers["si_sdr"]
    assert [sample.name for sample in found.samples] == ["p0", "p1"]
    sample = found.samples[0]
    np.testing.assert_array_equal(sample.given["clean"][0], pairs[0].clean)
    np.testing.assert_array_equal(sample.given["noisy"][0], pairs[0].noisy)
    np.testing.assert_allclose(sample.made["enhanced"][0], pairs[0].noisy, atol=1e-5)


class Forgetful(nn.Module):
    """Passes what it has heard on, less and less the longer it hears, as one that remembers might."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, noisy: Tensor) -> Tensor:
        return self.gain * noisy / torch.arange(1, noisy.shape[-1] + 1)

    def step(self, sound: Tensor, state: Any) -> Any:
        raise NotImplementedError


def test_what_takes_streams_is_validated_on_whole_recordings() -> None:
    one = pair(0.05)
    found = enhance(one.noisy, Forgetful(), Waveform(), WINDOW)
    np.testing.assert_allclose(found, one.noisy / np.arange(1, one.noisy.size + 1), rtol=1e-5, atol=1e-7)


def test_where_less_is_better_the_quality_is_turned_round() -> None:
    noisy, noisier = (validated(Passing(), [pair(gain)], best="log_spectral_distance") for gain in (0.01, 0.1))
    assert noisy.numbers["log_spectral_distance"] < noisier.numbers["log_spectral_distance"]
    assert noisy.quality == -noisy.numbers["log_spectral_distance"] > noisier.quality


def test_what_cannot_be_judged_is_counted_and_enters_no_mean() -> None:
    silent = ValidationPair("silent", pair(0.05).noisy, np.zeros(RATE, np.float32))
    both = validated(Passing(), [pair(0.05), silent], measures=["si_sdr"])
    alone = validated(Passing(), [pair(0.05)], measures=["si_sdr"])
    assert both.numbers == {**alone.numbers, "si_sdr_not_measurable": 1}
    none = validated(Passing(), [silent], measures=["si_sdr"])
    assert none.numbers == {"si_sdr_not_measurable": 1} and none.quality is None


def test_the_generator_s_mode_is_left_as_it_was() -> None:
    generator = Passing().train()
    validated(generator, [pair(0.05)])
    assert generator.training


def test_a_term_compares_what_is_heard_where_it_is_asked_to() -> None:
    sounds = batch()
    emphasis = PreEmphasis(0.95)
    seen = task(reconstruction=[Weighted(L1(), 1.0)], representation=emphasis)
    heard = task(reconstruction=[Weighted(L1(), 1.0, on="waveform")], representation=emphasis)
    losses = [playing.losses("generator", sounds, CHANCE)["L1"] for playing in (seen, heard)]
    output = 0.5 * emphasis.encode(sounds["noisy"]) + seen.generator.z
    torch.testing.assert_close(losses[0], (output - emphasis.encode(sounds["clean"])).abs().mean())
    torch.testing.assert_close(losses[1], (emphasis.decode(output) - sounds["clean"]).abs().mean())
    assert losses[0] != losses[1]


def test_instance_noise_reaches_the_candidate_and_not_the_noisy_speech() -> None:
    sounds = batch()
    plain, noisier = task(), task(steadying=Steadying(InstanceNoise(0.5, 10)))
    scores = [playing.losses("discriminator", sounds, CHANCE)["LeastSquares"] for playing in (plain, noisier)]
    assert scores[0] != scores[1]
    noisier.begin_step(10, 0)
    torch.testing.assert_close(noisier.losses("discriminator", sounds, CHANCE)["LeastSquares"], scores[0])


@pytest.mark.parametrize("measure", get_args(SpeechValidation.model_fields["best"].annotation))
def test_validation_takes_every_measure_of_the_schema(measure: str) -> None:
    sample_rate = 16_000
    clean = speech_like(sample_rate, 0)
    noisy = clean + 0.05 * np.random.default_rng(0).standard_normal(clean.size).astype(np.float32)
    enhanced = (clean + 0.1 * (noisy - clean)).astype(np.float32)
    numbers = score([ValidationPair("p", noisy, clean)], [enhanced], sample_rate, [measure], measure).numbers
    assert set(numbers) == {measure, f"{measure}_noisy"}
    better, worse = (measure, f"{measure}_noisy")[:: -1 if measure in LOWER_IS_BETTER else 1]
    assert numbers[better] > numbers[worse]


def test_terms_on_the_network_are_cmgan_s_losses() -> None:
    """0.9 · MSE of magnitudes + 0.1 · (MSE of real + of imaginary parts), and 0.2 · mean |time|, at level 1."""
    torch.manual_seed(0)
    generator = CMGANGenerator(channels=4, heads=2, blocks=1, kernel=3, fft_size=64, hop_length=16).eval()
    terms = [Weighted(NetworkSpectrum(0.9), 1.0, "network"), Weighted(L1(), 0.2, "network")]
    whole = Enhancement(generator, None, Game([]), terms, Waveform(), 640, RATE)
    rng = torch.Generator().manual_seed(1)
    noisy, clean = (0.1 * torch.randn(2, 1, 640, generator=rng) for _ in range(2))
    losses = whole.losses("generator", {"noisy": noisy, "clean": clean}, Chance(0, 0, range(2)))
    output, made = generator.with_spectrum(noisy)
    rms = noisy.square().mean(-1, keepdim=True).sqrt()
    window = torch.hamming_window(64)
    spectrum = torch.stft((clean / rms)[:, 0], 64, 16, 64, window, return_complex=True).mT
    target = torch.polar(spectrum.abs() ** 0.3, spectrum.angle())
    ours = torch.complex(made[:, 0], made[:, 1])
    mse = torch.nn.functional.mse_loss
    parts = mse(ours.real, target.real) + mse(ours.imag, target.imag)
    expected = 0.9 * mse(ours.abs(), target.abs()) + 0.1 * parts
    assert losses["NetworkSpectrum"].item() == pytest.approx(expected.item(), rel=1e-4)
    time = 0.2 * ((output - clean) / rms).abs().mean()
    assert losses["L1"].item() == pytest.approx(time.item(), rel=1e-4)
