"""Who may talk to the server: pages of other sites may not, not even by a name that leads to this machine.

A page on the internet can have its own name resolve to 127.0.0.1 (DNS rebinding) and would then be of the same origin
as this server; its requests carry that name as their host. An address in numbers cannot be had so, and is let through.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page loads nothing from elsewhere, and nobody may frame it. Drawn samples come as data, sounds are made in memory.
SAFETY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' data:; "
    "img-src 'self' blob:; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses requests that name another host, or come from a page of another origin; adds headers to all answers.

    Args:
        app: what answers the others.
        hosts: names that are this machine's, beside localhost, its own host name and addresses in numbers.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        own = socket.gethostname().lower()
        self.app = app
        self.hosts = {"localhost", own, f"{own}.local", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let answer."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        from starlette.datastructures import Headers, MutableHeaders
        from starlette.responses import JSONResponse

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SAFETY)
            await send(message)

        asked = Headers(scope=scope)
        host, origin = asked.get("host", ""), asked.get("origin")
        if not self._is_own(host):
            refusal = f"This server does not answer as {host or 'a host without a name'}. Use the address it printed."
        elif origin is not None and urlsplit(origin).netloc != host:
            refusal = "This server answers its own page only, and the request comes from another one."
        else:
            return await self.app(scope, receive, send_safely)
        await JSONResponse({"error": refusal}, 403)(scope, receive, send_safely)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # a bracket that does not close
            return False
        return name in self.hosts or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
