"""Is the sender in order? What DNS, a handshake and the messages say before sending."""

from safesend.preflight.profiles import Met, Profile, Requirement, Standing
from safesend.preflight.question import Question
from safesend.preflight.report import Finding, Grade, worst
from safesend.preflight.result import Preflight

__all__ = [
    "Finding",
    "Grade",
    "Met",
    "Preflight",
    "Profile",
    "Question",
    "Requirement",
    "Standing",
    "worst",
]
