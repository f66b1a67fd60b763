"""A small IMAP server on loopback, for what a real one does not do when asked."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable

__all__ = ["ImapPeer"]

_COMMAND = re.compile(r"(\S+) ((?:UID )?\S+) ?(.*)")


class ImapPeer:
    """Keeps mails by UID; `says` replaces the answer to a command by lines.

    `{tag}` in such a line is the tag of the command, None hangs up.
    """

    def __init__(self, mails=(), capabilities="AUTH=PLAIN", *, context=None):
        self.mails = dict(enumerate(mails, 101))
        self.after_login = ""
        self.flags: dict[int, set[str]] = {uid: set() for uid in self.mails}
        self.folders: dict[str, list[bytes]] = {}
        self.capabilities = capabilities
        self.greeting = "* OK ready"
        self.says: dict[str, list[str] | None] = {}
        self.context: ssl.SSLContext | None = context
        self.heard: list[str] = []
        self.login: tuple[str, str] | None = None
        self._server: socketserver.ThreadingTCPServer | None = None

    def __enter__(self):
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError), self.connection:
                    peer.serve(self)
                self.connection.close()

        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def serve(self, line):
        """One conversation."""
        line.wfile.write(f"{self.greeting}\r\n".encode())
        while said := line.rfile.readline().decode():
            tag, verb, rest = _COMMAND.fullmatch(said.strip()).groups()
            self.heard.append(f"{verb} {rest}".strip())
            if verb in self.says:
                if (lines := self.says[verb]) is None:
                    line.connection.shutdown(socket.SHUT_RDWR)
                    return
                for one in lines:
                    line.wfile.write(one.format(tag=tag).encode("latin-1") + b"\r\n")
                continue
            act: Callable = getattr(self, "on_" + verb.lower().replace(" ", "_"))
            done = act(line, rest) or "OK done"
            line.wfile.write(f"{tag} {done}\r\n".encode())
            if verb == "STARTTLS":
                line.connection = self.context.wrap_socket(
                    line.connection, server_side=True
                )
                line.rfile = line.connection.makefile("rb")
                line.wfile = line.connection.makefile("wb", buffering=0)

    def on_capability(self, line, _):
        """All that it can do."""
        words = f"IMAP4rev1 {self.capabilities}".strip()
        words += f" {self.after_login}" if self.login else ""
        line.wfile.write(f"* CAPABILITY {words}\r\n".encode())

    def on_starttls(self, *_):
        """From now on it can log in."""
        self.capabilities = "AUTH=PLAIN"

    def on_authenticate(self, line, _):
        """Whoever it is."""
        line.wfile.write(b"+ \r\n")
        _, user, password = base64.b64decode(line.rfile.readline()).decode().split("\0")
        self.login = user, password

    def on_login(self, _, rest):
        """The same, in quotes."""
        user, password = re.findall(r'"((?:[^"\\]|\\.)*)"', rest)
        self.login = user, password

    def on_select(self, line, _):
        """The one mailbox, whatever its name."""
        line.wfile.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        return "OK [READ-WRITE] done"

    on_examine = on_select

    def on_uid_search(self, line, rest):
        """Who is not deleted, or not seen either."""
        span = re.match(r"(\d+):(\d+)", rest)
        inside = list(self.mails)[int(span[1]) - 1 : int(span[2])]
        hidden = {"\\Deleted"} | ({"\\Seen"} if "UNSEEN" in rest else set())
        found = [str(uid) for uid in inside if not hidden & self.flags[uid]]
        line.wfile.write(f"* SEARCH {' '.join(found)}".rstrip().encode() + b"\r\n")

    def on_uid_fetch(self, line, rest):
        """How they begin; the UID stands behind, as it may."""
        longest = int(re.search(r"<0\.(\d+)>", rest)[1])
        for uid in self._uids(rest):
            octets = self.mails[uid][:longest]
            head = f"* 1 FETCH (BODY[]<0> {{{len(octets)}}}\r\n".encode()
            line.wfile.write(head + octets + f" UID {uid})\r\n".encode())

    def on_uid_store(self, _, rest):
        """More flags."""
        for uid in self._uids(rest):
            flag = re.search(r"\((\S+)\)", rest)[1]
            change = (
                self.flags[uid].discard if " -FLAGS" in rest else self.flags[uid].add
            )
            change(flag)

    def on_create(self, _, rest):
        """Another folder."""
        self.folders[rest.strip('"')] = []

    def on_uid_copy(self, _, rest):
        """Into a folder that is there."""
        name = re.search(r'"(.*)"', rest)[1]
        if name not in self.folders:
            return "NO [TRYCREATE] no such mailbox"
        self.folders[name] += [self.mails[uid] for uid in self._uids(rest)]
        return None

    def on_uid_move(self, line, rest):
        """The same, and they are gone here."""
        return self.on_uid_copy(line, rest) or self.on_uid_expunge(line, rest)

    def on_uid_expunge(self, _, rest):
        """They are gone."""
        for uid in self._uids(rest):
            del self.mails[uid]

    def on_logout(self, line, _):
        """Goodbye."""
        line.wfile.write(b"* BYE\r\n")

    def _uids(self, rest):
        found = []
        for part in rest.split()[0].split(","):
            first, _, last = part.partition(":")
            found += range(int(first), int(last or first) + 1)
        return [uid for uid in found if uid in self.mails]
