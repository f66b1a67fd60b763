"""A campaign as octets: what it is, but for its list and its secrets.

A ledger keeps them (`Ledger.contents`), so that a process on another machine sends what
this one would have sent.
"""

from safesend.engine.content.kept import Content, Kept, content_of, read_content
from safesend.engine.content.keys import Keys
from safesend.engine.content.way import Way

__all__ = ["Content", "Kept", "Keys", "Way", "content_of", "read_content"]
