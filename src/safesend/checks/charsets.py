"""Octets -> text, whatever they say of their charset."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from safesend.checks.documents.charsets import decoded

__all__ = ["header_text", "readings"]

# Text only, and in linear time: Python also knows "zip", "punycode" and "idna".
_KNOWN = re.compile(
    r"(?:x-|cs)?(?:unicode-1-1-)?"
    r"(?:utf-?(?:7|8|16|32)(?:[-_]?(?:le|be|sig))?|us-?ascii|ascii|ansi[\w.:-]{0,20}"
    r"|iso[-_]?\d[\w:-]{0,16}|latin[-_]?\d{1,2}|windows[-_]?\d{3,5}|win[-_]?\d{3,5}"
    r"|cp[-_]?\d{3,5}|ibm[-_]?\d{3,5}|\d{3,5}|koi8[-_]?\w|big5[\w-]{0,10}|gb\w{1,6}"
    r"|gb_2312-80|hz(?:-gb(?:-2312)?)?|euc[-_]?\w{2}|shift[-_]?jis\w{0,5}|s-?jis"
    r"|ms932|ks_c_5601\w{0,8}|ksc5601|uhc|johab|tis-?620|viscii|ptcp154|kz-?1048"
    r"|mac[-_]?\w{2,12}|ebcdic[\w-]{0,16})",
    re.IGNORECASE,
)
# Where ASCII text is not written as ASCII octets.
_NOT_ASCII = re.compile(
    r"utf-?(?:7|16|32)|unicode|ebcdic|(?:cp|ibm)?-?"
    r"(?:037|273|424|500|875|1026|1140)\b",
    re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def readings(octets: bytes, label: str = "") -> tuple[str, ...]:
    """What the octets say, the likeliest first: one text, seldom two or three.

    The label counts if the octets agree with it. What may be wrong about it (UTF-16
    that is ASCII in truth, UTF-7 that is not) is read both ways. Never raises.
    """
    label = label.strip("\t\r\n \"'")
    named = _strict(octets, label) if _KNOWN.fullmatch(label) else None
    if named is None:
        return (decoded(octets),)
    if not _NOT_ASCII.search(label):
        return (named.removeprefix("\ufeff"),)
    other = ""
    if label.lower() == "utf-16" and not octets.startswith(
        (BOM_UTF16_LE, BOM_UTF16_BE)
    ):
        other = _strict(octets, "utf-16-be") or ""
    return _distinct(named, decoded(octets), other)


def header_text(octets: bytes) -> str:
    """The octets of a header: UTF-8 (RFC 6532), else each one is a character."""
    text = _strict(octets, "utf-8")
    return octets.decode("latin-1") if text is None else text


def _strict(octets: bytes, charset: str) -> str | None:
    """The text, or None where the octets do not agree with the charset.

    NULs in a charset of single octets are the sign that it is UTF-16 in truth.
    """
    if b"\0" in octets and not _NOT_ASCII.search(charset):
        return None
    try:
        text = octets.decode(charset)
    except (LookupError, ValueError):
        return None
    return _SURROGATE.sub("\ufffd", text)


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts))) or ("",)
