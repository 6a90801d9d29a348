"""Fast Griffin-Lim: a sound for magnitudes whose phase is not known."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from audiogan.audio.stft import STFT
from audiogan.chance import generator

HEADING = 1.1
"""How far ahead, in changes of the spectrum, the relaxed iteration's last heading lies (β of Nenov et al.)."""


@torch.no_grad()
def griffin_lim(
    magnitude: Tensor,
    stft: STFT,
    samples: int,
    iterations: int = 60,
    momentum: float = 0.99,
    phase: Tensor | None = None,
    seed: int = 0,
    relaxation: float = 1.25,
) -> Tensor:
    """The waveforms `[..., samples]` of magnitudes `[..., bins, frames]`, on their device.

    Each iteration goes to the waveform and back, and keeps the phase of what lies ahead of the spectrum found, by
    momentum times its change: fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013). With relaxation, it also moves
    away from where the last iteration was heading: accelerated Griffin-Lim (Nenov, Nguyen, Balazs & Boţ 2023,
    arXiv:2306.12504), 1 to 3 dB nearer after as many iterations (eval/results/griffin_lim.md). The defaults lie beyond
    what is proven to converge; they did so at every overlap from 2 to 16 frames.

    Args:
        magnitude: 0 or more.
        stft: how the magnitudes were framed.
        samples: length of the waveforms.
        iterations: 0 or more; 0 is the inverse transform with the phase at the start.
        momentum: 0 or more; above 1 it need not converge. 0 with relaxation 1 is Griffin & Lim (1984).
        phase: to start from, in radians, of a shape that broadcasts to the magnitude's. By default it is random and
            the same for all of a batch, so that what an item becomes does not depend on its neighbours.
        seed: of the random phase.
        relaxation: 1 is Perraudin's; 1.4 diverged on real sounds.
    """
    goal = magnitude.transpose(-1, -2).contiguous()
    start = random_phase(stft, samples, seed).to(goal) if phase is None else phase
    spectra = torch.polar(goal, start.transpose(-1, -2).to(goal).expand_as(goal).contiguous())
    window = stft.window(goal)
    weight = stft.overlap_weight(samples, window)
    goals = torch.stack([goal, goal], dim=-1)  # as real and imaginary parts lie, which multiplies fastest
    last = heading = None
    for _ in range(iterations):
        found = stft.spectra(stft.overlap_add(spectra, window).mul_(weight), window)
        if last is None or heading is None:
            ahead, heading = found, found.clone()
        else:
            found.mul_(relaxation).sub_(heading, alpha=relaxation - 1)
            change = torch.sub(found, last, out=last)
            ahead = torch.add(found, change, alpha=momentum)
            torch.add(found, change, alpha=HEADING, out=heading)
        last = found
        spectra = torch.sgn(ahead)
        torch.view_as_real(spectra).mul_(goals)
    return stft.inverse(spectra.transpose(-1, -2), samples)


def random_phase(stft: STFT, samples: int, seed: int) -> Tensor:
    """Uniform in [0, 2π), `[bins, frames]`, a function of the seed."""
    shape = (stft.bins, stft.frames(samples))
    return torch.from_numpy(generator(seed, "griffin-lim phase").random(shape, "float32") * (2 * math.pi))


def spectral_convergence(estimate: Tensor, magnitude: Tensor) -> Tensor:
    """How far magnitudes `[..., bins, frames]` lie from those wanted: norm of the difference over the norm, `[...]`.

    0 is equal, 1 is as far as silence. Not a number where the magnitude wanted is silent.
    """
    difference = torch.linalg.vector_norm(estimate - magnitude, dim=(-2, -1))
    return difference / torch.linalg.vector_norm(magnitude, dim=(-2, -1))
