"""Seats of a fleet in a Redis, by its clock.

A Redis that was emptied knows of no seat: until those who have one renew it, which is
within five seconds, others may take one beside them. Once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import attrs

from safesend.ledger.redis_line import RedisLine

__all__ = ["RedisSeats"]

_KEY = "safesend:seats:"
_HOLDER = "safesend:seat:"

_NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""
# A set of holders by the end of their time, and where each of them sits.
_TAKE = f"""{_NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[3]) + 60)
redis.call('SET', KEYS[2], KEYS[1], 'EX', math.ceil(ARGV[3]) + 60)
return 1
"""
_RENEW = f"""{_NOW}
local kept = {{}}
for i, holder in ipairs(ARGV) do
  if i > 1 then
    local key = redis.call('GET', KEYS[i - 1])
    local ends = key and redis.call('ZSCORE', key, holder)
    if ends and tonumber(ends) > now then
      redis.call('ZADD', key, now + ARGV[1], holder)
      redis.call('EXPIRE', key, math.ceil(ARGV[1]) + 60)
      redis.call('EXPIRE', KEYS[i - 1], math.ceil(ARGV[1]) + 60)
      kept[#kept + 1] = holder
    end
  end
end
return kept
"""
_LEAVE = """
local key = redis.call('GET', KEYS[1])
if key then redis.call('ZREM', key, ARGV[1]) end
redis.call('DEL', KEYS[1])
"""


@attrs.define
class RedisSeats:
    """See `Seats`."""

    line: RedisLine

    def take(self, key: str, most: int, holder: uuid.UUID, seconds: float) -> bool:
        """See `Seats.take`."""
        keys = [_KEY + key, _HOLDER + str(holder)]
        return bool(self.line.run(_TAKE, keys, [most, str(holder), seconds]))

    def renew(self, holders: Sequence[uuid.UUID], seconds: float) -> set[uuid.UUID]:
        """See `Seats.renew`."""
        names = [str(one) for one in holders]
        kept = self.line.run(
            _RENEW, [_HOLDER + one for one in names], [seconds, *names]
        )
        return {uuid.UUID(one) for one in kept}

    def leave(self, holder: uuid.UUID) -> None:
        """See `Seats.leave`."""
        self.line.run(_LEAVE, [_HOLDER + str(holder)], [str(holder)])
