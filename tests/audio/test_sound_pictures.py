"""What networks see of sounds: formulas, statistics, the way there and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from audiogan.audio.griffin_lim import spectral_convergence
from audiogan.audio.sound_pictures import InstantaneousFrequency, LogMagnitude, LogMel, SoundPicture, SpecGANMagnitude
from audiogan.audio.stft import STFT
from audiogan.errors import AudioganError

RATE, SAMPLES = 16000, 8192
SMALL: Any = {"frame_length": 512, "hop_length": 128}
EVERY: list[Any] = [
    LogMagnitude(SAMPLES, RATE, 2, iterations=4),
    LogMagnitude(SAMPLES, RATE, 2, iterations=4, inversion="phase_gradient"),
    LogMel(SAMPLES, RATE, 2, iterations=4),
    SpecGANMagnitude(SAMPLES, RATE, 2, iterations=4),
    InstantaneousFrequency(SAMPLES, RATE, 2, **SMALL),
    InstantaneousFrequency(SAMPLES, RATE, 2, **SMALL, bands=128, leave_out="top"),
]


def hits(count: int, channels: int = 1, seed: int = 0) -> torch.Tensor:
    """Decaying noise with a tone, each of another loudness."""
    draws = torch.Generator().manual_seed(seed)
    time = torch.arange(SAMPLES) / RATE
    noise = torch.randn(count, channels, SAMPLES, generator=draws)
    loudness, pitch = torch.rand(2, count, channels, 1, generator=draws)
    tone = torch.sin(2 * math.pi * (200 + 800 * pitch) * time)
    return 0.2 * (0.1 + loudness) * torch.exp(-15 * time) * (0.3 * noise + tone)


def within_band(sound: torch.Tensor) -> torch.Tensor:
    """Without what lies near 0 Hz and near half the rate, and with soft ends."""
    spectrum = torch.fft.rfft(sound)
    spectrum[..., : SAMPLES // 100] = 0
    spectrum[..., -SAMPLES // 100 :] = 0
    return torch.fft.irfft(spectrum, SAMPLES) * torch.hann_window(SAMPLES)


def named(value: Any) -> str | None:
    if not isinstance(value, SoundPicture):
        return None
    picture: Any = value
    return f"{type(picture).__name__}{picture.shape}{getattr(picture, 'inversion', '')}"


def test_published_shapes() -> None:
    specgan = LogMagnitude(16384, RATE)
    assert specgan.shape == specgan.encode(torch.zeros(2, 1, 16384)).shape[1:] == (1, 128, 128)
    gansynth = InstantaneousFrequency(65536, RATE)
    assert gansynth.shape == gansynth.encode(torch.zeros(1, 1, 65536)).shape[1:] == (2, 1024, 128)


@pytest.mark.parametrize("picture", EVERY, ids=named)
def test_there_and_back_shapes_and_bounds(picture: SoundPicture) -> None:
    sounds = hits(5, 2)
    picture.fit(sounds.split(2))
    seen = picture.encode(50 * sounds.requires_grad_())  # far louder than the training set
    assert seen.shape == (5, *picture.shape) and seen.abs().max() == 1 and not seen.requires_grad
    back = picture.decode(seen)
    assert back.shape == sounds.shape and back.dtype == torch.float32 and back.isfinite().all()


@pytest.mark.parametrize("picture", EVERY, ids=named)
def test_statistics_are_in_the_state(picture: SoundPicture) -> None:
    sounds = hits(4, 2)
    picture.fit([sounds])
    state = {name: tensor.clone() for name, tensor in picture.state_dict().items()}
    seen = picture.encode(sounds)
    picture.fit([0.1 * hits(4, 2, seed=1)])
    assert not torch.equal(picture.encode(sounds), seen)
    picture.load_state_dict(state)
    assert torch.equal(picture.encode(sounds), seen)
    assert {tuple(tensor.shape) for tensor in state.values()} <= {
        (picture.shape[1], 1),
        (picture.stft.bins, 1),
        (),
    }  # no matrix


@pytest.mark.parametrize("picture", EVERY, ids=named)
def test_no_global_generator_no_neighbours_no_autocast(
    picture: SoundPicture,
) -> None:
    sounds = hits(3, 2)
    picture.fit([sounds])
    before = torch.random.get_rng_state()
    seen = picture.encode(sounds)
    back = picture.decode(seen)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.testing.assert_close(picture.encode(sounds[1:2]), seen[1:2], atol=1e-6, rtol=0)
    torch.testing.assert_close(picture.decode(seen[1:2]), back[1:2], atol=1e-4, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(picture.encode(sounds), seen) and torch.equal(picture.decode(seen), back)


def test_log_magnitude_is_specgans_formula() -> None:
    training, sounds = hits(6), hits(3, seed=1)
    picture = LogMagnitude(SAMPLES, RATE)
    picture.fit(training.split(4))

    def levels(sound: torch.Tensor) -> np.ndarray:
        return np.log(STFT(256, 128).forward(sound.double()).abs().numpy()[:, :, :-1] + 1e-6)

    mean, deviation = (f(levels(training), axis=(0, 1, 3))[:, None] for f in (np.mean, np.std))
    wanted = np.clip((levels(sounds) - mean) / (3 * deviation), -1, 1)
    np.testing.assert_allclose(picture.encode(sounds).numpy(), wanted, atol=1e-4)


def test_statistics_do_not_depend_on_how_the_training_set_is_cut() -> None:
    training = hits(7)
    one, other = LogMagnitude(SAMPLES, RATE), LogMagnitude(SAMPLES, RATE)
    one.fit([training])
    other.fit(training[n : n + 1] for n in (3, 1, 0, 6, 5, 2, 4))
    torch.testing.assert_close(dict(one.state_dict()), dict(other.state_dict()), atol=1e-5, rtol=1e-6)


def test_a_bin_that_never_changes_keeps_deviation_1() -> None:
    """A faint tone: what leaks into far bins drowns in the floor."""
    tone = torch.sin(2 * math.pi * 1000 * torch.arange(SAMPLES) / RATE)[None, None]
    picture = LogMagnitude(SAMPLES, RATE, floor=1.0, deviations=1.0)
    picture.fit([torch.zeros(1, 1, SAMPLES), 1e-5 * tone])
    assert picture.deviation[100:].eq(1).any()
    assert picture.encode(tone).isfinite().all() and picture.decode(picture.encode(tone)).isfinite().all()


@pytest.mark.parametrize(
    ("picture", "decibels"),
    [
        (LogMagnitude(SAMPLES, RATE), -18),
        (LogMagnitude(SAMPLES, RATE, iterations=60), -25),
        (LogMagnitude(SAMPLES, RATE, inversion="phase_gradient"), -22),
        (LogMel(SAMPLES, RATE, bands=128, frame_length=1024), -7),
        (InstantaneousFrequency(SAMPLES, RATE, **SMALL, bands=256), -10),
    ],
    ids=named,
)
def test_lossy_pictures_keep_the_magnitudes_and_the_level(picture: SoundPicture, decibels: float) -> None:
    training, sounds = hits(12), hits(4, seed=1)
    picture.fit([training])
    back = picture.decode(picture.encode(sounds))
    found = spectral_convergence(picture.stft.forward(back).abs(), picture.stft.forward(sounds).abs())
    assert 20 * torch.log10(found.mean()) < decibels
    power = back.square().mean(-1) / sounds.square().mean(-1)
    assert (10 * torch.log10(power)).abs().max() < 1.5


def test_mel_bands_are_librosas() -> None:
    import librosa

    sounds = hits(2)
    picture = LogMel(SAMPLES, RATE, floor=1e-3)
    mel = librosa.filters.mel(sr=RATE, n_fft=512, n_mels=64)
    wanted = np.log(mel @ STFT(512, 128).forward(sounds).abs().numpy() + 1e-3)
    np.testing.assert_allclose(3 * picture.encode(sounds).numpy(), np.clip(wanted, -3, 3), atol=1e-4)


@pytest.mark.parametrize("leave_out", ["dc", "top"])
@pytest.mark.parametrize("frames", [(2048, 512), (512, 128)])
def test_instantaneous_frequency_there_and_back(leave_out: Any, frames: tuple[int, int]) -> None:
    training, sounds = hits(6), hits(4, seed=1)
    picture = InstantaneousFrequency(
        SAMPLES, RATE, 1, frame_length=frames[0], hop_length=frames[1], leave_out=leave_out
    )
    picture.fit([training])
    stft = STFT(*frames)
    spectrum = stft.forward(sounds)
    spectrum[..., 0 if leave_out == "dc" else -1, :] = 0  # all that the picture does not hold
    found = picture.decode(picture.encode(sounds))
    torch.testing.assert_close(found, stft.inverse(spectrum, SAMPLES), atol=1e-5, rtol=0)
    whole = within_band(sounds)
    torch.testing.assert_close(
        picture.decode(picture.encode(whole)), whole, atol=1e-4 * float(whole.abs().max()), rtol=0
    )


def test_instantaneous_frequency_of_a_steady_sine_is_its_closed_form() -> None:
    """A sine of f Hz turns by 2π·f·hop/rate in each frame; over π and the nearest way round."""
    frequency = 1234.5
    sine = 0.5 * torch.sin(2 * math.pi * frequency * torch.arange(SAMPLES, dtype=torch.float64) / RATE)
    turns = 2 * frequency * 128 / RATE
    wanted = turns - 2 * round(turns / 2)
    picture = InstantaneousFrequency(SAMPLES, RATE, **SMALL, leave_out="top")
    peak = round(frequency * 512 / RATE)
    found = picture.encode(sine[None, None].float())[0, 1, peak - 1 : peak + 2, 4:-3]
    torch.testing.assert_close(found, torch.full_like(found, wanted), atol=1e-3, rtol=0)
    mel = InstantaneousFrequency(SAMPLES, RATE, **SMALL, bands=256, leave_out="top").encode(sine[None, None].float())
    loudest = int(mel[0, 0, :, 20].argmax())
    torch.testing.assert_close(mel[0, 1, loudest, 4:-3], torch.full((57,), wanted), atol=1e-2, rtol=0)


def test_levels_of_the_training_set_reach_from_minus_to_plus_0_8_with_room_beyond() -> None:
    sounds = hits(6)
    picture = InstantaneousFrequency(SAMPLES, RATE, **SMALL)
    picture.fit(sounds.split(2))
    levels = picture.encode(sounds)[:, :1]
    torch.testing.assert_close(torch.stack([levels.amin(), levels.amax()]), torch.tensor([-0.8, 0.8]))
    louder = picture.encode(2 * sounds)[:, :1]  # 6 dB, of a range of about 110
    assert 0.8 < louder.max() < 0.95


@pytest.mark.parametrize("picture", EVERY, ids=named)
@pytest.mark.parametrize(
    ("sounds", "said"),
    [
        ([], "There are no sounds"),
        ([torch.zeros(3, 2, SAMPLES)], "is silent"),
        ([torch.full((3, 2, SAMPLES), 0.25)], "is silent"),
        ([hits(1, 2), hits(1, 2) * math.nan], "no numbers"),
    ],
    ids=["none", "silent", "constant", "not a number"],
)
def test_training_sets_without_statistics_are_told(
    picture: SoundPicture, sounds: list[torch.Tensor], said: str
) -> None:
    with pytest.raises(AudioganError, match=said):
        picture.fit(sounds)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: LogMagnitude(1000, RATE), "1000 samples are no multiple of hop_length 128"),
        (lambda: LogMagnitude(SAMPLES, RATE, hop_length=256), "hop_length is 256, and must lie between 1 and 128"),
        (lambda: LogMel(SAMPLES, RATE, frame_length=256, bands=128), "of 128 bands hold no frequency"),
        (lambda: InstantaneousFrequency(SAMPLES, RATE, bands=1), "bands is 1, and must be 2 or more"),
    ],
)
def test_lengths_that_do_not_go_together_are_refused(build: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build()
