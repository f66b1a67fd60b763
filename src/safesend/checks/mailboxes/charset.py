"""The html says that it is in another charset (M12).

Why: a message says in its head that it is UTF-8. Programs that go by the page instead,
and whoever saves it as a file, see "Ã¼" for "ü".

Source: HTML, section 4.2.5.4 (a page's charset is UTF-8, and says so or nothing); RFC
2854, section 6, for what counts when they differ.

What safesend does: it writes charset=utf-8 into every part, and reports a <meta> that
says otherwise, as programs for office write it.

Way out: write <meta charset="utf-8">, or leave the line out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.letter import Letter
from safesend.checks.spot import shown

__all__ = ["ADVICE"]

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def look(letter: Letter) -> Iterator[tuple[str, str]]:
    """Each tag meta that names another one."""
    for one in letter.page.named("meta") if letter.page else ():
        found = _CHARSET.search(one.said.get("content", ""))
        named = one.said.get("charset") or (found[1] if found else "")
        if named and named.strip().lower() not in _UTF8:
            yield one.where, f"says charset {shown(named)}, and the message is UTF-8"


ADVICE = Advice.of(__doc__, id="M12", look=look)
