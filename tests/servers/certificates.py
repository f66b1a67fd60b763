"""A certificate authority for one test run, and certificates good and bad."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import trustme

__all__ = ["Certificates"]


@attrs.frozen
class Certificates:
    """Files of one authority: `good` for localhost, one expired, one for another name.

    A certificate file holds the key as well.
    """

    ca: Path
    good: Path
    expired: Path
    wrong_name: Path

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        """Write them all into a folder."""
        folder.mkdir(exist_ok=True)
        authority = trustme.CA()
        ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        issue = authority.issue_cert
        return cls(
            ca=ca,
            good=_written(issue("localhost", "127.0.0.1"), folder / "good.pem"),
            expired=_written(
                issue("localhost", "127.0.0.1", not_after=yesterday),
                folder / "expired.pem",
            ),
            wrong_name=_written(issue("other.example.net"), folder / "wrong.pem"),
        )


def _written(certificate: trustme.LeafCert, path: Path) -> Path:
    certificate.private_key_and_cert_chain_pem.write_to_path(str(path))
    path.chmod(0o644)
    return path
