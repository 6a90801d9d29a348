"""The loss that follows DNSMOS, beside DNSMOS itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from audiogan.audio.files import find_sounds, read_mono
from audiogan.metrics.mos import dnsmos
from audiogan.objectives.opinion_score import HIGHEST, OpinionScore

SPEECH = Path(__file__).parents[2] / "data_prep" / "demo_sound" / "test"
WINDOW = 144_160  # samples that DNSMOS judges at a time: 9.01 s


@pytest.fixture(scope="module")
def judge() -> OpinionScore:
    pytest.importorskip("speechmos.dnsmos")
    return OpinionScore()


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """9.01 s of somebody speaking."""
    sounds = np.concatenate([read_mono(path, 16_000) for path in find_sounds(SPEECH)])
    return np.resize(sounds / np.abs(sounds).max(), WINDOW).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.03, 0.3])
def test_it_is_the_score_of_the_package_that_the_weights_come_from(
    judge: OpinionScore, speech: np.ndarray, noise: float
) -> None:
    heard = np.clip(speech + noise * np.random.default_rng(0).standard_normal(WINDOW), -1, 1).astype(np.float32)
    lost = judge(torch.from_numpy(heard)[None, None], torch.zeros(1, 1, WINDOW)).item()
    assert lost == pytest.approx(HIGHEST - dnsmos(heard, 16_000).overall, abs=0.02)


def test_only_the_first_items_are_judged(speech: np.ndarray) -> None:
    pytest.importorskip("speechmos.dnsmos")
    sound = torch.from_numpy(speech[:32_000])[None, None]
    silence_behind = torch.cat([sound, torch.zeros_like(sound)])
    judge = OpinionScore(items=1)
    assert judge(silence_behind, silence_behind).item() == pytest.approx(judge(sound, sound).item(), abs=1e-6)


def test_its_gradient_leads_to_a_better_opinion(judge: OpinionScore, speech: np.ndarray) -> None:
    noisy = speech[:32_000] + 0.05 * np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    sound = torch.from_numpy(noisy)[None, None].requires_grad_()
    before = judge(sound, sound.detach())
    before.backward()
    assert sound.grad is not None
    better = sound.detach() - 0.03 * sound.grad / sound.grad.abs().max()
    assert judge(better, better).item() < before.item() - 0.05


def test_no_weight_of_the_judge_is_trained(judge: OpinionScore) -> None:
    assert not list(judge.parameters())
    assert not judge.state_dict()


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"sample_rate is 8000, and DNSMOS judges sound at 16000"):
        OpinionScore(sample_rate=8_000)


def test_a_missing_package_is_said_with_the_extra_that_brings_it() -> None:
    program = (
        "import sys; sys.modules['onnx'] = None\n"
        "from audiogan.errors import AudioganError\n"
        "from audiogan.objectives import OpinionScore\n"
        "try: OpinionScore()\n"
        "except AudioganError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip().endswith("(onnx). Run: pip install audiogan[dnsmos,export]")
