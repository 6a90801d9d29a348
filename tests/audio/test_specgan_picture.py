"""SpecGAN's spectrograms and their inversion against the published rules, written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audiogan.audio.sound_pictures import SpecGANMagnitude
from audiogan.audio.stft import STFT

Spectra = NDArray[np.complex128]
RATE, SAMPLES, FRAME, HOP = 16000, 2048, 256, 128
HANN = np.sin(np.pi * np.arange(FRAME) / FRAME) ** 2  # periodic


def frames_of(sound: NDArray[np.float64], count: int) -> Spectra:
    """`[count, bins]`: frame t begins at sample t · HOP, zeros behind the sound."""
    padded = np.concatenate([sound, np.zeros(count * HOP + FRAME - sound.size)])
    return np.stack([np.fft.rfft(HANN * padded[t * HOP : t * HOP + FRAME]) for t in range(count)])


def added(spectra: Spectra) -> NDArray[np.float64]:
    """Inverse transforms under the window, added at their places and not divided by anything."""
    sound = np.zeros((len(spectra) - 1) * HOP + FRAME)
    for t, one in enumerate(spectra):
        sound[t * HOP : t * HOP + FRAME] += HANN * np.fft.irfft(one, FRAME)
    return sound


def sounds(count: int) -> torch.Tensor:
    draws = torch.Generator().manual_seed(0)
    time = torch.arange(SAMPLES) / RATE
    tones = torch.sin(2 * torch.pi * 700 * (1 + torch.arange(count))[:, None] * time)
    return 0.2 * (tones + torch.randn(count, SAMPLES, generator=draws))[:, None]


@pytest.fixture
def fitted() -> SpecGANMagnitude:
    picture = SpecGANMagnitude(SAMPLES, RATE)
    picture.fit([sounds(4)])
    return picture


def test_its_shape_is_the_published_one() -> None:
    picture = SpecGANMagnitude(16384, RATE)
    assert picture.shape == picture.encode(torch.zeros(2, 1, 16384)).shape[1:] == (1, 128, 128)
    assert STFT(256, 128, "end").frames(16384) == 128


def test_frames_begin_at_the_first_sample_and_zeros_stand_at_the_end() -> None:
    sound = sounds(1)[0].double()
    expected = frames_of(sound[0].numpy(), 16)
    assert np.abs(expected[-1]).max() > 0.1, "the last frame is half sound, half zeros"
    found = STFT(FRAME, HOP, "end").forward(sound)[0].T
    torch.testing.assert_close(found, torch.from_numpy(expected))


def test_pictures_are_the_published_formula(fitted: SpecGANMagnitude) -> None:
    levels = np.stack([np.log(np.abs(frames_of(one[0].double().numpy(), 16)) + 1e-6) for one in sounds(4)])
    mean, deviation = levels.mean((0, 1)), levels.std((0, 1))
    expected = np.clip((levels - mean) / deviation / 3, -1, 1)[..., :-1]
    found = fitted.encode(sounds(4))[:, 0].mT
    torch.testing.assert_close(found, torch.from_numpy(expected).float(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("iterations", [0, 1, 16])
def test_inversion_is_plain_griffin_lim_from_phase_zero(iterations: int) -> None:
    picture = SpecGANMagnitude(SAMPLES, RATE, iterations=iterations).double()
    picture.fit([sounds(4)])
    seen = picture.encode(sounds(1))
    # float64 here, float32 there: the same as long as no phase hangs on rounding.
    levels = np.concatenate([seen[0, 0].double().numpy(), np.zeros((1, 16))]) * 3 * picture.deviation.numpy()
    goal = np.exp(levels + picture.mean.numpy()).T
    spectra = goal.astype(complex)
    for _ in range(iterations):
        found = frames_of(added(spectra), 16)
        spectra = goal * found / np.maximum(1e-8, np.abs(found))
    expected = torch.from_numpy(added(spectra)[:SAMPLES]).float()
    decoded = picture.decode(seen)[0, 0]
    assert decoded.shape == (SAMPLES,)
    assert (decoded - expected).norm() < 2e-3 * expected.norm()


def test_the_level_swings_within_a_hop_as_the_squared_windows_do() -> None:
    stft = STFT(FRAME, HOP, "end")
    sound = sounds(1)[0].double()
    window = stft.window(sound)
    back = stft.overlap_add(stft.forward(sound).mT, window)[0, HOP : SAMPLES - HOP]
    weight = torch.from_numpy(HANN[:HOP] ** 2 + HANN[HOP:] ** 2).repeat(SAMPLES // HOP - 2)
    torch.testing.assert_close(back, sound[0, HOP : SAMPLES - HOP] * weight)
    assert weight.min() == pytest.approx(0.5) and weight.max() == 1
