from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from drums import drum_of, drums_to_hold_out, label_of, wanted

from .conftest import Run, deb, tone, wav_bytes

KIT = "usr/share/hydrogen/data/drumkits/Kit 1.0"
SONIC = "usr/share/sonic-pi/samples"


@pytest.mark.parametrize(
    ("stem", "label"),
    [
        ("PearlKick-Hard", "kick"), ("BD_01", "kick"), ("PowR_BD_1", "kick"), ("drum_bass_soft", "kick"),
        ("SnareRimshot-Med", "snare"), ("SN4_02", "snare"), ("sn_dub", "snare"), ("elec_hi_snare", "snare"),
        ("HH2_03", "hat"), ("FX_Chh_01", "hat"), ("VP Hat 1 Cl", "hat"), ("drum_cymbal_closed", "hat"),
        ("TM_01", "tom"), ("drum_tom_hi_soft", "tom"), ("29800__stomachache__3", "percussion"),
        ("24Ride-1", "cymbal"), ("RD2_04", "cymbal"), ("drum_cymbal_soft", "cymbal"), ("808_Cymbal", "cymbal"),
        ("Cowbell-Hard", "percussion"), ("tabla_ke1", "percussion"), ("SideStick-Soft", "percussion"),
    ],
)  # fmt: skip
def test_names_tell_the_drum(stem: str, label: str) -> None:
    assert label_of(Path(f"{stem}.wav")) == label


def test_all_strengths_of_a_drum_are_held_out_together_and_a_fifth_of_each_label() -> None:
    strengths = ("Hardest", "Hard", "Med", "Soft", "Softest")
    hits = [Path(f"kit/Tom{n}-{strength}.wav") for n in range(10) for strength in strengths]
    hits += [Path(f"kit/Kick{n}-{strength}.wav") for n in range(20) for strength in strengths]
    held_out = drums_to_hold_out(hits)
    assert Counter(label_of(path) for path in hits if drum_of(path) in held_out) == {"tom": 10, "kick": 20}
    assert drum_of(Path("kit/BD_07.wav")) == drum_of(Path("kit/BD_11.wav")) != drum_of(Path("other/BD_11.wav"))


def test_what_is_taken_of_the_packages() -> None:
    assert wanted(f"{KIT}/Kick-Hard.wav") and wanted(f"{SONIC}/bd_808.flac") and wanted("usr/share/doc/x/copyright")
    for name in (f"{KIT}/drumkit.xml", f"{SONIC}/loop_amen.flac", f"{SONIC}/drum_roll.flac", f"{KIT}/emptySample.wav"):
        assert not wanted(name)
    assert not wanted("usr/share/hydrogen/data/drumkits/Millo_Drums_v.1/kick.wav")


def test_hits_are_sorted_and_the_rest_is_counted(run: Run, tmp_path: Path) -> None:
    downloads, out = tmp_path / "downloads", tmp_path / "drums"
    hits = {f"{KIT}/Kick{n}-Hard.wav": wav_bytes(tone(0.2, 60 + n)) for n in range(5)}
    deb(
        downloads / "hydrogen-data_1_all.deb",
        {
            **hits,
            f"{KIT}/Snare-Hard.wav": wav_bytes(np.stack([tone(0.2, 300), tone(0.2, 300)], axis=1)),
            f"{KIT}/Snare-Again.wav": wav_bytes(tone(0.2, 300)),
            f"{KIT}/Tom-Silent.wav": wav_bytes(np.zeros(2000)),
            f"{KIT}/Crash-Endless.wav": wav_bytes(tone(9)),
            f"{KIT}/Ride-Broken.wav": b"RIFF and no more",
            "usr/share/doc/hydrogen-data/copyright": b"GPL-2+",
        },
    )
    deb(downloads / "hydrogen-drumkits_1_all.deb", {"usr/share/doc/hydrogen-drumkits/copyright": b"GPL-2+"})
    deb(downloads / "sonic-pi-samples_1_all.deb", {f"{SONIC}/tabla_ke1.flac": wav_bytes(tone(0.1, 500), format="FLAC")})
    done = run("drums", out, "--downloads", downloads)
    assert done.returncode == 0, done.stderr
    assert "7 hits; left out: 1 silent, 1 there twice, 1 too long, 1 unreadable" in done.stdout
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*.flac"))
    assert sum(name.startswith("held_out/kick/Kit-1-0-Kick") for name in found) == 1
    assert sum(name.startswith("train/kick/Kit-1-0-Kick") for name in found) == 4
    assert "train/percussion/samples-tabla-ke1.flac" in found and len(found) == 7
    assert soundfile.info(next((out / "train" / "snare").iterdir())).channels == 1
    assert sorted(path.name for path in (out / "licences").iterdir()) == ["hydrogen-data.txt", "hydrogen-drumkits.txt"]
    again = run("drums", out, "--downloads", downloads)
    assert again.returncode == 0 and "hits; left out" not in again.stdout
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").touch()
    refused = run("drums", tmp_path / "other")
    assert refused.returncode == 2 and "holds something else than drums" in refused.stderr
