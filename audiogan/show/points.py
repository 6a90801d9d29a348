"""Points of the plane, real and generated, over the discriminator's field."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiogan.writing import write_bytes

MOST_POINTS = 2000
"""Drawn of each kind: more of them hide each other."""

REAL_COLOUR, GENERATED_COLOUR = "black", "tab:orange"


def points_picture(
    path: Path,
    real: NDArray[np.float32],
    made: NDArray[np.float32],
    extent: tuple[float, float, float, float],
    field: NDArray[np.float32] | None = None,
    title: str | None = None,
) -> None:
    """Write a PNG of real and generated points over the discriminator's score. Makes the parent folder.

    Args:
        path: the PNG.
        real, made: `[N, 2]`; the first 2,000 of each are drawn, and generated ones beyond the extent are counted.
        extent: left, right, bottom and top of what is shown.
        field: `[rows, columns]`, the score over the extent, row 0 at the bottom; None where there is none.
        title: above it.

    Raises:
        AudioganError: the place cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    if field is not None:
        image = axis.imshow(field, origin="lower", extent=extent, cmap="Blues", interpolation="bilinear", alpha=0.7)
        figure.colorbar(image, ax=axis, label="discriminator's score")
    for points, colour, name in ((real, REAL_COLOUR, "real"), (made, GENERATED_COLOUR, _named(made, extent))):
        x, y = points[:MOST_POINTS].T
        axis.scatter(x, y, s=4, color=colour, linewidths=0, alpha=0.7, label=name)
    axis.set(xlim=extent[:2], ylim=extent[2:], aspect="equal", title=title)
    figure.legend(loc="outside lower center", ncols=2, markerscale=3, frameon=False)
    file = BytesIO()
    figure.savefig(file, format="png")
    write_bytes(path, file.getvalue())


def _named(made: NDArray[np.float32], extent: tuple[float, float, float, float]) -> str:
    """The legend's word for generated points, with the share of them that cannot be seen."""
    left, right, bottom, top = extent
    inside = (made[:, 0] >= left) & (made[:, 0] <= right) & (made[:, 1] >= bottom) & (made[:, 1] <= top)
    share = 1 - float(inside.mean())
    return f"generated ({share:.0%} beyond the edge)" if share >= 0.005 else "generated"
