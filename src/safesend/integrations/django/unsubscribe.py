"""The page behind the links of one-click unsubscribing, as a view.

    path("leave/<path:token>", UnsubscribeView("suppressed.db"))

The other frameworks have theirs in `safesend.integrations.unsubscribe`.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

import attrs
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import UnreadablePostError

from safesend.clock import SYSTEM
from safesend.integrations.unsubscribe import asgi, wsgi
from safesend.integrations.unsubscribe.page import Answer
from safesend.integrations.unsubscribe.reception import Reception
from safesend.integrations.unsubscribe.request import FIELD, LONGEST, Head, veil

__all__ = ["UnsubscribeView"]


class UnsubscribeView(Reception):
    """A view for `path()`, under whatever route, in WSGI and ASGI."""

    csrf_exempt = True
    """A mail provider has no cookie and no form of ours; the link itself is the key."""
    login_required = False
    """Nor does it log in, where `LoginRequiredMiddleware` has everybody else do so."""

    def __call__(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Answer one request."""
        answer = self._answer(request)
        return HttpResponse(
            answer.body, status=answer.status, headers=dict(answer.headers)
        )

    def _answer(self, request: HttpRequest) -> Answer:
        head = wsgi.head_of(request.META)
        token = _taken_out(request)
        if found := self.look(head, SYSTEM.monotonic()):
            return found
        head, body = _with_body(request, head)
        return self.hear(head, token, body) or self.book(token)


def _taken_out(request: HttpRequest) -> str:
    """The token, which no log of Django and no letter to the admins has then."""
    token = wsgi.taken_out(request.META)
    if isinstance(request, ASGIRequest):
        asgi.taken_out(cast("dict[str, Any]", request.scope))
    request.path_info = request.META["PATH_INFO"]
    request.path = f"{request.META.get('SCRIPT_NAME') or ''}{request.path_info}"
    # As it may have been read already, by a middleware.
    request.GET = QueryDict(request.META["QUERY_STRING"])
    _forget_route(request)
    return token


def _forget_route(request: HttpRequest) -> None:
    """Veil what the route took out of the path, where Django's own frames keep it."""
    if (match := request.resolver_match) is None:
        return
    match.args = tuple(veil(str(value)) for value in match.args)
    for named in match.kwargs, getattr(match, "captured_kwargs", None) or {}:
        named.update({name: veil(str(value)) for name, value in named.items()})


def _with_body(request: HttpRequest, head: Head) -> tuple[Head, bytes | None]:
    try:
        body = request.read(LONGEST + 1)
        if not body and FIELD in request.POST:
            # A middleware has read it already.
            kind = "application/x-www-form-urlencoded"
            body = urlencode({FIELD: request.POST[FIELD]}).encode()
            return attrs.evolve(head, content_type=kind), body
    except (OSError, UnreadablePostError):
        return head, None
    return head, body
