"""The guard of a test run: whatever a test sends, through whatever mailer, is seen.

Nothing of it is loaded in a run that does not use it, but `hooks`.
"""

from __future__ import annotations

__all__ = ["SharedMessageWarning", "UnreadMessageWarning"]


class SharedMessageWarning(UserWarning):
    """One message goes to several people, and nothing in it shows it (L03).

    What relays add on the way (Received, Delivered-To, Apparently-To) no test can see.
    """


class UnreadMessageWarning(UserWarning):
    """What a mailer was asked to send is nothing that can be read as a message."""
