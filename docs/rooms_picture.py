"""Draws docs/pictures/rooms.svg: the rooms of the house, and which may import which.

`python docs/rooms_picture.py` reads the import contracts in pyproject.toml, from the bottom up as they stand there.
A room stands above all those before it that it may import. What follows from other lines is drawn thin. The command
line, which may import everything, is left without lines, and the foundations, which are free to all, are left out.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "rooms.svg"

WIDTH = 760
BOX_HEIGHT, BOX_GAP, ROW = 40, 12, 80
LETTER, PADDING = 7.6, 14
ABOVE_ALL = "command line"

Edges = set[tuple[str, str]]  # who may import, what

STYLE = """
rect.page { fill: #fff }
rect.room { fill: #e0f2f1; stroke: #00796b }
path { fill: none; stroke: #00796b; stroke-width: 1.6; marker-end: url(#tip) }
path.thin { stroke: #9aa; stroke-width: 0.7; marker-end: none }
text { font: 13px sans-serif; text-anchor: middle; fill: #123 }
text.small { font-size: 11px; fill: #345 }
"""


def contracts() -> list[dict[str, Any]]:
    """The import contracts, as they are listed."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [contract for contract in listed if contract["type"] == "protected"]


def edges_of(listed: list[dict[str, Any]]) -> Edges:
    """Who may import whom directly, by the names of the contracts; what a contract allows within itself is left out."""
    room_of = {module: contract["name"] for contract in listed for module in contract["protected_modules"]}
    found = {
        (room_of[importer], contract["name"])
        for contract in listed
        for importer in contract["allowed_importers"]
        if importer in room_of
    }
    return {(importer, room) for importer, room in found if importer not in (room, ABOVE_ALL)}


def levels_of(names: list[str], edges: Edges) -> dict[str, int]:
    """How high each room stands: above every earlier one that it may import."""
    levels: dict[str, int] = {}
    waiting = [name for name in names if name != ABOVE_ALL]
    while waiting:
        needed = {name: [other for other in waiting if (name, other) in edges] for name in waiting}
        mutual = [name for name in waiting if all((other, name) in edges for other in needed[name])]
        free = [name for name in waiting if not needed[name]]
        for name in free or mutual[:1]:  # of two rooms that may import each other the first one listed is the lower
            levels[name] = 1 + max((levels[other] for other in levels if (name, other) in edges), default=-1)
            waiting.remove(name)
    return {**levels, ABOVE_ALL: 1 + max(levels.values())}


def follows(edge: tuple[str, str], edges: Edges) -> bool:
    """Whether the imported room can be reached from the importer by other lines."""
    reached, ahead = set(), [room for importer, room in edges if importer == edge[0] and room != edge[1]]
    while ahead:
        room = ahead.pop()
        if room not in reached:
            reached.add(room)
            ahead += [other for importer, other in edges if importer == room]
    return edge[1] in reached


def drawn() -> str:
    """The picture."""
    listed = contracts()
    names = [contract["name"] for contract in listed]
    modules = {c["name"]: ", ".join(m.partition(".")[2] for m in c["protected_modules"]) for c in listed}
    edges = edges_of(listed)
    levels = levels_of(names, edges)
    top = max(levels.values())
    places: dict[str, tuple[float, float, float]] = {}  # the middle, the upper edge, the width
    for level in range(top + 1):
        row = [name for name in names if levels[name] == level]
        widths = [2 * PADDING + LETTER * max(len(name), 0.82 * len(modules[name])) for name in row]
        gap = BOX_GAP * len(row) ** 2  # wide rows spread, single rooms step aside for the lines that pass them
        left = (WIDTH - sum(widths) - gap * (len(row) - 1)) / 2 + (level % 2 - 0.5) * 106 * (len(row) == 1)
        for name, width in zip(row, widths, strict=True):
            places[name] = (left + width / 2, 16 + ROW * (top - level), width)
            left += width + gap
    upward = {edge for edge in edges if levels[edge[0]] <= levels[edge[1]]}
    thin, thick = [], []
    for edge in sorted(edges):
        (x, y, _), (to_x, to_y, _) = places[edge[0]], places[edge[1]]
        start, end = (y, to_y + BOX_HEIGHT) if edge in upward else (y + BOX_HEIGHT, to_y)
        bend = (start + end) / 2
        line = f"M{x:.0f} {start} C{x:.0f} {bend:.0f} {to_x:.0f} {bend:.0f} {to_x:.0f} {end}"
        if edge in upward or follows(edge, edges - upward):
            thin.append(f'<path class="thin" d="{line}"/>')
        else:
            thick.append(f'<path d="{line}"/>')
    boxes = []
    for name, (x, y, width) in places.items():
        boxes.append(
            f'<rect class="room" x="{x - width / 2:.0f}" y="{y}" width="{width:.0f}" height="{BOX_HEIGHT}" rx="6"/>'
        )
        alone = name == modules[name]
        boxes.append(f'<text x="{x:.0f}" y="{y + (25 if alone else 17)}">{escape(name)}</text>')
        if not alone:
            boxes.append(f'<text class="small" x="{x:.0f}" y="{y + 32}">{escape(modules[name])}</text>')
    height = 32 + ROW * top + BOX_HEIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    tip = '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    tip += '<path style="fill:#00796b;stroke:none" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    page = f'<rect class="page" width="{WIDTH}" height="{height}"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", tip, page, *thin, *thick, *boxes, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
