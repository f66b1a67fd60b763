"""May it go now? Pure rules; each gives an answer or a date, and none can sleep."""

from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle

__all__ = ["AutoStop", "Pilot", "Retry", "SendingHours", "Throttle"]
