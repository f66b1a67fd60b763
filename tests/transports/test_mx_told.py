"""A session without a server tells why, and sends nothing."""

from __future__ import annotations

import asyncio

from safesend.testing import make_envelopes
from safesend.transports.mx_plan import lost_way
from safesend.transports.mx_told import ToldSession


def test_each_envelope_is_told_its_own():
    """And the session serves once."""

    async def main():
        session = ToldSession(lambda envelope: lost_way(envelope.message_id))
        envelopes = list(make_envelopes(3))
        assert session.usable
        outcomes = [one async for one in session.deliver(envelopes)]
        assert [one.text for one in outcomes] == [one.message_id for one in envelopes]
        assert not session.usable
        await session.close()
        await session.close()

    asyncio.run(main())
