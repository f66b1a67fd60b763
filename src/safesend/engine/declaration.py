"""What a campaign says of itself: its fields, and the plan that they make."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.public import public
from safesend.engine.entry import Entry, entry
from safesend.engine.fields import (
    LINK,
    MAILBOX,
    NUMBER,
    TEXT,
    campaign_name,
    domains,
    mailbox,
    of_type,
    positive,
    sender,
)
from safesend.engine.plan import Plan
from safesend.engine.safety import Safety, allowed, columns, pairs
from safesend.engine.seeds import seed_list
from safesend.intake import replayable
from safesend.ledger.kinds import REDIRECTED, TEST
from safesend.message.address import Address
from safesend.message.compile import Letterhead, compile_message
from safesend.message.dkim import Dkim, signatures
from safesend.message.letterhead import bounce_address
from safesend.message.recipient import Recipient
from safesend.message.template import Template
from safesend.message.unsubscribe import Unsubscribe, UnsubscribeKey

__all__ = ["Declaration", "planned"]


@attrs.frozen(kw_only=True)
class Declaration:
    """The fields of a `Campaign`, which tells what they are."""

    name: str = attrs.field(validator=campaign_name)
    sender: Address = attrs.field(converter=sender)
    template: Template = attrs.field(validator=of_type(Template))
    audience: Iterable[Recipient] = attrs.field(converter=replayable, repr=False)
    message_id_domain: str | None = attrs.field(default=None, validator=TEXT)
    unsubscribe: Unsubscribe | str | None = attrs.field(default=None, validator=LINK)
    envelope_sender: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(bounce_address)
    )
    allowed_domains: frozenset[str] | None = attrs.field(
        default=None, converter=domains
    )
    max_recipients: int | None = attrs.field(default=None, validator=NUMBER)
    allow: tuple[Allow, ...] = attrs.field(default=(), converter=allowed)
    verify: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=pairs)
    public: tuple[str | Address, ...] = attrs.field(default=(), converter=public)
    private: tuple[str, ...] = attrs.field(default=(), converter=columns)
    seeds: Iterable[Recipient] = attrs.field(
        default=(), converter=seed_list, repr=False
    )
    seed_every: int = attrs.field(default=1000, validator=positive)
    redirect_all_to: Address | None = attrs.field(
        default=None, converter=mailbox, validator=MAILBOX
    )
    dkim: tuple[Dkim, ...] = attrs.field(default=(), converter=signatures)

    @property
    def booked(self) -> Entry:
        """What the ledger calls it: `name`, `kind` and `about`.

        What is redirected has a name of its own, so that it counts for nobody.
        """
        return entry(
            self.name,
            self.audience,
            seeds=self.seeds,
            seed_every=self.seed_every,
            redirect_to=self.redirect_all_to,
            spared=self.allowed_domains or frozenset(),
        )

    @property
    def unsubscribe_link(self) -> str | None:
        """The link with `{token}` in it, whoever makes the token."""
        link = self.unsubscribe
        return link.template if isinstance(link, Unsubscribe) else link

    def link_key(self, kind: str | None = None) -> UnsubscribeKey | None:
        """What seals the token, if anything does.

        `kind` is that of what is sent, by default of all of it: whoever reads a test,
        or what was redirected, takes nobody off a list.
        """
        link = self.unsubscribe
        if not isinstance(link, Unsubscribe):
            return None
        kind = self.booked.kind if kind is None else kind
        return link.key.trying() if kind in {TEST, REDIRECTED} else link.key


def planned(
    letter: Declaration,
    booked: Entry | None,
    *,
    confirm_changes: bool,
    idempotency: str | None = None,
    rehearsed: bool = False,
) -> Plan:
    """What is to be sent, compiled; `booked` where it is not the whole of it.

    `idempotency` is the carrier's header. The links of what is only `rehearsed` are
    those of a test. Raises `TemplateError`,
    `ConfigurationError`.
    """
    booked = booked or letter.booked
    letterhead = Letterhead(
        sender=letter.sender,
        message_id_domain=letter.message_id_domain or letter.sender.domain,
        unsubscribe=letter.unsubscribe_link,
        unsubscribe_key=letter.link_key(TEST if rehearsed else booked.kind),
        envelope_sender=letter.envelope_sender or letter.sender,
    )
    return Plan(
        booked.name,
        compile_message(
            letter.template, letterhead, idempotency=idempotency, dkim=letter.dkim
        ),
        booked.audience,
        booked.guards(letter.max_recipients, letter.allowed_domains, confirm_changes),
        Safety.of(letter.allow, letter.verify, letter.public, letter.private),
        booked.kind,
        booked.about,
    )
