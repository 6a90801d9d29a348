"""The page comes whole and from this server alone, and other sites cannot use the server."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

LONGEST_FILE = 400  # lines


def page() -> dict[str, str]:
    """The page's files."""
    return {file.name: file.read_text("utf-8") for file in files("audiogan.demo").joinpath("page").iterdir()}


def test_every_file_is_served_and_short(client: Any) -> None:
    for name, content in page().items():
        answer = client.get("/" if name == "index.html" else f"/{name}")
        assert answer.text == content
        assert len(content.splitlines()) < LONGEST_FILE
    assert client.get("/page.css").headers["content-type"].startswith("text/css")
    assert client.get("/player.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/../serve.py").status_code == 404


def test_nothing_comes_from_elsewhere(client: Any) -> None:
    for name, content in page().items():
        named = re.findall(r"""(?:\bsrc=|\bhref=|\bfrom |\bimport |url\(|addModule\()["']([^"'#]+)""", content)
        assert [word for word in named if not word.startswith(("/", "./"))] == [], name
        for word in named:
            assert client.get(f"/{word.lstrip('./')}").status_code == 200, word
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "http" not in policy


def test_every_control_has_a_name_and_every_id_is_there() -> None:
    html = page()["index.html"]
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    labelled = set(re.findall(r'<label for="([^"]+)"', html))
    for tag, inside in re.findall(r"<(input|select)\b([^>]*)", html):
        (own,) = re.findall(r'\bid="([^"]+)"', inside) or [""]
        wrapped = re.search(rf"<label[^>]*>(?:(?!</label>).)*<{tag}{re.escape(inside)}", html, re.DOTALL)
        assert own in labelled or wrapped, inside
    for script in page().values():
        assert set(re.findall(r'byId\("([^"]+)"\)', script)) <= ids
    assert set(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', html)) <= ids


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:8765", "192.168.1.7:8000", "127.0.0.1"]
)
def test_own_hosts_are_answered(client: Any, host: str) -> None:
    assert client.get("/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "[::1", "", "a b"])
def test_other_hosts_are_refused(client: Any, host: str) -> None:
    for method, address in (("GET", "/"), ("GET", "/models"), ("POST", "/enhance"), ("GET", "/nowhere")):
        answer = client.request(method, address, headers={"Host": host})
        assert answer.status_code == 403, address
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://localhost"])
def test_pages_of_other_origins_are_refused(client: Any, origin: str) -> None:
    answer = client.post("/enhance", headers={"Origin": origin}, content=b"x")
    assert (answer.status_code, "another one" in answer.json()["error"]) == (403, True)


def test_the_page_itself_is_answered(client: Any) -> None:
    answer = client.post("/enhance", headers={"Origin": "http://127.0.0.1:8765"}, content=b"x")
    assert answer.status_code == 404  # for want of a model


def test_what_is_offered_is_told(client: Any) -> None:
    told = client.get("/models").json()
    assert [one["name"] for one in told["denoisers"]] == ["enhancer", "segan"]
    assert told["drawers"] == []
    assert told["limits"] == {"bytes": 1_000_000, "megabytes": 1, "minutes": 0.1}
    assert ".wav" in told["suffixes"]
