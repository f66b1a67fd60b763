"""A way to a server that breaks off at a word of the client's, once."""

import select
import socket
import threading
from contextlib import contextmanager

__all__ = ["breaking"]


class Breaking:
    """A proxy on 127.0.0.1. `arm` makes it break off at the next COMMIT."""

    def __init__(self, target):
        self.target, self.port, self.broken = target, 0, 0
        self._armed = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, *, delivered):
        """`delivered`: the server hears it and answers; the client hears nothing."""
        self._armed = delivered

    def close(self):
        """No more connections."""
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(
                target=self._carry, args=(client, server), daemon=True
            ).start()

    def _carry(self, client, server):
        with client, server:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for end in ready:
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    if end is client and b"COMMIT" in data and self._armed is not None:
                        delivered, self._armed = self._armed, None
                        self.broken += 1
                        if delivered:
                            server.sendall(data)
                            server.recv(1 << 16)
                        return
                    (server if end is client else client).sendall(data)


@contextmanager
def breaking(target):
    """Run one before a port of this machine."""
    proxy = Breaking(target)
    try:
        yield proxy
    finally:
        proxy.close()
