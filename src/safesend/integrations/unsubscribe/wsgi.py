"""The page as a WSGI application (PEP 3333)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from safesend.clock import SYSTEM
from safesend.integrations.unsubscribe.page import Answer
from safesend.integrations.unsubscribe.reception import Reception
from safesend.integrations.unsubscribe.request import (
    LONGEST,
    Head,
    token_of,
    veil,
    veiled,
)

__all__ = ["UnsubscribeWsgi", "head_of", "taken_out"]


class UnsubscribeWsgi(Reception):
    """The page for every server and framework that speaks WSGI."""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ, taken_out(environ))
        phrase = HTTPStatus(answer.status).phrase
        start_response(f"{answer.status} {phrase}", list(answer.headers))
        return [answer.body]

    def _answer(self, environ: dict[str, Any], token: str) -> Answer:
        head = head_of(environ)
        return (
            self.look(head, SYSTEM.monotonic())
            or self.hear(head, token, _body(environ, head))
            or self.book(token)
        )


def head_of(environ: dict[str, Any]) -> Head:
    """The request as WSGI tells it."""
    asked = environ.get
    return Head(
        method=asked("REQUEST_METHOD", ""),
        content_type=asked("CONTENT_TYPE") or "",
        length=asked("CONTENT_LENGTH") or "",
        peer=asked("REMOTE_ADDR") or "",
        forwarded=asked("HTTP_X_FORWARDED_FOR") or "",
    )


def taken_out(environ: dict[str, Any]) -> str:
    """The token, which nobody finds in there any more who writes a log afterwards."""
    path, query = environ.get("PATH_INFO") or "", environ.get("QUERY_STRING") or ""
    token = token_of(path, query)
    path, query = veiled(path, query)
    environ.update(PATH_INFO=path, QUERY_STRING=query)
    whole = f"{environ.get('SCRIPT_NAME') or ''}{path}{'?' if query else ''}{query}"
    # What servers add to say how the path was written.
    for name in "RAW_URI", "REQUEST_URI":
        if name in environ:
            environ[name] = whole
    # And proxies, of what they changed in it, in headers of many names.
    for name, value in environ.items():
        if token and isinstance(value, str) and token in value.lower():
            environ[name] = veil(value)
    return token


def _body(environ: dict[str, Any], head: Head) -> bytes | None:
    """As much of the body as is read; None: it broke off."""
    if not head.length and not environ.get("wsgi.input_terminated"):
        return b""
    # Beyond that length some servers wait for octets that never come.
    most = int(head.length) if head.length else LONGEST + 1
    pieces = bytearray()
    try:
        while len(pieces) < most:
            piece = environ["wsgi.input"].read(most - len(pieces))
            if not piece:
                break
            pieces += piece
    except Exception:  # noqa: BLE001 - each server has errors of its own
        return None
    return None if head.length and len(pieces) < most else bytes(pieces)
