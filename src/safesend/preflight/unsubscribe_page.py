"""P11: whether the page behind an unsubscribe link has something to press (pure)."""

from __future__ import annotations

from safesend.message.start_tags import StartTag, find_tags

__all__ = ["has_button"]

_PRESSED = frozenset({"button", "image", "submit"})


def has_button(page: str) -> bool:
    """Whether it has a form that posts, or a button.

    What a script or a comment holds is none.
    """
    return any(_is_one(tag) for tag in find_tags(page) if isinstance(tag, StartTag))


def _is_one(tag: StartTag) -> bool:
    if tag.name == "form":
        return _said(tag, "method") == "post"
    return tag.name == "button" or (
        tag.name == "input" and _said(tag, "type") in _PRESSED
    )


def _said(tag: StartTag, name: str) -> str:
    found = tag.find(name)
    return found.value.strip().lower() if found else ""
