"""Letters for what the plain one has not: logic, filters, a file for everybody."""

from __future__ import annotations

import attrs

from benchmarks import letter

__all__ = ["FILE", "FILE_NAME", "FILTERED", "WITH_LOGIC", "has_logic"]

FILE_NAME = "plan.bin"
FILE = bytes(number * 7919 % 251 for number in range(100_000))
"""100 KB that compress badly and hold no text."""

_PLAIN = letter.LETTERS["2k"]

_LOOP = "{% for one in (day, 'Sunday') %}"
_AT_THE_DESK = "{% if city == 'Bern' %} at the desk{% endif %}"

WITH_LOGIC = attrs.evolve(
    _PLAIN,
    text=_PLAIN.text.replace(
        " euros\n",
        f" euros{_AT_THE_DESK}\n{_LOOP}{{{{ loop.index }}}}. {{{{ one }}}}\n"
        "{% endfor %}",
    ),
    html=_PLAIN.html.replace(
        " euros</td></tr></table>",
        f" euros{_AT_THE_DESK}</td></tr>\n{_LOOP}<tr><td>{{{{ loop.index }}}}</td>"
        "<td>{{ one }}</td></tr>\n{% endfor %}</table>",
    ),
)
"""The same letter with a condition and a loop of two in both parts."""


def _filtered(source: str) -> str:
    source = source.replace("{{ city }}", "{{ city|upper }}")
    return source.replace("{{ code }}", "{{ code|trim }}")


FILTERED = attrs.evolve(
    _PLAIN, text=_filtered(_PLAIN.text), html=_filtered(_PLAIN.html)
)
"""The same letter with filters at some placeholders, and no other logic."""


def has_logic(source: letter.Letter) -> bool:
    """Whether more must be done than to put values into places."""
    return source.text in (WITH_LOGIC.text, FILTERED.text)
