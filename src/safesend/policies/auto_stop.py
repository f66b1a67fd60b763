"""When a run stops by itself: a person should look before it goes on."""

from __future__ import annotations

from typing import Any

import attrs

from safesend.errors import ConfigurationError
from safesend.policies.amounts import share

__all__ = ["AutoStop", "Lately"]


def _counted(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or value < 1:
        raise ConfigurationError(
            f"auto_stop: {field.name} is a whole number of people, at least 1"
        )


@attrs.frozen(kw_only=True)
class Lately:
    """What servers said of late.

    Of the last `judged` people, accepted or refused for good, `refused` were refused,
    most of them with the reply `most`. `alike` were refused alike as a matter of
    policy, the last time with the reply `alike_reply`, and nobody was accepted since
    the first of them. `judged_ever`: how many were judged since the run began.
    """

    judged: int
    judged_ever: int
    refused: int
    most: str
    alike: int
    alike_reply: str


@attrs.frozen(kw_only=True)
class AutoStop:
    """Stops a run that harms whoever goes on with it: `AutoStop(refused="5%")`.

    `refused` of the last `of_last` people may be refused for good, from the time on
    that `after` of them were accepted or refused; and fewer than `alike` in a row
    alike, as a matter of policy, with nobody accepted between.
    """

    refused: float = attrs.field(default=0.1, converter=share)
    """From 0 to 1."""
    of_last: int = attrs.field(default=500, validator=_counted)
    after: int = attrs.field(default=100, validator=_counted)
    alike: int = attrs.field(default=20, validator=_counted)

    def decide(self, lately: Lately) -> str | None:
        """Why the run must stop; None: it goes on."""
        part = lately.refused / max(1, lately.judged)
        if lately.judged_ever >= self.after and part > self.refused:
            return (
                f"{lately.refused} of the last {lately.judged} people were refused"
                f" ({part * 100:.3g} %), most with {lately.most!r}; look at the list"
            )
        if lately.alike >= self.alike:
            return (
                f"{lately.alike} people in a row were refused alike, for what is sent"
                f" or who sends it: {lately.alike_reply!r}; look at the letter, and at"
                " how the sender is known there"
            )
        return None
