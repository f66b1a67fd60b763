"""What goes out through aiosmtplib."""

from __future__ import annotations

import asyncio
import sys

import pytest

from safesend.testing.guard.watch import MailWatch
from testing.guard.runs import guarded, line_of

pytest_plugins = ("pytester",)

NEWS = """
    import asyncio
    from email.message import EmailMessage

    import aiosmtplib

    PEOPLE = ["ada@example.org", "bo@example.com", "chen@example.net"]

    def letter(to, text="Do come!"):
        message = EmailMessage()
        message["From"] = "The choir <choir@example.org>"
        message["To"] = to
        message["Subject"] = "The concert"
        message.set_content(f"{text}\\n")
        return message

    async def all_in_to(port):
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        async with client:
            await client.send_message(letter(", ".join(PEOPLE)))  # TO

    async def at_once(port):
        await asyncio.gather(  # GATHER
            *(
                aiosmtplib.send(
                    letter(person, f"Your list: {PEOPLE}"),
                    hostname="127.0.0.1", port=port, start_tls=False,
                )
                for person in PEOPLE  # GENERATOR
            )
        )

    async def one_by_one(port):
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for person in PEOPLE:
                await client.sendmail(
                    "choir@example.org", [person], letter(person).as_bytes()
                )
    """  # noqa: E501 - a program of somebody else
TESTS = """
    import asyncio

    import pytest

    from safesend.testing import SmtpServer


    @pytest.fixture
    def port():
        with SmtpServer() as server:
            yield server.port

    def test_all_in_to(port):
        import news  # aiosmtplib is loaded only now

        asyncio.run(news.all_in_to(port))

    def test_at_once(port):
        import news

        asyncio.run(news.at_once(port))

    def test_safe(port):
        import news

        asyncio.run(news.one_by_one(port))
    """


def test_each_leak_fails_its_test_at_its_line(pytester: pytest.Pytester) -> None:
    """Also when the loop calls, and when the package is loaded in the test."""
    run = guarded(pytester, news=NEWS, test_news=TESTS)
    assert run.failed == {"test_all_in_to", "test_at_once"}, run.output
    first, second = run.tests["test_all_in_to"], run.tests["test_at_once"]
    assert first.text.startswith(f"news.py:{line_of(NEWS, 'TO')} sends mail")
    assert "through aiosmtplib, to a…@example.org, b…@example.com" in first.text
    assert "header To: 3 people see one another" in first.text
    start, end = line_of(NEWS, "GATHER"), line_of(NEWS, "GENERATOR")
    line = int(second.text.partition(":")[2].partition(" ")[0])
    assert start <= line <= end
    assert "(3 times)" in second.text
    assert "[I3]" in second.text


def test_python_remembers_who_made_a_coroutine_only_meanwhile() -> None:
    """The depth of that memory is what it was, once the watch is over."""
    import aiosmtplib

    before = sys.get_coroutine_origin_tracking_depth()
    with MailWatch():
        assert sys.get_coroutine_origin_tracking_depth() >= 4
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            asyncio.run(aiosmtplib.SMTP().sendmail("a@x.org", ["b@x.org"], b"x"))
    assert sys.get_coroutine_origin_tracking_depth() == before


def test_a_longer_memory_is_left_alone() -> None:
    """Who debugs with more frames keeps them."""
    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(20)
    try:
        with MailWatch():
            assert sys.get_coroutine_origin_tracking_depth() == 20
    finally:
        sys.set_coroutine_origin_tracking_depth(before)
