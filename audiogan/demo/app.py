"""The page's server: it takes a sound, gives it back enhanced, and keeps nothing.

Every request has a folder, a thread and a stream of its own, so that sounds never mix. The folder is gone before the
answer begins: what is sent is read from a file that has no name any more.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from audiogan.audio.files import SoundInfo
from audiogan.audio.formats import FORMATS
from audiogan.audio.media import is_media
from audiogan.demo.guard import Guard
from audiogan.demo.limits import Limits, RefusedError
from audiogan.demo.shelf import Shelf
from audiogan.demo.work import AbandonedError, Job, Wish, as_wav, draw, enhance
from audiogan.errors import AudioganError, explain_os_error

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

Result = TypeVar("Result")

AT_ONCE = 32  # requests that may wait or be worked on; more are sent away
PIECE = 1 << 20  # bytes of a file that is sent
LOOK_EVERY = 0.3  # seconds, at whether the visitor is still there
MEDIA = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Demo:
    """The server's state: what it offers, where it works, and what it is working on.

    Args:
        shelf: the models.
        limits: of a sound.
        folder: for files while they are worked on.
    """

    def __init__(self, shelf: Shelf, limits: Limits, folder: Path) -> None:
        self.shelf = shelf
        self.limits = limits
        self.folder = folder
        self.jobs: dict[str, Job] = {}
        self._closing = False
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="audiogan-demo")

    def abandon(self) -> None:
        """Let all work end at its next block, and begin no other."""
        self._closing = True
        for job in list(self.jobs.values()):
            job.abandoned = True

    def close(self) -> None:
        """End all work, and wait until it has ended."""
        self.abandon()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def models(self, request: Request) -> Response:
        """What is offered, and within which limits."""
        from starlette.responses import JSONResponse

        limits = {"bytes": self.limits.bytes, "megabytes": self.limits.megabytes, "minutes": self.limits.minutes}
        return JSONResponse({**self.shelf.told(), "limits": limits, "suffixes": sorted(FORMATS)})

    async def progress(self, request: Request) -> Response:
        """How much of a request's work is done, by the ticket that it was given; null where nobody knows."""
        from starlette.responses import JSONResponse

        job = self.jobs.get(request.query_params.get("ticket", ""))
        return JSONResponse({"share": job.share if job else None})

    async def enhance(self, request: Request) -> Response:
        """A sound in the request's body, enhanced, in its own format."""
        asked = request.query_params
        denoiser = self.shelf.denoiser(asked.get("model", ""))
        channels: Any = asked.get("channels") or None
        enhancer = denoiser.enhancer.adjusted(_number(asked, "strength"), _number(asked, "limit"), channels)

        def lost_above(info: SoundInfo) -> int | None:
            return enhancer.sample_rate // 2 if enhancer.loses_band(info.sample_rate) else None

        return await self._file(request, lambda source, job: enhance(enhancer, source, self.limits, job), lost_above)

    async def wav(self, request: Request) -> Response:
        """A sound in the request's body as a WAV file."""
        return await self._file(request, lambda source, job: as_wav(source, self.limits, job))

    async def generate(self, request: Request) -> Response:
        """Samples of a generator."""
        from starlette.responses import JSONResponse

        asked = request.query_params
        drawer = self.shelf.drawer(asked.get("model", ""))
        walk = (_whole(asked, "from", 0), _whole(asked, "to", 1)) if "to" in asked else None
        truncation = _number(asked, "truncation")
        wish = Wish(_whole(asked, "count", 1), _whole(asked, "seed", 0), asked.get("label"), truncation, walk)
        with self._job(asked) as job, self._own_folder() as folder:
            return JSONResponse(await self._in_thread(request, job, lambda: draw(drawer, wish, folder)))

    async def _file(
        self,
        request: Request,
        work: Callable[[Path, Job], tuple[Path, SoundInfo]],
        lost_above: Callable[[SoundInfo], int | None] = lambda info: None,
    ) -> Response:
        from starlette.responses import StreamingResponse

        asked = request.query_params
        name = Path(asked.get("name", "").replace("\\", "/")).name or "sound"
        with self._job(asked) as job, self._own_folder() as folder:
            source = folder / f"sound{_suffix(name)}"
            await self._receive(request, source)
            if is_media(source):  # browsers decode these: the server runs no decoder of films for strangers
                raise RefusedError(f"{name}: the server reads {' '.join(sorted(FORMATS))}.", 415)
            try:
                made, info = await self._in_thread(request, job, lambda: work(source, job))
            except AudioganError as mistake:
                said = re.sub(rf"{re.escape(str(folder))}/[\w.-]+", lambda _: name, str(mistake))
                raise RefusedError(said, getattr(mistake, "status", 400)) from None
            size, file = made.stat().st_size, made.open("rb")
        told = {
            "sample_rate": info.sample_rate, "channels": info.channels, "samples": info.samples,
            "format": info.format, "subtype": info.subtype, "lost_above": lost_above(info),
        }  # fmt: skip
        headers = {"Content-Length": str(size), "X-Sound": json.dumps(told)}
        return StreamingResponse(_pieces(file), headers=headers, media_type="application/octet-stream")

    async def _receive(self, request: Request, place: Path) -> None:
        from starlette.requests import ClientDisconnect

        length = request.headers.get("content-length", "")
        self.limits.see_that_size_fits(int(length) if length.isdecimal() else 0)
        size = 0
        try:
            with place.open("wb") as file:
                async for chunk in request.stream():
                    size += len(chunk)
                    self.limits.see_that_size_fits(size)
                    file.write(chunk)
        except OSError as problem:
            raise RefusedError(f"The server could not store the sound: {explain_os_error(problem)}", 503) from None
        except ClientDisconnect:
            raise RefusedError("The connection was lost.", 400) from None

    async def _in_thread(self, request: Request, job: Job, work: Callable[[], Result]) -> Result:
        """Do work while others are answered; it ends early if the visitor leaves."""

        async def watch() -> None:
            while not await request.is_disconnected():
                await asyncio.sleep(LOOK_EVERY)
            job.abandoned = True

        watcher = asyncio.ensure_future(watch())
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _unless_abandoned, job, work)
        finally:
            job.abandoned = True  # where this was cancelled, the thread goes on
            watcher.cancel()

    @contextmanager
    def _job(self, asked: QueryParams) -> Iterator[Job]:
        if self._closing:
            raise RefusedError("The server is being closed.", 503)
        if len(self.jobs) >= AT_ONCE:
            raise RefusedError("Too many people use this page at the moment. Try again in a minute.", 503)
        job = Job()
        ticket = asked.get("ticket", "")[:40]
        if not ticket or ticket in self.jobs:
            ticket = str(id(job))
        self.jobs[ticket] = job
        try:
            yield job
        finally:
            self.jobs.pop(ticket, None)

    @contextmanager
    def _own_folder(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def build_app(demo: Demo, hosts: Iterable[str] = ()) -> Starlette:
    """The application.

    Args:
        demo: the state.
        hosts: names under which the server may be asked, see `Guard`.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def tell(request: Request, problem: Exception) -> Response:
        return JSONResponse({"error": str(problem)}, getattr(problem, "status", 400))

    page = [Route(path, _static(content, kind)) for path, content, kind in _page_files()]
    routes = [
        *page,
        Route("/models", demo.models),
        Route("/progress", demo.progress),
        Route("/enhance", demo.enhance, methods=["POST"]),
        Route("/wav", demo.wav, methods=["POST"]),
        Route("/generate", demo.generate, methods=["POST"]),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={AudioganError: tell, AbandonedError: tell},
        middleware=[Middleware(Guard, hosts=tuple(hosts))],
    )


def _page_files() -> Iterator[tuple[str, bytes, str]]:
    """The address, content and media type of each file of the page. Its colours and type are those of reports."""
    yield "/page.css", files("audiogan.show").joinpath("page.css").read_bytes(), MEDIA[".css"]
    for file in files("audiogan.demo").joinpath("page").iterdir():
        kind = MEDIA[Path(file.name).suffix]
        yield "/" if file.name == "index.html" else f"/{file.name}", file.read_bytes(), kind


def _static(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    from starlette.responses import Response

    async def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _unless_abandoned(job: Job, work: Callable[[], Result]) -> Result:
    job.advance(0)  # it may have waited for a thread while the visitor left
    return work()


def _suffix(name: str) -> str:
    """The suffix of a visitor's file, by which the format of what is written is chosen, if it can be one."""
    suffix = Path(name).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ""


def _number(asked: QueryParams, key: str) -> float | None:
    word = asked.get(key, "").strip()
    try:
        return float(word) if word else None
    except ValueError:
        raise AudioganError(f"{word!r} is no number for {key}.") from None


def _whole(asked: QueryParams, key: str, usual: int) -> int:
    word = asked.get(key, "").strip() or str(usual)
    if not re.fullmatch(r"-?[0-9]{1,18}", word):
        raise AudioganError(f"{word!r} is no whole number for {key}.")
    return int(word)
