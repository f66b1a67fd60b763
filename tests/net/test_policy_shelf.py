"""A policy is fetched when it must be, and holds for as long as it says."""

from __future__ import annotations

import asyncio

import pytest

from safesend.errors import RemoteProtocolError
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.resolver import Resolver, Unanswered
from safesend.policies.mta_sts import Mode
from safesend.testing import FakeClock
from servers.dns import Zone, run_dns

from .pages import policy_page, serving
from .peer import authority, run

DOMAIN, RECORD, WEB = "example.test", "_mta-sts.example.test", "mta-sts.example.test"
PAGE = policy_page("enforce", "mx.example.test", age=1000)


@pytest.fixture
def dns():
    with run_dns({WEB: Zone(a=("127.0.0.1",))}) as server:
        announce(server, "1")
        yield server


def announce(server, identity):
    """What stands in the TXT record."""
    server.zones[RECORD] = Zone(txt=(f"v=STSv1; id={identity};",), ttl=60)


class Web:
    """A shelf, and the page that it can see."""

    def __init__(self, server):
        self.clock, self.asked = FakeClock(jumps=False), []
        resolver = Resolver(
            ["127.0.0.1"], port=server.port, timeout=2.0, clock=self.clock
        )
        context = authority().client()
        self.shelf = PolicyShelf(resolver, context, clock=self.clock, timeout=20)

    async def mode(self, page=PAGE, after=0.0):
        """The mode that is in force, after some seconds, with this page to be had."""
        self.clock.advance(after)
        async with serving(WEB, page, asked=self.asked) as self.shelf.port:
            policy = await self.shelf.policy(DOMAIN)
        return None if policy is None else policy.mode

    @property
    def fetched(self):
        return len(self.asked)


def test_it_is_fetched_once(dns):
    """While its id stands there, the page is not asked for again."""

    async def main():
        web = Web(dns)
        assert [await web.mode() for _ in range(3)] == [Mode.ENFORCE] * 3
        assert await web.mode(after=900) is Mode.ENFORCE
        assert web.fetched == 1
        return await web.mode(after=200), web.fetched

    assert run(main()) == (Mode.ENFORCE, 2)


def test_another_id_is_another_policy(dns):
    """The new one counts from then on."""

    async def main():
        web = Web(dns)
        await web.mode()
        announce(dns, "2")
        return await web.mode(policy_page("none"), after=61), web.fetched

    assert run(main()) == (Mode.NONE, 2)


@pytest.mark.parametrize(
    "record", [Zone(), Zone(silent=True), Zone(txt=("v=STSv1; id=2;",), ttl=60)]
)
def test_who_suppresses_record_or_page_is_not_rid_of_a_policy(dns, record):
    """What holds is applied (section 5.1), to its end and no longer."""

    async def main():
        web = Web(dns)
        await web.mode()
        dns.zones[RECORD] = record
        assert await web.mode(b"<html>", after=61) is Mode.ENFORCE
        return await web.mode(b"<html>", after=1000)

    assert run(main()) is None


def test_a_page_that_cannot_be_had(dns, caplog):
    """There is no policy then, and it is not asked for at every letter."""

    async def main():
        web = Web(dns)
        assert await web.mode(b"nothing") is None
        assert await web.mode(after=100) is None
        assert web.fetched == 1
        return await web.mode(after=300), web.fetched

    assert run(main()) == (Mode.ENFORCE, 2)
    assert "cannot be had: the policy is of no known version" in caplog.text


def test_no_record_no_page(dns):
    """Nobody is asked for a page that nobody announced."""

    async def main():
        dns.zones[RECORD] = Zone(txt=("v=spf1 -all",))
        web = Web(dns)
        return await web.mode(), web.fetched

    assert run(main()) == (None, 0)


def test_many_who_wait_for_one_policy(dns):
    """It is fetched once; and who gives up does not stop the others."""

    async def main():
        web = Web(dns)
        async with serving(WEB, PAGE, asked=web.asked) as web.shelf.port:
            tasks = [
                asyncio.create_task(web.shelf.policy(name))
                for name in (DOMAIN, "Example.TEST.", DOMAIN)
            ]
            await asyncio.sleep(0.01)
            tasks.pop().cancel()
            return [one.mode for one in await asyncio.gather(*tasks)], web.fetched

    assert run(main()) == ([Mode.ENFORCE] * 2, 1)


def test_the_shelf_is_not_endless(dns):
    """Of too many domains the one that was looked up longest ago is forgotten."""

    async def main():
        shelf = Web(dns).shelf
        for number in range(10_050):
            shelf._keep(f"{number}.test", shelf._held.get(DOMAIN))
        return len(shelf._held)

    assert run(main()) == 10_000


def test_its_own_authorities(dns):
    """Without a context those of the system vouch for pages: not for a test's."""

    async def main():
        web = Web(dns)
        web.shelf.context = None
        return await web.mode()

    assert run(main()) is None


def test_a_policy_as_it_is_now(dns):
    """Its record and its page can be asked for by themselves; nothing of it is kept."""

    async def main():
        web = Web(dns)
        async with serving(WEB, PAGE, asked=web.asked) as web.shelf.port:
            assert await web.shelf.announced(DOMAIN) == "1"
            assert (await web.shelf.fetch(DOMAIN)).mode is Mode.ENFORCE
        async with serving(WEB, b"<html>") as web.shelf.port:
            with pytest.raises(RemoteProtocolError):
                await web.shelf.fetch(DOMAIN)
        dns.zones["_mta-sts.silent.test"] = Zone(silent=True)
        with pytest.raises(Unanswered):
            await web.shelf.announced("silent.test")
        return await web.mode(b"<html>")

    assert run(main()) is None
