"""The transform against torch's and a naive sum, and the way back."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from audiogan.audio.stft import STFT


def noise(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return 0.3 * torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


def test_frames_of_the_published_pictures() -> None:
    assert STFT(256, 128).forward(noise(2, 1, 16384)).shape == (2, 1, 129, 128)
    assert STFT(2048, 512).forward(noise(65536)).shape == (1025, 128)


@pytest.mark.parametrize(("frame", "hop", "samples"), [(256, 64, 1000), (256, 128, 16384), (31, 7, 200)])
def test_centred_frames_are_torchs(frame: int, hop: int, samples: int) -> None:
    waveform = noise(3, samples, dtype=torch.float64)
    window = torch.hann_window(frame, dtype=torch.float64)
    wanted = torch.stft(waveform, frame, hop, window=window, pad_mode="constant", return_complex=True)
    found = STFT(frame, hop, "centred").forward(waveform)
    torch.testing.assert_close(found, wanted[..., : found.shape[-1]])


def test_even_frames_are_the_sum_of_their_definition() -> None:
    waveform, frame, hop = noise(64, dtype=torch.float64), 16, 4
    padded = torch.nn.functional.pad(waveform, (6, 6))
    time, frequency = torch.arange(frame).double(), torch.arange(frame // 2 + 1).double()
    window = torch.sin(math.pi * time / frame) ** 2
    kernel = torch.exp(-2j * math.pi * frequency[:, None] * time / frame)
    wanted = torch.stack([kernel @ (window * padded[4 * t : 4 * t + frame]).to(kernel.dtype) for t in range(16)], 1)
    torch.testing.assert_close(STFT(frame, hop).forward(waveform), wanted)


@given(data=st.data(), frame=st.integers(4, 600), samples=st.integers(1, 3000))
@settings(deadline=None, max_examples=60)
def test_the_sound_comes_back(data: st.DataObject, frame: int, samples: int) -> None:
    hop = data.draw(st.integers(max(1, frame // 16), frame // 2))
    stft, waveform = STFT(frame, hop), noise(2, samples)
    spectrum = stft.forward(waveform)
    assert spectrum.shape == (2, stft.bins, math.ceil(samples / hop))
    torch.testing.assert_close(stft.inverse(spectrum, samples), waveform, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("frame", "hop", "samples"), [(512, 128, 8192), (512, 100, 8191), (256, 128, 1280)])
def test_the_sound_comes_back_from_centred_frames(frame: int, hop: int, samples: int) -> None:
    stft, waveform = STFT(frame, hop, "centred"), noise(samples)
    torch.testing.assert_close(stft.inverse(stft.forward(waveform), samples), waveform, atol=1e-5, rtol=0)


def test_the_inverse_is_the_least_squares_solution() -> None:
    """No sound's spectrum is nearer to an inconsistent spectrum: the residual is orthogonal to every sound."""
    stft = STFT(16, 5)
    spectrum = torch.complex(noise(9, 8, dtype=torch.float64), noise(9, 8, dtype=torch.float64).flip(0))
    spectrum[[0, -1]] = spectrum[[0, -1]].real.to(spectrum.dtype)  # a real sound's are real
    sound = stft.inverse(spectrum, 40).requires_grad_()
    weight = torch.full((9, 1), 2.0, dtype=torch.float64)
    weight[[0, -1]] = 1.0  # all other bins stand for their mirror image too
    (weight * (stft.forward(sound) - spectrum).abs() ** 2).sum().backward()
    torch.testing.assert_close(sound.grad, torch.zeros(40, dtype=torch.float64), atol=1e-12, rtol=0)


def test_gradients_pass_both_ways() -> None:
    stft, sound = STFT(8, 3), noise(2, 10, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(stft.forward, sound)
    assert torch.autograd.gradcheck(lambda s: stft.inverse(s, 10), stft.forward(sound).detach().requires_grad_())


@pytest.mark.parametrize(("frame", "hop"), [(3, 1), (256, 0), (256, 129)])
def test_lengths_that_lose_samples_are_refused(frame: int, hop: int) -> None:
    with pytest.raises(ValueError, match="must"):
        STFT(frame, hop)


def test_a_spectrum_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1024 samples have 129 bins and 8 frames, not 129 and 9"):
        STFT(256, 128).inverse(torch.zeros(129, 9, dtype=torch.complex64), 1024)
