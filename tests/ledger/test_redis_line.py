"""ledger/redis_line.py: where a Redis is, and what is said of one that is of no use."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.redis_line import PASSWORD, RedisLine, checked_url
from servers.service import lasting_port


@pytest.mark.parametrize(
    "url",
    ["http://host", "redis://", "redis://host:port", "redis://host/mail", "redis://["],
)
def test_a_url_that_is_none_is_refused(url):
    """Also a database that has a name, which would be number 0."""
    with pytest.raises(ConfigurationError, match="redis://host:6379/0"):
        checked_url(url)


@pytest.mark.parametrize("url", ["redis://me:word@host", "redis://host?password=word"])
def test_a_password_has_no_place_there(url):
    """It is told where it has one, and not shown."""
    with pytest.raises(ConfigurationError, match=PASSWORD) as refused:
        checked_url(url)
    assert "word@" not in str(refused.value)


@pytest.mark.parametrize("asked", ["socket_timeout=50", "decode_responses=0", "x="])
def test_what_would_change_how_it_is_asked_is_refused(asked):
    """A Redis has a second, whatever its URL says."""
    with pytest.raises(ConfigurationError, match=asked.partition("=")[0]):
        checked_url(f"redis://host:6379/0?{asked}")


@pytest.mark.parametrize("asked", ["db=x", "ssl_nothing=1", "ssl_cert_reqs=perhaps"])
def test_what_the_client_does_not_understand_is_told(asked):
    """Before a run begins, and not as an error of Python."""
    with pytest.raises(ConfigurationError, match="the URL rediss://host/0"):
        RedisLine(f"rediss://host/0?{asked}")


@pytest.mark.parametrize("host", ["a..b", "nobody.invalid", "127.0.0.1"])
def test_a_redis_that_is_not_there_is_told(host):
    """Also where the name can be that of no host."""
    with (
        closing(RedisLine(f"redis://{host}:{lasting_port()}/0")) as line,
        pytest.raises(LedgerError, match="nothing goes without"),
    ):
        line.run("return 1", [], [])


def test_a_door_that_is_shut_is_told(own_redis, monkeypatch):
    """And where its key belongs; with it the door is open."""
    url = own_redis.database()
    with closing(RedisLine(url)) as line:
        line._client.config_set("requirepass", "word")
    with closing(RedisLine(url)) as line, pytest.raises(LedgerError, match=PASSWORD):
        line.run("return 1", [], [])
    monkeypatch.setenv(PASSWORD, "word")
    with closing(RedisLine(url)) as line:
        assert line.run("return 1", [], []) == 1


def test_a_script_that_was_forgotten_is_told_again(redis_server):
    """Nobody notices that somebody emptied the cache of scripts."""
    with closing(RedisLine(redis_server.database())) as line:
        line.run("return 7", [], [])
        line._client.script_flush()
        assert line.run("return 7", [], []) == 7
