"""What the marker `smtp_server`, and a parameter of that name, say about the server."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import pytest

from safesend.testing.server import SmtpServer

__all__ = ["checked", "options_of"]

_MARKER = "smtp_server"
_KNOWN = frozenset(inspect.signature(SmtpServer).parameters)


def options_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The keywords for the server of a test.

    A marker on a function wins over one on its class or module, and a parameter over
    all of them; what one does not say, the others may. Fails the test for what is no
    keyword of `SmtpServer`.
    """
    options: dict[str, Any] = {}
    for mark in reversed([*request.node.iter_markers(_MARKER)]):
        if mark.args:
            _fail(f"@pytest.mark.{_MARKER}", 'takes keywords only: tls="starttls"')
        options |= checked(mark.kwargs, f"@pytest.mark.{_MARKER}")
    given = getattr(request, "param", {})
    if not isinstance(given, Mapping):
        _fail(
            f"the parameter {_MARKER}",
            f'is a dictionary, as {{"tls": "starttls"}}, not {type(given).__name__}',
        )
    return options | checked(given, f"the parameter {_MARKER}")


def checked(options: Mapping[str, Any], who: str) -> dict[str, Any]:
    """The same options; fails the test, in the name of `who`, for an unknown one."""
    for name in options:
        if name not in _KNOWN:
            near = difflib.get_close_matches(str(name), _KNOWN, 1)
            meant = f" (did you mean {near[0]!r}?)" if near else ""
            known = ", ".join(sorted(_KNOWN))
            _fail(who, f"does not know {name!r}{meant}; there are {known}")
    return dict(options)


def _fail(who: str, what: str) -> None:
    pytest.fail(f"{who} {what}", pytrace=False)
