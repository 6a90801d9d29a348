"""Reading a page as a browser would, and what every page must keep."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np
import soundfile

VOID = {"meta", "img"}
MANY = 4_000_000  # bytes: the most that a page may have


@dataclass
class Element:
    """A node of the tree: its text is that of all below it."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    own_text: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.own_text).split())

    def all(self, name: str) -> list[Element]:
        found = [self] if self.name == name else []
        return found + [one for child in self.children for one in child.all(name)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(name, {key: value or "" for key, value in attributes})
        self.open[-1].children.append(element)
        if name not in VOID:
            self.open.append(element)

    def handle_endtag(self, name: str) -> None:
        assert self.open[-1].name == name, f"</{name}> ends <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, text: str) -> None:
        for element in self.open:
            element.own_text.append(text)


def read_page(text: str) -> Element:
    """The tree of a page that keeps what every page must."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    page = reader.root
    assert len(reader.open) == 1, "every element ends"
    assert len(text.encode()) < MANY
    every = [one for name in ("img", "audio", "a", "link", "script", "source", "iframe") for one in page.all(name)]
    places = [one.attributes.get(key) for one in every for key in ("src", "href") if key in one.attributes]
    assert all(place and place.startswith(("data:", "#")) for place in places), "nothing comes from elsewhere"
    style = page.all("style")[0].text
    assert "url(" not in style and "@import" not in style
    assert page.all("html")[0].attributes["lang"] == "en"
    assert len(page.all("h1")) == 1 and page.all("title")[0].text == page.all("h1")[0].text
    assert all(table.all("caption")[0].text for table in page.all("table"))
    assert all(image.attributes["alt"] for image in page.all("img"))
    assert all(audio.attributes["aria-label"] and "controls" in audio.attributes for audio in page.all("audio"))
    pictures = [svg.attributes for svg in page.all("svg")]
    assert all(a.get("aria-hidden") == "true" or (a["role"] == "img" and a["aria-label"]) for a in pictures)
    ids = {a.attributes["id"] for name in ("section", "div") for a in page.all(name) if "id" in a.attributes}
    assert {a.attributes["href"][1:] for a in page.all("a")} <= ids
    return page


def cells(page: Element, caption: str) -> list[list[str]]:
    """The rows of the table with this caption, its head among them."""
    tables = [table for table in page.all("table") if table.all("caption")[0].text == caption]
    assert len(tables) == 1, [table.all("caption")[0].text for table in page.all("table")]
    return [[cell.text for cell in row.children] for row in tables[0].all("tr")]


def drawn(page: Element, title: str) -> dict[str, Any]:
    """The numbers that a chart holds for its reader: steps, and curves by name."""
    charts = [figure for figure in page.all("figure") if figure.all("h3") and figure.all("h3")[0].text == title]
    assert len(charts) == 1, [figure.all("h3")[0].text for figure in page.all("figure") if figure.all("h3")]
    held = json.loads(charts[0].all("script")[0].text)
    return {"steps": held["steps"], **dict(held["curves"])}


def content(uri: str) -> bytes:
    """The file in a data URI."""
    return base64.b64decode(uri.partition(";base64,")[2], validate=True)


def played(audio: Element) -> tuple[np.ndarray, int]:
    """What an audio element plays: `[samples]` or `[samples, channels]`, and its rate."""
    return soundfile.read(io.BytesIO(content(audio.attributes["src"])))
