"""Reconstruction terms against auraloss, torchmetrics and closed forms."""

from __future__ import annotations

import auraloss
import numpy as np
import pytest
import torch
from torch import Tensor
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio, signal_noise_ratio

from audiogan import objectives
from audiogan.objectives import (
    L1,
    SISDR,
    SNR,
    CompressedSpectrum,
    LostSpeech,
    MultiResolutionSTFT,
    OpinionScore,
    Reconstruction,
)

TERMS = [L1, SISDR, SNR, MultiResolutionSTFT, CompressedSpectrum, LostSpeech]


def pair(samples: int = 8000) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    target = 0.1 * torch.randn(3, 1, samples, generator=rng)
    return target + 0.03 * torch.randn(3, 1, samples, generator=rng), target


def test_l1_is_the_mean_absolute_difference() -> None:
    output = torch.tensor([[[1.0, -2.0]], [[0.0, 0.5]]])
    target = torch.tensor([[[0.0, 2.0]], [[0.0, 0.0]]])
    assert L1()(output, target).item() == pytest.approx((1 + 4 + 0 + 0.5) / 4)


def test_multi_resolution_stft_agrees_with_auraloss() -> None:
    output, target = pair()
    expected = auraloss.freq.MultiResolutionSTFTLoss()(output, target)
    torch.testing.assert_close(MultiResolutionSTFT()(output, target), expected)
    options = {"fft_sizes": (256, 512), "hop_lengths": (64, 100), "window_lengths": (256, 300)}
    theirs = auraloss.freq.MultiResolutionSTFTLoss([256, 512], [64, 100], [256, 300])
    torch.testing.assert_close(MultiResolutionSTFT(**options)(output, target), theirs(output, target))


def test_a_gain_has_its_closed_form_in_the_stft_distance() -> None:
    """|aX| differs from |X| by |a − 1| of its norm, and by |ln a| in the logarithm."""
    _, target = pair()
    assert MultiResolutionSTFT()(2 * target, target).item() == pytest.approx(1 + np.log(2), rel=1e-4)


def test_si_sdr_agrees_with_torchmetrics_and_ignores_level() -> None:
    output, target = pair()
    expected = -scale_invariant_signal_distortion_ratio(output, target, zero_mean=True).mean()
    torch.testing.assert_close(SISDR()(output, target), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(SISDR()(0.3 * output + 0.2, target), expected, rtol=1e-4, atol=1e-4)


def test_si_sdr_has_its_closed_form() -> None:
    """Orthogonal noise at a tenth of the amplitude is 20 dB down."""
    time = torch.arange(1000) / 1000
    target, noise = torch.sin(2 * torch.pi * 50 * time), torch.sin(2 * torch.pi * 70 * time)
    assert SISDR()((target + 0.1 * noise)[None, None], target[None, None]).item() == pytest.approx(-20, abs=1e-3)


def test_snr_agrees_with_torchmetrics_sees_the_level_and_stops_at_its_limit() -> None:
    output, target = pair()
    expected = -signal_noise_ratio(output, target).mean() / 10
    torch.testing.assert_close(SNR(highest_db=120)(output, target), expected, rtol=1e-3, atol=1e-3)
    assert SNR()(0.5 * output, target) > SNR()(output, target)
    assert SNR(highest_db=30)(target, target).item() == pytest.approx(-3, abs=0.01)


def test_the_compressed_spectrum_follows_its_formula() -> None:
    """Again in NumPy, frame by frame."""
    output, target = (x.double() for x in pair(2000))

    def spectrum(x: Tensor) -> np.ndarray:
        padded = np.pad(x.numpy()[:, 0], ((0, 0), (200, 200)), mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, 400, axis=-1)[:, ::100]
        window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(400) / 400)
        return np.fft.rfft(frames * window)

    ours, theirs = spectrum(output), spectrum(target)
    magnitude = np.mean((np.abs(ours) ** 0.3 - np.abs(theirs) ** 0.3) ** 2)
    compressed = [np.abs(x) ** 0.3 * np.exp(1j * np.angle(x)) for x in (ours, theirs)]
    phase_aware = np.mean(np.abs(compressed[0] - compressed[1]) ** 2)
    found = CompressedSpectrum()(output, target).item()
    assert found == pytest.approx(0.9 * magnitude + 0.1 * phase_aware, rel=1e-6)
    only_magnitude = CompressedSpectrum(magnitude_weight=1.0)(output, target).item()
    assert only_magnitude == pytest.approx(magnitude, rel=1e-6)


def test_the_compressed_spectrum_sees_a_flipped_sign_and_the_magnitude_alone_does_not() -> None:
    _, target = pair()
    assert CompressedSpectrum(magnitude_weight=1.0)(-target, target).item() == pytest.approx(0, abs=1e-9)
    assert CompressedSpectrum()(-target, target) > 0.01


@pytest.mark.parametrize("term", TERMS)
def test_the_target_itself_is_the_best_output(term: type[Reconstruction]) -> None:
    output, target = pair()
    assert term()(target, target) < term()(output, target)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("case", ["apart", "equal", "silent target", "silent output", "both silent"])
def test_gradients_are_finite_also_in_silence(term: type[Reconstruction], case: str) -> None:
    output, target = pair()
    output = {"equal": target, "silent output": 0 * output, "both silent": 0 * output}.get(case, output)
    target = 0 * target if "target" in case or "both" in case else target
    output = output.clone().requires_grad_()
    loss = term()(output, target)
    loss.backward()
    assert torch.isfinite(loss) and output.grad is not None and torch.isfinite(output.grad).all()
    if case == "apart":
        assert output.grad.abs().max() > 0


@pytest.mark.parametrize("term", TERMS)
def test_precision_is_kept_in_autocast_and_in_float64(term: type[Reconstruction]) -> None:
    output, target = pair()
    exact = term()(output.double(), target.double())
    assert exact.dtype == torch.float64
    with torch.autocast("cpu", torch.bfloat16):
        inside = term()(output, target)
        rough = term()(output.bfloat16(), target)
    assert inside.dtype == rough.dtype == torch.float32
    torch.testing.assert_close(inside.double(), exact, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(rough.double(), exact, rtol=0.05, atol=1e-3)


@pytest.mark.parametrize("term", TERMS)
def test_terms_run_on_meta(term: type[Reconstruction]) -> None:
    output = torch.empty(2, 1, 4000, device="meta", requires_grad=True)
    term()(output, torch.empty(2, 1, 4000, device="meta")).backward()
    assert output.grad is not None


def test_resolutions_of_unequal_number_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        MultiResolutionSTFT(fft_sizes=(512, 1024), hop_lengths=(128,), window_lengths=(512, 1024))


def test_lost_speech_counts_what_is_missing_and_nothing_else() -> None:
    """Scaled by g < 1, every magnitude loses the share 1 − g^0.3; louder output loses nothing."""
    _, target = (x.double() for x in pair(4000))
    assert LostSpeech()(2 * target, target).item() == 0
    window = torch.hann_window(512, dtype=torch.float64)
    magnitudes = torch.stft(target[:, 0], 512, 256, window=window, return_complex=True).abs()
    expected = (magnitudes**0.3 * (1 - 0.5**0.3)).square().mean().item()
    assert LostSpeech()(0.5 * target, target).item() == pytest.approx(expected, rel=1e-3)


ALL_TERMS = [getattr(objectives, name) for name in objectives.__all__]
PERCEPTUAL = [t for t in ALL_TERMS if issubclass(t, Reconstruction) and t not in (Reconstruction, OpinionScore)]


@pytest.mark.parametrize("term", PERCEPTUAL, ids=lambda term: term.__name__)
def test_an_autocast_does_not_change_a_distance(term: type[Reconstruction]) -> None:
    output, target = pair(8000)
    expected = term()(output, target)
    with torch.autocast("cpu", torch.bfloat16):
        found = term()(output, target)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
