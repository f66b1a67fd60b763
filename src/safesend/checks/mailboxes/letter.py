"""What an advice looks at: a letter before any row fills it."""

from __future__ import annotations

import attrs

from safesend.checks.mailboxes.page import Page, read_page
from safesend.message.compile import CompiledMessage

__all__ = ["Letter"]


@attrs.frozen
class Letter:
    """A compiled letter, and its html as its author wrote it."""

    compiled: CompiledMessage
    page: Page | None

    @classmethod
    def of(cls, compiled: CompiledMessage) -> Letter:
        """The letter of a campaign."""
        template = compiled.template
        if template.html is None:
            return cls(compiled, None)
        return cls(compiled, read_page(template.html, literal=template.literal))
