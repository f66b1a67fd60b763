"""The URL of Amazon SES: ses://REGION?configuration_set=...&endpoint=..."""

from __future__ import annotations

from typing import Any

from safesend.errors import ConfigurationError

__all__ = ["read_ses_url"]

_EXAMPLE = "ses://eu-west-1?configuration_set=news"
_OPTIONS = {
    "configuration_set": "configuration_set",
    "endpoint": "endpoint_url",
    "feedback_arn": "feedback_arn",
    "from_arn": "from_arn",
    "profile": "profile",
    "timeout": "timeout",
}


def read_ses_url(url: str) -> tuple[str, dict[str, Any]]:
    """The Region and the keywords of `SesTransport`. Raises `ConfigurationError`."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - only for URLs

    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None
    except ValueError:
        plain = False
    if not plain or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ConfigurationError(f"the URL of Amazon SES is like {_EXAMPLE}")
    return parts.hostname, _read_options(parts.query)


def _read_options(query: str) -> dict[str, Any]:
    from urllib.parse import parse_qsl  # noqa: PLC0415 - only for URLs

    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        keyword = _OPTIONS.get(name)
        if keyword is None:
            known = ", ".join(_OPTIONS)
            raise ConfigurationError(f"no option is called {name!r}; known are {known}")
        if keyword in options or not value:
            raise ConfigurationError(f"the option {name!r} needs exactly one value")
        options[keyword] = _seconds(value) if keyword == "timeout" else value
    return options


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError("the option 'timeout' is a number") from None
