"""PESQ, perceptual evaluation of speech quality: ITU-T P.862, mapped by P.862.1 (narrow band) and P.862.2 (wide band).

Implementation: the package `pesq`, which wraps the ITU's reference program.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from numpy.typing import ArrayLike

from audiogan.metrics.pairs import NotMeasurable, Signal, at_rate, checked_pair, need_samples

SHORTEST_SECONDS = 0.25
# The reference program holds 50 utterances and writes past its arrays beyond that. It takes 0.4 s to say one and be
# silent after it, so that up to 20 s nothing can happen; longer sound is scored in a process of its own.
SAFE_SECONDS = 20

_ALONE = """
import sys, numpy, pesq
pair = numpy.frombuffer(sys.stdin.buffer.read(), numpy.float32).reshape(2, -1)
try:
    print(float(pesq.pesq(int(sys.argv[1]), pair[0], pair[1], sys.argv[2])))
except (pesq.PesqError, ValueError) as error:
    print(error.args[0].decode() if isinstance(error.args[0], bytes) else error)
"""


def pesq_wide(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Wide-band PESQ (MOS-LQO, P.862.2), about 1.04 (bad) to 4.64 (the reference itself).

    It is defined at 16 kHz: sound at higher rates is first resampled by soxr. The level of either side plays no part.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 16000 or more.

    Raises:
        NotMeasurable: silence, NaN, unequal lengths, under 0.25 s, a rate below 16 kHz, or no utterance is found.
    """
    return _pesq(estimate, reference, sample_rate, 16000, "wb")


def pesq_narrow(estimate: ArrayLike, reference: ArrayLike, sample_rate: int) -> float:
    """Narrow-band PESQ (MOS-LQO, P.862.1), about 1.02 (bad) to 4.55 (the reference itself).

    The standard's program takes 8 or 16 kHz and filters to the telephone band itself: sound at 16 kHz or more is judged
    at 16 kHz, between 8 and 16 kHz at 8 kHz, resampled by soxr where needed. Tables of speech at 16 kHz hold the figure
    at 16 kHz; the same speech resampled to 8 kHz first scores otherwise (1.665 for 1.607 on the example of the package
    `pesq`). The level of either side plays no part.

    Args:
        estimate: `[samples]`.
        reference: `[samples]`.
        sample_rate: in Hz, 8000 or more.

    Raises:
        NotMeasurable: as `pesq_wide`, with 8 kHz for 16 kHz.
    """
    return _pesq(estimate, reference, sample_rate, 16000 if sample_rate >= 16000 else 8000, "nb")


def _pesq(estimate: ArrayLike, reference: ArrayLike, sample_rate: int, rate: int, mode: str) -> float:
    sides = checked_pair(estimate, reference, sample_rate)
    pair = np.stack([at_rate(side, sample_rate, rate) for side in (sides[1], sides[0])])
    need_samples(pair[0], int(SHORTEST_SECONDS * rate), rate)
    # The program works in float32, where a very faint sound would round to silence.
    pair = (pair / np.abs(pair).max()).astype(np.float32)
    said = _score_alone(pair, rate, mode) if pair.shape[1] > SAFE_SECONDS * rate else _score(pair, rate, mode)
    if not np.isfinite(said):
        raise NotMeasurable("PESQ gives no number")
    return said


def _score(pair: Signal, rate: int, mode: str) -> float:
    import pesq

    try:
        return float(pesq.pesq(rate, pair[0], pair[1], mode))
    except (pesq.PesqError, ValueError) as error:
        said = error.args[0]
        raise NotMeasurable(_reason(said.decode() if isinstance(said, bytes) else str(said))) from None


def _score_alone(pair: Signal, rate: int, mode: str) -> float:
    child = subprocess.run(
        [sys.executable, "-c", _ALONE, str(rate), mode], input=pair.tobytes(), capture_output=True, check=False
    )
    if child.returncode != 0:
        raise NotMeasurable(
            f"the PESQ program broke off: it holds at most 50 utterances, and this lasts {pair.shape[1] / rate:.0f} s"
        )
    said = child.stdout.decode().strip()
    try:
        return float(said)
    except ValueError:
        raise NotMeasurable(_reason(said)) from None


def _reason(said: str) -> str:
    return f"PESQ refuses the pair: {said[:1].lower()}{said[1:].rstrip('.')}"
