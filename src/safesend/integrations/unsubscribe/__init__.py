"""The page behind the links of one-click unsubscribing (RFC 8058): WSGI and ASGI.

    leave = UnsubscribeWsgi("suppressed.db")
    leave = UnsubscribeAsgi("suppressed.db")

Mount it where `Unsubscribe(base_url, key)` says that it is. GET shows a page with a
button and changes nothing; POST puts the reader on the suppression list. Every link,
true or made up, gets the same answers. For Django there is
`safesend.integrations.django.unsubscribe`. Needs the extra `unsubscribe`.
"""

from safesend.integrations.unsubscribe.asgi import UnsubscribeAsgi
from safesend.integrations.unsubscribe.page import Texts
from safesend.integrations.unsubscribe.wsgi import UnsubscribeWsgi

__all__ = ["Texts", "UnsubscribeAsgi", "UnsubscribeWsgi"]
