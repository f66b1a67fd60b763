"""Private keys for DKIM: RSA (RFC 8301) and Ed25519 (RFC 8463), read and checked.

Nothing of a key is ever in an error or a repr. `cryptography` is loaded on use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from safesend.errors import ConfigurationError
from safesend.redaction import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["ADVISED_BITS", "SigningKey", "new_key", "read_key"]

_LEAST_BITS, _MOST_BITS = 1024, 4096  # RFC 8301 section 3.2: what verifiers must take
ADVISED_BITS = 2048
"""An RSA key of fewer bits is used, and should be replaced (RFC 8301 section 3.2)."""

_BEGIN = b"-----BEGIN "
# What stands between the lines of a PEM, as variables often have it: an ASN.1 sequence
# (RFC 5208, RFC 5958) in base64.
_BARE = re.compile(r"(?:\A\s*|/)M[A-Za-z0-9+/=\s]{60}")
_NAMES = {"EllipticCurve": "EC", "DSA": "DSA", "Ed448": "Ed448", "X25519": "X25519"}


@attrs.frozen(eq=False, repr=False)
class SigningKey:
    """A private key that signs, and what is published of it.

    `public` are the octets of the tag p=, `bits` the length of an RSA key (an Ed25519
    key has 256).
    """

    algorithm: str
    kind: str
    """The tag k= of its record."""
    public: bytes
    bits: int
    length: int
    """Octets of a signature."""
    sign: Callable[[bytes], bytes]
    """The signature over a SHA-256 digest: the same each time for the same digest."""
    _verify: Callable[[bytes, bytes], Any]

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether the public half takes a signature over a SHA-256 digest."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

        try:
            self._verify(signature, digest)
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return f"SigningKey({self.algorithm!r}, bits={self.bits})"


def read_key(
    key: str | Path | bytes | Secret, password: str | bytes | Secret | None = None
) -> SigningKey:
    """The key of a PEM file, or of its octets. Raises `ConfigurationError`."""
    _need_cryptography()
    place, opened = _read(key, password)
    if isinstance(opened, str):
        # Raised here so that no frame with a key or a password hangs on to it.
        raise ConfigurationError(f"{place} {opened}")
    kind = type(opened).__name__.removesuffix("PrivateKey").lstrip("_")
    if hasattr(opened, "private_bytes_raw") and kind == "Ed25519":
        return _ed25519(opened)
    if kind == "RSA":
        return _rsa(place, opened)
    named = _NAMES.get(kind, kind)
    raise ConfigurationError(
        f"{place} is of the kind {named}: DKIM knows RSA and Ed25519 keys. 'safesend"
        " dkim new' makes one"
    )


def new_key(*, ed25519: bool = False) -> bytes:
    """A fresh private key in PEM (PKCS #8): RSA of 2048 bits, or Ed25519."""
    _need_cryptography()
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415
        ed25519 as edwards,
    )
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    made = (
        edwards.Ed25519PrivateKey.generate()
        if ed25519
        else rsa.generate_private_key(65537, ADVISED_BITS)
    )
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read(key: Any, password: str | bytes | Secret | None) -> tuple[str, Any]:
    """What to call it in an error; and the key, or what is wrong with it."""
    if isinstance(key, Secret):
        key = key.reveal().encode(errors="replace")
    elif isinstance(key, str) and _is_key(key):
        key = key.encode(errors="replace")
    if isinstance(key, bytes):
        return "the DKIM key", _opened(key, _octets(password))
    if not isinstance(key, str | Path):
        given = type(key).__name__
        reason = "is the path of a PEM file, its octets or a Secret, not of the type"
        return "the DKIM key", f"{reason} {given}"
    # Somebody may have written the key itself where its file is to be named.
    place = "the DKIM key" if _BARE.search(str(key)) else f"the DKIM key {key}"
    try:
        pem = Path(key).read_bytes()
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        reason = getattr(error, "strerror", None) or "this is no path"
        return place, f"cannot be read: {reason}"
    return place, _opened(pem, _octets(password))


def _is_key(text: str) -> bool:
    """Whether a text is a key, or a part of one, and no path: it is never repeated."""
    return _BEGIN.decode() in text or _BARE.match(text) is not None


def _octets(password: str | bytes | Secret | None) -> bytes | None:
    if isinstance(password, Secret):
        password = password.reveal()
    if isinstance(password, str):
        return password.encode(errors="replace")
    return password


def _opened(pem: bytes, password: bytes | None) -> Any:
    """The key; a text is what is wrong."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    begin = pem.find(_BEGIN)
    if begin < 0:
        return "is no PEM: text that begins with -----BEGIN"
    if b" PRIVATE KEY-----" not in pem:
        return "holds no private key; what is public cannot sign"
    try:
        return serialization.load_pem_private_key(pem[begin:], password)
    except TypeError:
        reason = (
            "is locked: give its password (password=, in campaign.toml"
            " password_file, password_env or password_keyring)"
            if password is None
            else "is not locked: it needs no password"
        )
    except UnsupportedAlgorithm:
        reason = "is of a kind that cannot be read"
    except ValueError:
        wrong = "the password is wrong, or " if password is not None else ""
        reason = f"cannot be read: {wrong}it is damaged, or no private key in PEM"
    return reason


def _need_cryptography() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415
    except ImportError:
        raise ConfigurationError(
            'signing with DKIM needs the package cryptography: pip install "safesend'
            '[dkim]"'
        ) from None


def _rsa(place: str, key: RSAPrivateKey) -> SigningKey:
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415
        padding,
        utils,
    )

    bits = key.key_size
    if not _LEAST_BITS <= bits <= _MOST_BITS:
        raise ConfigurationError(
            f"{place} has {bits} bits: receivers take RSA keys of {_LEAST_BITS} to"
            f" {_MOST_BITS}, and {ADVISED_BITS} are advised (RFC 8301)"
        )
    public = key.public_key()
    scheme, digested = padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())
    return SigningKey(
        algorithm="rsa-sha256",
        kind="rsa",
        public=public.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        ),
        bits=bits,
        length=(bits + 7) // 8,
        sign=lambda digest: key.sign(digest, scheme, digested),
        verify=lambda made, digest: public.verify(made, digest, scheme, digested),
    )


def _ed25519(key: Ed25519PrivateKey) -> SigningKey:
    # RFC 8463 section 3: PureEdDSA over the SHA-256 digest of what is signed.
    public = key.public_key()
    return SigningKey(
        algorithm="ed25519-sha256",
        kind="ed25519",
        public=public.public_bytes_raw(),
        bits=256,
        length=64,
        sign=key.sign,
        verify=public.verify,
    )
