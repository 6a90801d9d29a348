"""Devices and precisions that a machine has, and those it has not."""

from __future__ import annotations

import pytest
import torch

from audiogan.errors import AudioganError
from audiogan.training.precision import PrecisionPolicy, device_of


def test_auto_takes_what_there_is() -> None:
    assert device_of("cpu") == torch.device("cpu")
    there = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert device_of("auto").type == there


@pytest.mark.parametrize(("word", "message"), [("gpu", "is not a device.*auto, cpu, cuda"), ("tpu:0", "is not")])
def test_an_unknown_device(word: str, message: str) -> None:
    with pytest.raises(AudioganError, match=rf"training\.device: '{word}' {message}"):
        device_of(word)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there() -> None:
    with pytest.raises(AudioganError, match=r"training\.device: this machine has no 'cuda:1'.*auto or cpu"):
        device_of("cuda:1")


def test_fp32_and_bf16_need_no_scaling() -> None:
    for precision in ("fp32", "bf16"):
        policy = PrecisionPolicy(precision, torch.device("cpu"))  # type: ignore[arg-type]
        assert not policy.scaler.is_enabled()
    with pytest.raises(AudioganError, match="fp16"):
        PrecisionPolicy("fp16", torch.device("cpu"))
