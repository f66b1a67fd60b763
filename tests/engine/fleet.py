"""What the tests of the engine share: a plan, a mailing under a fake clock."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, Future
from contextlib import nullcontext

from safesend import Recipient, Template
from safesend.checks.documents.files import read_file
from safesend.engine.beginning import Beginning
from safesend.engine.bookkeeper import Offstage
from safesend.engine.enrol import Guards
from safesend.engine.inspection import Inspector
from safesend.engine.mailing import Mailing
from safesend.engine.plan import Plan
from safesend.engine.safety import Safety
from safesend.engine.settings import Settings
from safesend.engine.verdicts import Booking
from safesend.ledger.base import State
from safesend.message.address import Address
from safesend.message.compile import compile_message
from safesend.message.letterhead import Letterhead
from safesend.policies.retry import Retry
from safesend.testing import FakeClock

__all__ = ["AtOnce", "inspector", "mail", "people", "plan"]

DAY = 86_400.0


class AtOnce(Executor):
    """In place of a thread: what is submitted is done before that returns.

    A clock that jumps waits a millisecond for a thread, and this machine may be busy.
    """

    def submit(self, call, /, *values, **more):
        """See `Executor.submit`."""
        done = Future()
        try:
            done.set_result(call(*values, **more))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)
        return done


def people(count, domain="example.org"):
    """So many recipients with a name each."""
    return [Recipient(f"p{i}@{domain}", name=f"Name {i}") for i in range(count)]


def plan(
    audience,
    *,
    name="test",
    text="Dear {{ name }}",
    guards=None,
    safety=None,
    idempotency=None,
    dkim=(),
    **template,
):
    """A compiled plan for a list."""
    letterhead = Letterhead(sender=Address.parse("news@example.org"))
    compiled = compile_message(
        Template(subject="Hello {{ name }}", text=text, **template),
        letterhead,
        idempotency=idempotency,
        dkim=dkim,
    )
    return Plan(name, compiled, audience, guards or Guards(), safety or Safety())


def inspector(mailing_plan, *, gathered=True):
    """An inspector of a plan that knows its list; text files are read here."""
    look = Inspector(
        compiled=mailing_plan.compiled,
        safety=mailing_plan.safety,
        read_file=read_file,
    )
    if gathered:
        look.gather(mailing_plan.audience, lambda _: None)
    return look


def mail(
    mailing_plan,
    ledger,
    transport,
    *,
    clock=None,
    lanes=2,
    throttle=None,
    hours=None,
    deadline=None,
    retry=None,
    on_doubt=State.IN_DOUBT,
    remembered=0.0,
    approvals=None,
    pilot=None,
    auto_stop=None,
    keep_for=None,
    beginning=None,
    suppression=None,
    connections=None,
    tell=lambda _: None,
    offstage=None,
):
    """Send under a clock that jumps; gives the report."""
    clock = clock or FakeClock()
    settings = Settings(
        booking=Booking(retry or Retry(), on_doubt, 2 * DAY, remembered),
        lanes=lanes,
        throttle=throttle,
        hours=hours,
        deadline=None if deadline is None else clock.now() + deadline,
        approvals=approvals,
        pilot=pilot,
        auto_stop=auto_stop,
        keep_for=keep_for,
        beginning=beginning or Beginning(),
        suppression=suppression,
        connections=connections,
    )
    mailing = Mailing(
        mailing_plan,
        ledger,
        transport,
        settings,
        clock,
        tell,
        lambda: nullcontext(ledger),
        offstage=offstage or Offstage(),
    )
    return asyncio.run(mailing.mail())
