"""Makes `docs/reference/providers.md` from the table that the code goes by.

python tests/docs/providers_page.py
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Template

import safesend.policies.providers
from safesend.net.dns import MxLookup
from safesend.policies.providers import Manners, builtin
from safesend.transports import MxTransport

__all__ = ["FILE", "page"]

FILE = Path(__file__).parents[2] / "docs" / "reference" / "providers.md"
TEMPLATE = Path(__file__).with_suffix(".md")
DATA = Path(safesend.policies.providers.__file__).with_suffix(".toml")


_USUAL = MxTransport(helo="mail.example.org").max_messages


def page() -> str:
    """The whole page."""
    template = Template(TEMPLATE.read_text("utf-8"))
    return template.substitute(
        table="\n".join(_table()),
        manners="\n".join(_manners()),
        connections=Manners().connections,
        per_connection=_USUAL,
        timeout=f"{MxLookup().timeout:g}",
    )


def _table() -> Iterator[str]:
    yield "| provider | domains | MX hosts end in |"
    yield "|---|---|---|"
    for name, one in tomllib.loads(DATA.read_text("utf-8")).items():
        yield f"| `{name}` | {_listed(one['domains'])} | {_listed(one.get('mx', ()))} |"


def _manners() -> Iterator[str]:
    yield "| provider | connections | messages on each |"
    yield "|---|---:|---:|"
    known = builtin()
    for name, one in tomllib.loads(DATA.read_text("utf-8")).items():
        manners = known.manners(one.get("mx", [""])[0])
        if manners != Manners():
            each = manners.per_connection or _USUAL
            yield f"| `{name}` | {manners.connections} | {each} |"


def _listed(domains: list[str]) -> str:
    """As code, so that no reader makes links of them."""
    return ", ".join(f"`{domain}`" for domain in domains)


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
