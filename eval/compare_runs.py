"""Several trained models on the same noisy/clean pairs, beside the noisy sound: one Markdown table and a JSON file.

    python eval/compare_runs.py data/debian/pairs/develop/manifest.jsonl \
        "without GAN=runs/segan_mini_no_gan" "with GAN=runs/segan_mini" -o eval/results/segan_mini
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audiogan.data.manifest import PairRow, read_manifest
from audiogan.enhance import Enhancer
from audiogan.errors import AudioganError
from audiogan.metrics.measures import MEASURES
from audiogan.metrics.parallel import available_cores
from audiogan.metrics.results import as_json
from audiogan.metrics.table import Item, Mean, Scored, by_snr, implementations, score_items, summarise

SHOWN = ["pesq_wide", "stoi", "si_sdr", "segmental_snr", "csig", "cbak", "covl", "log_spectral_distance"]


def main() -> int:
    """Enhance, score, write OUT.md and OUT.json; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path, help="manifest.jsonl of audiogan prep")
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL", help="run folders, checkpoints or bundles")
    parser.add_argument("-o", "--out", type=Path, required=True, help="OUT.md and OUT.json are written")
    parser.add_argument("--sound", type=Path, default=Path("runs/compared"), help="folder for the enhanced sound")
    parser.add_argument("--jobs", type=int, default=available_cores())
    arguments = parser.parse_args()
    rows = read_manifest(arguments.manifest)
    systems = dict(model.split("=", 1) for model in arguments.models)
    folders = {name: enhanced(rows, model, arguments.sound / name) for name, model in systems.items()}
    items = [
        Item(row.id, row.clean, {"noisy": row.noisy, **{n: f / row.noisy.name for n, f in folders.items()}}, row.snr_db)
        for row in rows
    ]
    scored = score_items(items, SHOWN, arguments.jobs)
    command = f"python eval/compare_runs.py {' '.join(map(_quoted, sys.argv[1:]))}"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".json").write_text(as_json(scored, SHOWN, command, []) + "\n", encoding="utf-8")
    page = markdown(scored, command)
    arguments.out.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
    return 0


def enhanced(rows: list[PairRow], model: str, folder: Path) -> Path:
    """The folder with every noisy file as the model enhanced it."""
    enhancer = Enhancer.load(model)
    for row in rows:
        enhancer.enhance_file(row.noisy, folder / row.noisy.name)
    return folder


def markdown(scored: list[Scored], command: str) -> str:
    """All means with their 95 % intervals, then PESQ and SI-SDR by SNR."""
    lines = _table(["", *(MEASURES[name].title for name in SHOWN)], [
        [row, *(_interval(means[name]) for name in SHOWN)] for row, means in summarise(scored, SHOWN).items()
    ])  # fmt: skip
    snrs = by_snr(scored, SHOWN)
    for name in ("pesq_wide", "si_sdr", "segmental_snr"):
        lines += ["", f"{MEASURES[name].title}, by SNR:", ""]
        lines += _table(["", *(f"{snr:g} dB" for snr in snrs)], [
            [row, *(_number(table[row][name]) for table in snrs.values())] for row in scored[0].scores
        ])  # fmt: skip
    told = [f"{name}: {how}" for name, how in implementations(SHOWN).items()]
    lines += ["", f"{len(scored)} pairs; in brackets the 95 % bootstrap interval of the mean.", *told]
    return "\n".join([*lines, "", f"Made by `{command}`.", ""])


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def _interval(mean: Mean) -> str:
    return f"{mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}]" if mean.low is not None else _number(mean)


def _number(mean: Mean) -> str:
    return "–" if mean.mean is None else f"{mean.mean:.3f}"


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AudioganError as mistake:
        print(f"compare_runs: {mistake}", file=sys.stderr)
        sys.exit(2)
