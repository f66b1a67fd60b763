"""Does it suit mailboxes? One thing that they make of a letter in each file."""

__all__: list[str] = []
