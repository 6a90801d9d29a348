"""Terms beside the game: how far a generator's output is from the target that its input came with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from audiogan.precision import without_autocast
from audiogan.processes import norm_over_batch


class Reconstruction(nn.Module):
    """A distance between output and target, both `[B, channels, samples]`, as a scalar to be minimised.

    Computed in float32, or in float64 where both are, also inside an autocast. The mean over processes of the values
    and of their gradients must be that of the whole batch. A mean over items is so by itself; a term that divides one
    sum by another, or that selects items, uses `norm_over_batch` or `gather_batch` of `audiogan.processes`.
    """

    # It compares spectra of the generator's own, and not sounds: for `on: network` in a recipe.
    of_network_spectra = False

    def __init__(self) -> None:
        super().__init__()

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        precision = torch.promote_types(torch.promote_types(output.dtype, target.dtype), torch.float32)
        with without_autocast(output.device):
            return self.distance(output.to(precision), target.to(precision))

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        """The distance itself, of tensors of one dtype."""
        raise NotImplementedError


class L1(Reconstruction):
    """mean |G − x|, over everything. SEGAN multiplies it by 100."""

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        return (output - target).abs().mean()


class SISDR(Reconstruction):
    """Minus the scale-invariant signal-to-distortion ratio in dB, mean over the batch (Le Roux et al. 2019).

    With means removed and a = ⟨y, x⟩ / ‖x‖²: −10 log10(‖a x‖² / ‖y − a x‖²), arXiv:1811.02508. It does not see the
    output's level: put a term beside it that does.
    """

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        epsilon = torch.finfo(output.dtype).eps
        output = output - output.mean(dim=-1, keepdim=True)
        target = target - target.mean(dim=-1, keepdim=True)
        scale = (output * target).sum(-1, keepdim=True) / (target.square().sum(-1, keepdim=True) + epsilon)
        wanted = scale * target
        ratio = (wanted.square().sum(-1) + epsilon) / ((output - wanted).square().sum(-1) + epsilon)
        return -10 * torch.log10(ratio).mean()


class MultiResolutionSTFT(Reconstruction):
    """Spectral convergence plus log-magnitude distance, mean over resolutions (Yamamoto et al. 2020).

    At each resolution, with magnitudes |X| of the target and |Y| of the output: ‖|X| − |Y|‖ / ‖|X|‖ (Frobenius,
    of the whole batch, so that one silent target cannot rule it) + mean |ln |X| − ln |Y||. The defaults are the paper's
    (arXiv:1910.11480) and auraloss's.

    Args:
        fft_sizes, hop_lengths, window_lengths: in samples, one of each a resolution.
    """

    def __init__(
        self,
        fft_sizes: tuple[int, ...] = (1024, 2048, 512),
        hop_lengths: tuple[int, ...] = (120, 240, 50),
        window_lengths: tuple[int, ...] = (600, 1200, 240),
    ) -> None:
        super().__init__()
        self.resolutions = list(zip(fft_sizes, hop_lengths, window_lengths, strict=True))

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        total = output.new_zeros(())
        for fft_size, hop_length, window_length in self.resolutions:
            window = torch.hann_window(window_length, dtype=output.dtype, device=output.device)
            ours, theirs = (_magnitude(_stft(x, fft_size, hop_length, window)) for x in (output, target))
            convergence = norm_over_batch(theirs - ours) / norm_over_batch(theirs)
            total = total + convergence + (theirs.log() - ours.log()).abs().mean()
        return total / len(self.resolutions)


class CompressedSpectrum(Reconstruction):
    """Distance of power-law compressed spectra, magnitude and complex (the losses of CMGAN, arXiv:2203.15149).

    With C(X) = |X|^p · X / |X|: w · mean (|X|^p − |Y|^p)² + (1 − w) · mean |C(X) − C(Y)|². Compression brings out quiet
    sounds; the complex part sees phase.

    Args:
        fft_size: of the Hamming window and the transform, in samples.
        hop_length: in samples.
        power: p, the exponent of the compression.
        magnitude_weight: w, 0 to 1.
    """

    def __init__(
        self, fft_size: int = 400, hop_length: int = 100, power: float = 0.3, magnitude_weight: float = 0.9
    ) -> None:
        super().__init__()
        self.fft_size, self.hop_length = fft_size, hop_length
        self.power, self.magnitude_weight = power, magnitude_weight

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        window = torch.hamming_window(self.fft_size, dtype=output.dtype, device=output.device)
        ours, theirs = (_stft(x, self.fft_size, self.hop_length, window) for x in (output, target))
        our_size, their_size = _magnitude(ours), _magnitude(theirs)
        magnitude = (our_size**self.power - their_size**self.power).square().mean()
        difference = ours * our_size ** (self.power - 1) - theirs * their_size ** (self.power - 1)
        phase_aware = torch.view_as_real(difference).square().sum(-1).mean()
        return self.magnitude_weight * magnitude + (1 - self.magnitude_weight) * phase_aware


class NetworkSpectrum(Reconstruction):
    """Distance of the compressed spectra that a generator made and should have made (CMGAN, arXiv:2203.15149).

    Of real and imaginary parts `[B, 2, frames, bins]`: w · mean (|X| − |Y|)² + (1 − w) · mean |X − Y|². As in CMGAN's
    code: the spectrum is the one that the generator gives before it becomes sound, for input of root mean square 1, and
    is compressed by the generator. `CompressedSpectrum` computes the spectrum of the output sound instead. For
    `on: network`, with a generator that shows its spectrum.

    Args:
        magnitude_weight: w, 0 to 1.
    """

    of_network_spectra = True

    def __init__(self, magnitude_weight: float = 0.9) -> None:
        super().__init__()
        self.magnitude_weight = magnitude_weight

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        """See the class."""
        ours, theirs = (x.square().sum(1).clamp(min=1e-12).sqrt() for x in (output, target))
        magnitude = (ours - theirs).square().mean()
        phase_aware = (output - target).square().sum(1).mean()
        return self.magnitude_weight * magnitude + (1 - self.magnitude_weight) * phase_aware


class LostSpeech(Reconstruction):
    """What of the target's compressed magnitudes is missing in the output: mean max(0, |X|^p − |Y|^p)².

    The asymmetric term of VoiceFilter-Lite (Wang et al. 2020, arXiv:2009.04323, section 3.3): speech that is taken
    away costs, noise that is left does not. It goes beside a term that counts both.

    Args:
        fft_size: of the Hann window and the transform, in samples.
        hop_length: in samples.
        power: p, the exponent of the compression.
    """

    def __init__(self, fft_size: int = 512, hop_length: int = 256, power: float = 0.3) -> None:
        super().__init__()
        self.fft_size, self.hop_length, self.power = fft_size, hop_length, power

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        """See the class."""
        window = torch.hann_window(self.fft_size, dtype=output.dtype, device=output.device)
        ours, theirs = (_magnitude(_stft(x, self.fft_size, self.hop_length, window)) for x in (output, target))
        return (theirs**self.power - ours**self.power).clamp(min=0.0).square().mean()


class SNR(Reconstruction):
    """Minus the signal-to-noise ratio in bels, mean over the batch, with a limit beyond which nothing is gained.

    With energies S of the target and E of the error: log10((E + r S + ε) / (S + ε)), r being minus `highest_db` and ε
    what a sound of −70 dB full scale holds (after Wisdom et al. 2020, arXiv:2006.12701, section 2.1). Items count alike
    however loud they are. Meant for the waveform as it is heard: `on: waveform` in a recipe with another
    representation.

    Args:
        highest_db: the limit, in dB.
    """

    def __init__(self, highest_db: float = 30.0) -> None:
        super().__init__()
        self.highest_db = highest_db

    def distance(self, output: Tensor, target: Tensor) -> Tensor:
        error, signal = ((output - target).square().sum(-1), target.square().sum(-1))
        floor = 1e-7 * output.shape[-1]
        return torch.log10((error + 10 ** (-self.highest_db / 10) * signal + floor) / (signal + floor)).mean()


def _stft(x: Tensor, fft_size: int, hop_length: int, window: Tensor) -> Tensor:
    """`[B, channels, samples]` → complex `[B · channels, bins, frames]`, the edges reflected."""
    return torch.stft(x.flatten(0, -2), fft_size, hop_length, window.shape[0], window, return_complex=True)


def _magnitude(spectrum: Tensor) -> Tensor:
    """|X|, at least 1e-4, so that logarithm, root and their gradients are finite in silence."""
    return torch.view_as_real(spectrum).square().sum(-1).clamp(min=1e-8).sqrt()
