"""What was published of the recipes that follow a paper: figures, protocol, corpus, and where audiogan differs.

`audiogan reproduce` and docs/reproducing.md read this table, and nothing else holds a published figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """A published number.

    Args:
        measure: name in `audiogan.metrics.MEASURES`; "" where audiogan has no such measure.
        title: as a table calls it.
        value: as published.
        comparable: why it does not stand beside what audiogan measures; "" where it does.
    """

    measure: str
    title: str
    value: float
    comparable: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a corpus.

    Args:
        folders: folders of the corpus that together hold it.
        items: pairs or sounds in it; None where no count was published.
    """

    folders: tuple[str, ...]
    items: int | None


@dataclass(frozen=True)
class Corpus:
    """The corpus that figures are of, as the program that prepares it writes it.

    Args:
        name: as its publisher calls it.
        kind: "pairs": each folder holds a manifest.jsonl; "sounds": each holds subfolders of sounds, one a label.
        folder: where the recipe looks for it.
        prepare: how to get and prepare it.
        sample_rate: Hz.
        parts: by what they are for.
        labels: subfolders of sounds; 0 for pairs.
    """

    name: str
    kind: Literal["pairs", "sounds"]
    folder: str
    prepare: str
    sample_rate: int
    parts: dict[str, Part]
    labels: int = 0


@dataclass(frozen=True)
class Published:
    """What was published of a recipe.

    Args:
        source: the paper, and the code that was followed.
        corpus: the figures are of.
        figures: as published.
        input: the figures of the unprocessed input, by measure.
        protocol: how they were measured.
        hardware: what was trained on, as far as it is known, and for how long.
        here: what was measured here in its stead.
    """

    source: str
    corpus: Corpus
    figures: tuple[Figure, ...]
    input: dict[str, float]
    protocol: str
    hardware: str
    here: str


@dataclass(frozen=True)
class Difference:
    """Where a recipe differs from what was published."""

    recipe: str
    published: str
    here: str
    why: str


VOICEBANK = Corpus(
    name="VoiceBank-DEMAND, 28 speakers",
    kind="pairs",
    folder="data/voicebank_demand",
    prepare="download the four zip files of https://doi.org/10.7488/ds/2117, then run: python "
    "data_prep/voicebank_demand.py DOWNLOADS data/voicebank_demand",
    sample_rate=16000,
    parts={"training": Part(("train", "valid"), 11_572), "test": Part(("test",), 824)},
)
SC09 = Corpus(
    name="SC09, the digits of Speech Commands 0.01",
    kind="sounds",
    folder="data/sc09",
    prepare="download Speech Commands 0.01 (arXiv:1804.03209 says where), then run: python data_prep/sc09.py ARCHIVE "
    "data/sc09",
    sample_rate=16000,
    parts={"training": Part(("train",), 18_620), "test": Part(("test",), None)},
    labels=10,
)
NSYNTH = Corpus(
    name="NSynth, MIDI pitches 24 to 84",
    kind="sounds",
    folder="data/nsynth",
    prepare="download NSynth (magenta.tensorflow.org/datasets/nsynth) and put the acoustic notes of MIDI pitches 24 to "
    "84 into data/nsynth/train and data/nsynth/test, a subfolder a pitch",
    sample_rate=16000,
    parts={"training": Part(("train",), 70_379), "test": Part(("test",), None)},
    labels=61,
)
NOISY = {
    "pesq_wide": 1.971994, "csig": 3.345373, "cbak": 2.443066, "covl": 2.631938, "segmental_snr": 1.679430,
    "stoi": 0.912074,
}  # fmt: skip
UNTESTED = "the recipe itself was not trained by this project and is untested against the real corpus."
ALL_UTTERANCES = "Mean over the 824 test utterances at 16 kHz, wide-band PESQ."
EVALUATION = "CMGAN's evaluation.py divides floats by 32768 in WSS, which adds about 0.12 to 0.15"
INCEPTION = "of the authors' classifier of digits, of which audiogan has no copy; recalled, not read in the paper"
SCORING = (
    "Inception score of 50,000 samples by the authors' classifier (eval/inception/score.py in chrisdonahue/wavegan); "
    "real training data has 9.18 ± 0.04."
)
WAVEGAN = "Donahue, McAuley & Puckette 2018, arXiv:1802.04208; chrisdonahue/wavegan"


def _scores(*values: float | None, comparable: str = "") -> tuple[Figure, ...]:
    """PESQ, CSIG, CBAK, COVL, segmental SNR and STOI, those that were published."""
    titles = {
        "pesq_wide": "PESQ", "csig": "CSIG", "cbak": "CBAK", "covl": "COVL", "segmental_snr": "segmental SNR, dB",
        "stoi": "STOI",
    }  # fmt: skip
    return tuple(
        Figure(name, title, value, comparable if name in ("csig", "cbak", "covl") else "")
        for (name, title), value in zip(titles.items(), values, strict=False)
        if value is not None
    )


def _sounds(score: float | None, here: str) -> Published:
    figures = () if score is None else (Figure("", "inception score", score, INCEPTION),)
    hardware = "One P100, 4 days for 200,000 steps of WaveGAN; not said of the other games."
    return Published(WAVEGAN, SC09, figures, {}, SCORING, hardware, here)


PUBLISHED: dict[str, Published] = {
    "segan": Published(
        "Pascual, Bonafonte & Serrà 2017, arXiv:1703.09452; santi-pdp/segan",
        VOICEBANK,
        _scores(2.16, 3.48, 2.94, 2.80, 7.73),
        NOISY,
        ALL_UTTERANCES + " Others measure a segmental SNR of 0.78 from the released weights (segan issue 62).",
        "Batch 400, 86 epochs; the code trains on three GPUs with 100 windows on each. Time not published.",
        "segan_mini on two CPU cores, with its table in eval/results/segan_mini.md; " + UNTESTED,
    ),
    "metricgan_plus": Published(
        "Fu et al. 2021, arXiv:2104.03538; SpeechBrain, recipes/Voicebank/enhance/MetricGAN",
        VOICEBANK,
        _scores(3.15, 4.14, 3.16, 3.64, None, 0.93),
        NOISY,
        ALL_UTTERANCES,
        "600 epochs of 100 recordings. GPU and time not published.",
        "enhancer_metricgan, another generator, on one H100; " + UNTESTED,
    ),
    "cmgan": Published(
        "Cao, Abdulatif & Yang 2022, arXiv:2203.15149; ruizhecao96/CMGAN",
        VOICEBANK,
        _scores(3.41, 4.63, 3.94, 4.12, 11.10, 0.96, comparable=EVALUATION),
        NOISY,
        ALL_UTTERANCES + " CSIG, CBAK and COVL by evaluation.py, which stand higher than audiogan's.",
        "Four GPUs, four windows of 2 s on each, 120 epochs. Time not published.",
        "the first steps of cmgan_mini in the tests; " + UNTESTED,
    ),
    "wavegan": _sounds(4.67, "wavegan_mini on drum hits (docs/sounds.md); " + UNTESTED),
    "wavegan_dcgan": _sounds(None, UNTESTED),
    "wavegan_lsgan": _sounds(None, UNTESTED),
    "wavegan_wgan": _sounds(None, UNTESTED),
    "specgan": _sounds(6.03, "specgan_mini on drum hits (docs/sounds.md); " + UNTESTED),
    "gansynth": Published(
        "Engel et al. 2019, arXiv:1902.08710; magenta/magenta, models/gansynth",
        NSYNTH,
        (),
        {},
        "Human ratings, NDB, Fréchet distance, inception score and accuracy of pitch by the authors' classifier. None "
        "is in this table: the paper was not at hand.",
        "One V100, 3 to 4 days for 11 million notes.",
        "gansynth_mini on drum hits (docs/sounds.md); " + UNTESTED,
    ),
}

ALL_ADAM = "wavegan, wavegan_dcgan, specgan"
DIFFERENCES = (
    Difference(
        "segan",
        "virtual batch norm against the batch of real pairs at hand",
        "against the first batch, held fixed",
        "the paper on virtual batch norm has it so",
    ),
    Difference("segan", "windows side by side at inference", "overlapping windows, cross-faded", "no audible seams"),
    Difference(
        "cmgan",
        "the discriminator judges output of the generator before its step",
        "output after it",
        "players see each other as they are; one step of 347,000 lies between",
    ),
    Difference(
        "cmgan",
        "the discriminator sees the generator's own spectrum, at the noisy speech's level",
        "the spectrum of the output sound, at the clean speech's level",
        "a discriminator of audiogan judges sound, whatever made it",
    ),
    Difference("cmgan", "a PESQ that fails drops the batch's step", "drops the item", "the rest of the batch is kept"),
    Difference(
        "metricgan_plus",
        "each pass goes over an epoch's 100 recordings before the generator's turn",
        "the three passes go over each batch, then the generator has its turn",
        "players of the trainer take turns within a step",
    ),
    Difference(
        "metricgan_plus",
        "whole recordings, one at a time",
        "windows of 3 s, four at a time",
        "items of a batch have one length",
    ),
    Difference(
        "metricgan_plus",
        "all past output, a fifth of it in each epoch",
        "256 past outputs, one in each step",
        "they are bounded, and lie in the checkpoint",
    ),
    Difference(
        "metricgan_plus",
        "input stays at its level",
        "input is brought to root mean square 1",
        "files come at any level",
    ),
    Difference(
        "cmgan, metricgan_plus",
        "the best epoch is chosen on the test set",
        "the best step is chosen on held-out training speech",
        "a test set chooses nothing",
    ),
    Difference(
        ALL_ADAM,
        "TensorFlow's Adam, epsilon beside the uncorrected root",
        "PyTorch's",
        "1e-8 against the size of gradients",
    ),
    Difference(
        "wavegan_dcgan",
        "half of the discriminator's loss",
        "the whole of it",
        "Adam does not see a constant factor",
    ),
    Difference(
        "gansynth",
        "unwrapped phases through the mel matrix",
        "circular means of turns",
        "noise becomes nonsense through the matrix: -6 dB there and back in place of -12",
    ),
    Difference("UnivNetDiscriminator", "a rectangular window", "a Hann window", "that of the paper's loss"),
)
