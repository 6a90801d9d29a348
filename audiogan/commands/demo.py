"""`audiogan demo`: a page on this machine to hear models with one's own sounds."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from socket import gethostname

from audiogan.errors import AudioganError

ABOUT = """Serves a page on this machine: drop or record a sound, switch between before and after at the
same position, see both spectrograms and what was removed, download the result. Of models that
generate, draw samples and walk between them. Sounds are worked on in a folder that is removed
with them, and nothing is kept. Needs pip install 'audiogan[demo]'."""

EXAMPLES = """examples:
  audiogan demo
  audiogan demo --open
  audiogan demo -m enhancer -m runs/segan_mini -m runs/specgan_mini
  audiogan demo --host 0.0.0.0 --port 8000 --max-minutes 2"""

PORT = 8765


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb's arguments."""
    parser = subparsers.add_parser(
        "demo",
        help="open a page to hear models with one's own sounds",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-m", "--model", action="append", default=[], metavar="MODEL",
        help="a name that `audiogan models` lists, a run folder, checkpoint or bundle; can be given again "
        "(default: the enhancer that came with audiogan)",
    )  # fmt: skip
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="address to listen at; 0.0.0.0 lets the whole network in (default: 127.0.0.1, this machine alone)",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=PORT, help=f"0 takes a free one (default: {PORT})")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--max-mb", type=float, default=200, metavar="MB", help="largest file taken (default: 200)")
    parser.add_argument(
        "--max-minutes", type=float, default=10, metavar="MINUTES", help="longest sound taken (default: 10)"
    )
    parser.add_argument("--device", default="cpu", help="where the models run: cpu, cuda, cuda:1, mps (default: cpu)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Load the models and serve until Ctrl-C."""
    _require_packages()
    from audiogan.demo.limits import Limits
    from audiogan.demo.serve import address_of, is_loopback, listen, serve
    from audiogan.demo.shelf import Shelf

    limits = Limits(arguments.max_mb, arguments.max_minutes)
    listening = listen(arguments.host, arguments.port)  # before the models, which take seconds
    with listening:
        shelf = Shelf.load(arguments.model, arguments.device)
        address = address_of(listening)

        def ready() -> None:
            print(f"{address} shows {', '.join([*shelf.denoisers, *shelf.drawers])}. Ctrl-C ends it.", flush=True)
            if not is_loopback(listening):
                elsewhere = f"http://{gethostname()}:{listening.getsockname()[1]}/"
                told = f"everybody on this network can use the page, as {elsewhere} or by this machine's address"
                print(f"audiogan demo: {told}", file=sys.stderr, flush=True)
            if arguments.open:
                _open(address)

        serve(shelf, limits, listening, arguments.host, ready)
    return 0


def _open(address: str) -> None:
    import threading
    import webbrowser

    # Some browsers keep the one who opens them waiting; the socket takes the request until the server is up.
    threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


def _require_packages() -> None:
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise AudioganError("The page needs packages that are missing. Run: pip install 'audiogan[demo]'")
