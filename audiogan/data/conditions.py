"""Conditions between a mouth and a file: ways of speaking, lead-ins, bands, responses, levels and faults of channels.

The order of an item: `spoken`, then tilt and room, then `limited` on both sides, then SNR and level, then `faulted`.
Every draw comes from one generator, a function of counters: the same item is the same under the same keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audiogan.data.codecs import CODECS, check_codecs, coded, uncoded
from audiogan.data.recordings import recordings
from audiogan.data.responses import read_response
from audiogan.data.rooms import in_room
from audiogan.data.settings import Conditions
from audiogan.data.speaking import shouted, sung, whispered
from audiogan.errors import AudioganError

Waveform = NDArray[np.float32]
Leads = Literal["silence", "hiss", "noise"]

TELEPHONE_HZ = 300.0, 3400.0
RADIO_LOW_HZ, RADIO_HIGH_HZ = (150.0, 600.0), (2000.0, 5000.0)
BAND_ORDERS = 2, 6
HIGH_PASS_ORDERS = 1, 8
LEAD_S, AFTER_LEAD_S = 0.5, 1.0
HISS_DB = -70.0, -60.0
CLIPPED_DB = 1.0, 14.0  # of the peak that is cut off
PACKET_S = 0.01, 0.02, 0.03
LOST = 0.02, 0.15
BURST = 2.0  # mean number of packets lost in a row
LOUD_DB = -18.0, -8.0


@dataclass(frozen=True)
class Plan:
    """Conditions of one item.

    Args:
        rng: for what is drawn while they are applied.
        voice: a way of speaking, or None.
        dry: whether the target is without late echoes.
        lead: samples before the speech begins; 0 for none.
        lead_kind: what is heard before it.
        filters: second-order sections, for both sides.
        response: number of the impulse response, or None.
        level_db: active speech level in place of the recipe's, or None.
        codec: name of a codec, or None.
        sign: of both sides.
        clipped: whether the mixture is clipped.
        gaps: whether packets are lost.
    """

    rng: np.random.Generator
    voice: Literal["whisper", "sung", "shouted"] | None
    dry: bool
    lead: int
    lead_kind: Leads
    filters: tuple[NDArray[np.float64], ...]
    response: int | None
    level_db: float | None
    codec: str | None
    sign: float
    clipped: bool
    gaps: bool


class Channel:
    """Draws the conditions of items, and applies them.

    Args:
        settings: shares and ranges.
        window: samples of an item.
        sample_rate: Hz of the items.

    Raises:
        AudioganError: a codec is not installed, a folder of responses is missing or empty, or the window is too short
            for lead-ins.
    """

    def __init__(self, settings: Conditions, window: int, sample_rate: int) -> None:
        self.settings = settings
        self.window = window
        self.sample_rate = sample_rate
        if settings.lead_in and window < (LEAD_S + AFTER_LEAD_S) * sample_rate:
            raise AudioganError(
                f"data.conditions.lead_in needs a data.window of {LEAD_S + AFTER_LEAD_S:g} s or more, "
                f"{round((LEAD_S + AFTER_LEAD_S) * sample_rate)} samples."
            )
        if settings.coded:
            check_codecs(list(settings.codecs), sample_rate)
        folders = settings.response_folders if settings.response else None
        self.responses = [recording.path for recording in recordings(folders, sample_rate)] if folders else []
        self._responses: dict[int, Waveform] = {}

    def plan(self, rng: np.random.Generator) -> Plan:
        """Draw the conditions of an item."""
        options = self.settings
        voice = self._voice(rng)
        lead = 0
        if rng.random() < options.lead_in:
            low, high = LEAD_S * self.sample_rate, self.window - AFTER_LEAD_S * self.sample_rate
            lead = round(rng.uniform(low, high))
        lead_kind: Leads = ("silence", "hiss", "noise")[int(rng.integers(3))]
        codec = options.codecs[int(rng.integers(len(options.codecs)))] if rng.random() < options.coded else None
        narrow = codec is not None and CODECS[codec].rate is not None
        filters = self._filters(narrow, rng)
        response = int(rng.integers(len(self.responses))) if rng.random() < options.response else None
        level = rng.uniform(*LOUD_DB) if voice == "shouted" else None
        if rng.random() < options.wide_level:
            level = rng.uniform(*options.wide_level_db)
        dry = bool(rng.random() < options.dry_target)
        return Plan(
            rng, voice, dry, lead, lead_kind, filters, response, level, codec,
            sign=-1.0 if rng.random() < options.inverted else 1.0,
            clipped=bool(rng.random() < options.clipped),
            gaps=bool(rng.random() < options.packet_loss),
        )  # fmt: skip

    def spoken(self, speech: Waveform, plan: Plan) -> Waveform:
        """Return speech in the way of speaking that was drawn, moved behind the lead-in.

        Args:
            speech: float32 `[window]`.
            plan: of the item.
        """
        if plan.voice == "whisper":
            speech = whispered(speech, self.sample_rate, plan.rng, plan.rng.uniform(0, 0.9))
        elif plan.voice == "sung":
            speech = sung(speech, self.sample_rate, plan.rng)
        elif plan.voice == "shouted":
            speech = shouted(speech, self.sample_rate, plan.rng)
        return np.concatenate([np.zeros(plan.lead, np.float32), speech[: speech.size - plan.lead]])

    def limited(self, side: Waveform, plan: Plan) -> Waveform:
        """Return one side of an item through the device's response and the band limits, and in its polarity."""
        from scipy.signal import sosfilt

        if plan.response is not None:
            side = in_room(side, self._response(plan.response))
        for filter in plan.filters:
            side = sosfilt(filter, side).astype(np.float32)
        return side if plan.sign > 0 else -side

    def without_lead(self, noise: Waveform, plan: Plan) -> Waveform:
        """Return noise that is silent before the speech begins, where the lead-in is silence or hiss."""
        if not plan.lead or plan.lead_kind == "noise":
            return noise
        return np.concatenate([np.zeros(plan.lead, np.float32), noise[plan.lead :]])

    def hiss(self, plan: Plan) -> Waveform | None:
        """Return the hiss of a lead-in at −70 to −60 dB below full scale, float32 `[lead]`, or None."""
        if not plan.lead or plan.lead_kind != "hiss":
            return None
        gain = 10 ** (plan.rng.uniform(*HISS_DB) / 20)
        return (gain * plan.rng.standard_normal(plan.lead)).astype(np.float32)

    def faulted(self, noisy: Waveform, clean: Waveform, plan: Plan) -> tuple[Waveform, Waveform]:
        """Return both sides after the faults of the channel: clipping, a codec, lost packets.

        Clipping and coding are on the noisy side: the clean side is what was there before, in the codec's band. Gaps
        are on both sides: no network that waits for milliseconds can say what was lost.
        """
        if plan.clipped:
            most = np.abs(noisy).max() * 10 ** (-plan.rng.uniform(*CLIPPED_DB) / 20)
            noisy = np.clip(noisy, -most, most)
        if plan.codec:
            noisy = coded(noisy, self.sample_rate, plan.codec, plan.rng)
            clean = uncoded(clean, self.sample_rate, plan.codec)
        if plan.gaps:
            received = _received(self.window, self.sample_rate, plan.rng)
            noisy, clean = noisy * received, clean * received
        return noisy, clean

    def _voice(self, rng: np.random.Generator) -> Literal["whisper", "sung", "shouted"] | None:
        kind = rng.random()
        shares = ("whisper", self.settings.whisper), ("sung", self.settings.sung), ("shouted", self.settings.shouted)
        for name, share in shares:
            if kind < share:
                return name  # type: ignore[return-value]
            kind -= share
        return None

    def _filters(self, narrow: bool, rng: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
        """Band limits as second-order sections; a telephone's where the codec is one of telephones."""
        options, found = self.settings, []
        kind = rng.random()
        if narrow or kind < options.telephone:
            found.append(self._band(TELEPHONE_HZ, rng))
        elif kind < options.telephone + options.radio:
            found.append(self._band((rng.uniform(*RADIO_LOW_HZ), rng.uniform(*RADIO_HIGH_HZ)), rng))
        if rng.random() < options.high_passed:
            edge, order = rng.uniform(*options.high_pass_hz), int(rng.integers(*HIGH_PASS_ORDERS, endpoint=True))
            found.append(_butterworth(order, edge, "highpass", self.sample_rate))
        return tuple(found)

    def _band(self, edges: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float64]:
        order = int(rng.integers(*BAND_ORDERS, endpoint=True))
        if edges[1] < 0.48 * self.sample_rate:
            return _butterworth(order, edges, "bandpass", self.sample_rate)
        return _butterworth(order, edges[0], "highpass", self.sample_rate)

    def _response(self, number: int) -> Waveform:
        if number not in self._responses:
            self._responses[number] = read_response(self.responses[number], self.sample_rate)
        return self._responses[number]


def _butterworth(order: int, edges: float | tuple[float, float], kind: str, sample_rate: int) -> NDArray[np.float64]:
    from scipy.signal import butter

    return np.asarray(butter(order, edges, kind, fs=sample_rate, output="sos"))


def _received(samples: int, sample_rate: int, rng: np.random.Generator) -> Waveform:
    """1 where packets arrived and 0 where they were lost, in bursts (Gilbert's model), one packet at least."""
    packet = round(PACKET_S[int(rng.integers(len(PACKET_S)))] * sample_rate)
    count = -(-samples // packet)
    lost, ends = rng.uniform(*LOST), 1 / BURST
    begins = ends * lost / (1 - lost)
    draws = rng.random(count)
    gone = np.zeros(count, bool)
    state = False
    for number in range(count):
        state = draws[number] < begins if not state else draws[number] >= ends
        gone[number] = state
    if not gone.any():
        gone[int(rng.integers(count))] = True
    return np.repeat(~gone, packet)[:samples].astype(np.float32)
