"""May it go now? Pure rules; each gives an answer or a date, and none can sleep."""

from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle

__all__ = ["Retry", "SendingHours", "Throttle"]
