"""The limits of a fleet in a Redis, by its clock: for any ledger, and very high rates.

A Redis that was emptied knows no limit. It then gives out nothing for a moment (see
`GRACE`), in which what it gave before is used or gets stale.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.ledger.cells import AHEAD, GRACE, Ask, Grant
from safesend.ledger.redis_line import RedisLine

__all__ = ["RedisIssuer"]

_PREFIX = "safesend:pace:"
_KEPT_FOR = 3600
"""Seconds after its last cell for which a limit is remembered."""

# `granted` of cells.py, in Lua. Its numbers are those of Python, and go in and out as
# texts: as numbers they would be cut to whole ones.
_GRANT = f"""
local function ticks(seconds) return math.ceil(seconds * 2097152) / 2097152 end
local function text(number) return string.format('%.17g', number) end
local time = redis.call('TIME')
local now = ticks(time[1] + time[2] / 1000000)
local answers = {{text(now)}}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 5
  local number, step, slack = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  local past, horizon = ARGV[at + 4], tonumber(ARGV[at + 5])
  local kept = tonumber(redis.call('GET', key) or now + {GRACE})
  if kept - now > horizon then kept = now + step end
  local first = math.max(kept, ticks(now - past))
  if first - now > {AHEAD} then number = 0
  else kept = first + (number * step + slack) end
  local lasts = math.ceil(math.max(0, kept - now) + past + {_KEPT_FOR})
  redis.call('SET', key, text(kept), 'EX', lasts)
  answers[#answers + 1] = text(first)
  answers[#answers + 1] = number
  answers[#answers + 1] = text(kept)
end
return answers
"""

_REFUND = """
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[2 * i - 1] then
    redis.call('SET', key, ARGV[2 * i], 'KEEPTTL')
  end
end
"""


@attrs.define
class RedisIssuer:
    """See `Issuer`."""

    line: RedisLine
    apart = True

    def grant(self, asks: Sequence[Ask]) -> list[Grant]:
        """See `Issuer.grant`."""
        keys = [_PREFIX + ask.key for ask in asks]
        values = [
            repr(value)
            for ask in asks
            for value in (ask.number, ask.step, ask.slack, ask.past, ask.horizon)
        ]
        now, *answers = self.line.run(_GRANT, keys, values)
        return [
            Grant(ask, float(now), float(begin), int(number), float(end))
            for ask, begin, number, end in zip(
                asks, answers[::3], answers[1::3], answers[2::3], strict=True
            )
        ]

    def refund(self, ends: Sequence[tuple[str, float, float]]) -> None:
        """See `Issuer.refund`."""
        keys = [_PREFIX + key for key, _, _ in ends]
        values = [f"{time:.17g}" for _, end, new in ends for time in (end, new)]
        self.line.run(_REFUND, keys, values)

    def close(self) -> None:
        """See `Issuer.close`."""
        self.line.close()
