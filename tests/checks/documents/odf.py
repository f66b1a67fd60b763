"""OpenDocument files made by hand: a body, its styles, and more members."""

from __future__ import annotations

from checks.documents.packages import package

__all__ = ["flat", "zipped"]

_SPACES = " ".join(
    f'xmlns:{prefix}="{prefix}"'
    for prefix in [
        "office",
        "style",
        "text",
        "table",
        "draw",
        "svg",
        "presentation",
        "dc",
        "meta",
        "config",
        "script",
        "xlink",
        "form",
    ]
)


def _content(kind: str, body: str, styles: str) -> str:
    automatic = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    inside = f"<office:{kind}>{body}</office:{kind}>"
    return f"{automatic}<office:body>{inside}</office:body>"


def flat(kind: str, body: str, *, styles: str = "", before: str = "") -> bytes:
    """A document of one XML file; `kind` is "text", "spreadsheet", "presentation"."""
    inside = before + _content(kind, body, styles)
    mime = f'office:mimetype="application/vnd.oasis.opendocument.{kind}"'
    xml = f"<office:document {_SPACES} {mime}>{inside}</office:document>"
    return f'<?xml version="1.0"?>{xml}'.encode()


def zipped(
    kind: str,
    body: str,
    *,
    styles: str = "",
    more: dict[str, str | bytes] | None = None,
) -> bytes:
    """The same as a zip file, with more members; {} in them are the namespaces."""
    members: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": (
            f"<office:document-content {_SPACES}>{_content(kind, body, styles)}"
            "</office:document-content>"
        ),
    }
    for name, content in (more or {}).items():
        if isinstance(content, str):
            content = content.replace("{}", _SPACES)  # noqa: PLW2901
        members[name] = content
    return package(members)
