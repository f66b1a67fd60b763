"""Ways to other worlds: one file for each, which needs an extra of its own."""

__all__: list[str] = []
