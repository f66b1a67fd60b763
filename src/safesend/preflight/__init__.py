"""Is the sender in order? What DNS, a handshake and the messages say before sending."""

from safesend.preflight.question import Question
from safesend.preflight.report import Finding, Grade, worst

__all__ = ["Finding", "Grade", "Question", "worst"]
