"""What the tests of limits share: an issuer in memory, whose clock is set by hand."""

from __future__ import annotations

from safesend.ledger.cells import granted

__all__ = ["OwnIssuer"]


class OwnIssuer:
    """See `Issuer`. It knows no limit before it first gave out something."""

    apart = False

    def __init__(self):
        self.kept, self.now, self.closed = {}, 0.0, False

    def grant(self, asks):
        grants = [granted(ask, self.kept.get(ask.key), self.now) for ask in asks]
        self.kept.update({one.ask.key: one.end for one in grants})
        return grants

    def refund(self, ends):
        for key, end, new in ends:
            if self.kept.get(key) == end:
                self.kept[key] = new

    def close(self):
        self.closed = True
