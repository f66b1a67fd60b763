"""A campaign as its recipients get it: a rehearsal, and a sample of its messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from safesend.campaign import Campaign
from safesend.engine.report import Rehearsal
from safesend.errors import AudienceError, Leak, SafesendError
from safesend.message.recipient import Recipient
from safesend.policies.providers import Providers
from safesend.preview.message import Message, read_message
from safesend.preview.sample import Made, Pick, Sample, choose
from safesend.preview.unusual import texts

__all__ = ["Look", "Preview", "look"]


@attrs.frozen(kw_only=True)
class Look:
    """One row of the sample: why it was chosen, its message, and what is to be said.

    `message` is None where it cannot be made; `sentence` says why then. `leaks` are
    what the rehearsal found in it, or in all messages.
    """

    number: int
    pick: Pick
    message: Message | None
    sentence: str
    ok: bool = False
    """Whether it names nobody but its recipient."""
    leaks: tuple[Leak, ...] = ()

    @property
    def recipient(self) -> Recipient:
        """The row."""
        return self.pick.recipient

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The row as the list has it."""
        return [
            (name, ", ".join(texts(value)))
            for name, value in self.recipient.fields.items()
        ]


@attrs.frozen(kw_only=True)
class Preview:
    """A mailing to look at. Nothing was sent."""

    campaign: Campaign
    rehearsal: Rehearsal
    sample: Sample
    looks: tuple[Look, ...]
    search: tuple[str, ...]


def look(
    campaign: Campaign,
    *,
    sample: int = 25,
    search: Sequence[str] = (),
    providers: Providers | None = None,
) -> Preview:
    """Rehearse a campaign and read at most `sample` of its messages.

    Raises what `Campaign.rehearse` does. The list is read once more than that.
    """
    rehearsal = campaign.rehearse()
    chosen = choose(
        _made(campaign.audience, rehearsal),
        limit=sample,
        search=search,
        flagged={leak.row for leak in rehearsal.leaks if leak.row},
        providers=providers,
    )
    looks = [
        _look(number, pick, rehearsal) for number, pick in enumerate(chosen.picks, 1)
    ]
    return Preview(
        campaign=campaign,
        rehearsal=rehearsal,
        sample=chosen,
        looks=tuple(looks),
        search=tuple(search),
    )


def _made(audience: Iterable[Recipient], rehearsal: Rehearsal) -> Iterator[Made]:
    rows = iter(audience)
    while True:
        try:
            recipient = next(rows, None)
        except AudienceError:
            if not rehearsal.problems:
                raise
            return  # at its end, what the rehearsal has told
        if recipient is None:
            return
        try:
            envelope = rehearsal.unsigned(recipient)
        except SafesendError:
            yield recipient, None
        else:
            # Headers and texts; files would outweigh every word.
            yield recipient, len(envelope.segments[0])


def _look(number: int, pick: Pick, rehearsal: Rehearsal) -> Look:
    try:
        envelope = rehearsal.message(pick.recipient)
    except SafesendError as error:
        return Look(
            number=number,
            pick=pick,
            message=None,
            sentence=f"This message cannot be made: {error}",
        )
    leaks = tuple(k for k in rehearsal.leaks if k.row in ("", pick.recipient.source))
    doubt = _doubt(leaks, rehearsal)
    nobody_else = f"This message names nobody but {envelope.recipient.wire}."
    return Look(
        number=number,
        pick=pick,
        message=read_message(envelope, pick.recipient),
        sentence=doubt or nobody_else,
        ok=not doubt,
        leaks=leaks,
    )


def _doubt(leaks: Sequence[Leak], rehearsal: Rehearsal) -> str:
    """Why it cannot be said that a message names nobody else; "" if it can."""
    if leaks:
        return "This message would show what it must not, and is refused."
    kept = rehearsal.leaks, rehearsal.problems, rehearsal.failures
    if rehearsal.total_problems > sum(map(len, kept)):
        return (
            "Not known of this message: more was found in the mailing than is kept."
            " Mend that first, and look again."
        )
    return ""
