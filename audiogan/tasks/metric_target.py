"""What the discriminator of a metric game learns to tell: the measured quality of output, present and past."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from audiogan.audio.representation import Representation
from audiogan.chance import Chance
from audiogan.judgement import Judgement
from audiogan.metrics.parallel import lasting_pool
from audiogan.metrics.quality import PESQ_RANGE, quality_or_nan
from audiogan.processes import gather_batch, need_whole_batch
from audiogan.tasks.game import Judge

LOUDEST = 32767  # past output is kept in 16 bits


class MetricTarget(nn.Module):
    """Has output, its noisy input and past output judged beside their clean speech, with their quality as the target.

    What MetricGAN+ (Fu et al. 2021, arXiv:2104.03538, section 3) lets its discriminator learn from. Of each batch the
    first output is kept; past ones are drawn evenly from those kept, of which a random one goes for each that comes
    once there is no more room. They are buffers, so they are in every checkpoint: 4 bytes a sample for each.

    Args:
        measures: names in `audiogan.metrics.quality.SCALES`; the mean of several is learned.
        sample_rate: Hz.
        window: samples of an item.
        representation: what the networks see of the sound.
        replay: how many past outputs are kept; 0 for none.
        noisy: whether the quality of the noisy speech is learned as well.
        jobs: processes that measure; 1: the training one.
        apart: each turn of the discriminator learns from one kind of pair, see `kinds`; otherwise from all at once.
        pesq_range: PESQ's values that count as 0 and as 1.
    """

    made: Tensor
    wanted: Tensor
    quality: Tensor
    held: Tensor

    def __init__(
        self,
        measures: Sequence[str],
        sample_rate: int,
        window: int,
        representation: Representation,
        replay: int = 256,
        noisy: bool = True,
        jobs: int = 1,
        apart: bool = False,
        pesq_range: tuple[float, float] = PESQ_RANGE,
    ) -> None:
        super().__init__()
        self.representation = representation
        self.judges_noisy, self.jobs, self.apart = noisy, jobs, apart
        self._measure = partial(
            quality_or_nan, sample_rate=sample_rate, measures=tuple(measures), pesq_range=pesq_range
        )
        self._pool: ProcessPoolExecutor | None = None
        self._of_output: Tensor | None = None
        self.register_buffer("made", torch.zeros(replay, window, dtype=torch.int16))
        self.register_buffer("wanted", torch.zeros(replay, window, dtype=torch.int16))
        self.register_buffer("quality", torch.zeros(replay))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))

    def judged(
        self, judge_beside: Callable[[Tensor], Judge], output: Tensor, noisy: Tensor, clean: Tensor, chance: Chance
    ) -> Judgement:
        """The judgement of output, noisy speech and past output, rows of each kind one after the other.

        Args:
            judge_beside: the discriminator, given clean speech, as a function of what is judged beside it.
            output, noisy, clean: `[B, 1, window]`, as the networks see them.
            chance: this batch's draws.
        """
        need_whole_batch()  # its first output is kept
        made, wanted = self.representation.decode(output.to(clean.dtype)), self.representation.decode(clean)
        quality = self.measure(made, wanted)
        self._of_output = quality
        judge = judge_beside(clean)
        judgements = [replace(judge(output, chance), target=quality)]
        if self.judges_noisy:
            of_noisy = self.measure(self.representation.decode(noisy), wanted)
            judgements.append(replace(judge(noisy, chance.within("noisy")), target=of_noisy))
        if len(self.made):
            judgements.append(self._judge_past(judge_beside, chance.within("past"), clean))
            self._keep(made, wanted, quality, chance)
        return _joined(judgements)

    def judged_alone(
        self,
        turn: int,
        judge_beside: Callable[[Tensor], Judge],
        make: Callable[[], Tensor],
        noisy: Tensor,
        clean: Tensor,
        chance: Chance,
    ) -> Judgement:
        """Return the judgement of the one kind of pair that a turn of the discriminator is about; see `turn_kinds`.

        Args:
            turn: of the step, from 0.
            judge_beside, noisy, clean, chance: as in `judged`.
            make: gives the output, `[B, 1, window]`; called only where it is judged.
        """
        need_whole_batch()  # its first output is kept
        kinds = turn_kinds(self.judges_noisy, bool(len(self.made)))
        kind = kinds[turn % len(kinds)]
        if kind == "past":
            return self._judge_past(judge_beside, chance.within("past"), clean)
        judge, wanted = judge_beside(clean), self.representation.decode(clean)
        if kind == "clean":
            return replace(judge(clean, chance), target=torch.ones(len(clean), device=clean.device))
        if kind == "noisy":
            return replace(judge(noisy, chance), target=self.measure(self.representation.decode(noisy), wanted))
        output = make()
        made = self.representation.decode(output.to(clean.dtype))
        quality = self._of_output = self.measure(made, wanted)
        if len(self.made) and turn == kinds.index("output"):
            self._keep(made, wanted, quality, chance)
        return replace(judge(output, chance), target=quality)

    def measure(self, made: Tensor, wanted: Tensor) -> Tensor:
        """The quality of waveforms `[B, 1, samples]` beside clean ones, float32 `[B]`; NaN where it has none."""
        if made.is_meta:
            return made.new_empty(len(made), dtype=torch.float32)
        pairs = list(zip(*(side[:, 0].detach().float().cpu().numpy() for side in (made, wanted)), strict=True))
        if self.jobs == 1:
            return torch.tensor([self._measure(pair) for pair in pairs], device=made.device)
        self._pool = self._pool or lasting_pool(self.jobs)
        try:
            return torch.tensor(list(self._pool.map(self._measure, pairs)), device=made.device)
        except BrokenProcessPool:  # a pair killed its process
            self._pool = None
            return torch.full((len(pairs),), math.nan, device=made.device)

    def vitals(self) -> dict[str, Tensor]:
        """The mean quality of the last batch's output, NaN where none was measured, and the share that was measured."""
        if self._of_output is None:
            return {}
        quality = gather_batch(self._of_output)  # the number of known ones may differ between processes
        known = quality.isfinite()
        total = torch.where(known, quality, 0.0).sum()
        return {"metric.of_output": total / known.sum(), "metric.measured": known.float().mean()}

    def _judge_past(self, judge_beside: Callable[[Tensor], Judge], chance: Chance, like: Tensor) -> Judgement:
        places = (chance.uniform("place", ()).to(self.held.device) * self.held).long()
        made, wanted = (
            self.representation.encode(sounds[places][:, None].to(like.dtype) / LOUDEST)
            for sounds in (self.made, self.wanted)
        )
        quality = torch.where(self.held > 0, self.quality[places], math.nan)  # nothing is kept before the first step
        return replace(judge_beside(wanted)(made, chance), target=quality)

    @torch.no_grad()
    def _keep(self, made: Tensor, wanted: Tensor, quality: Tensor, chance: Chance) -> None:
        """Keep the first output of the whole batch, if its quality is known."""
        first = gather_batch(quality)[0]
        (random_place,) = chance.shared_integers("forgotten", 0, len(self.made) - 1, 1)
        place = torch.where(self.held < len(self.made), self.held, random_place)[None]
        place = place.clamp(max=len(self.made) - 1)
        for kept, sound in ((self.made, made), (self.wanted, wanted)):
            rounded = (gather_batch(sound)[0, 0] * LOUDEST).round().clamp(-LOUDEST, LOUDEST).to(kept.dtype)
            kept[place] = torch.where(first.isfinite(), rounded, kept[place])
        self.quality[place] = torch.where(first.isfinite(), first.to(self.quality.dtype), self.quality[place])
        self.held += (first.isfinite() & (self.held < len(self.made))).long()


def turn_kinds(noisy: bool, replay: bool) -> list[str]:
    """Return the kind of pair that each turn of a step is about where kinds are learned apart.

    As MetricGAN+'s code in three passes: clean speech, output and noisy speech; past output; the first pass again.

    Args:
        noisy: whether noisy speech is judged.
        replay: whether past output is kept.
    """
    current = ["clean", "output", *(["noisy"] if noisy else [])]
    return [*current, *(["past"] if replay else []), *current]


def _joined(judgements: Sequence[Judgement]) -> Judgement:
    """One judgement of all candidates: of scores and targets."""
    listed = isinstance(judgements[0].score, list)
    scores = [torch.cat(parts) for parts in zip(*(judgement.scores() for judgement in judgements), strict=True)]
    targets = [judgement.target for judgement in judgements if judgement.target is not None]
    return Judgement(scores if listed else scores[0], target=torch.cat(targets))
