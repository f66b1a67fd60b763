"""The ledger in PostgreSQL, for several machines; needs `safesend[postgres]`."""

__all__: list[str] = []
