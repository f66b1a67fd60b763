"""Values that belong to one row only, and texts in which they turn up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time

from safesend.message.number_table import NumberTable

__all__ = ["Canaries", "Catch"]

_NUMBER = (1 << 64) - 1
_SHORTEST = 8
_LONGEST = 64
_MOST_WORDS = 8
_SHARED = (1 << 32) - 1
"""The owner of a value that more than one row has."""

_WORD = re.compile(r"[^\W_]+")
_HAS_DIGIT = re.compile(r"\d")
# Columns that hold the name of a person, in the languages of the large lists.
_PERSON = re.compile(
    r"name|nom\b|nombre|apellid|naam|namn|navn|imi[eę]|nazwisk|person|patient|member"
    r"|client|customer|kund|mitglied|contact|kontakt|recipient|empf[aä]nger",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"company|firm|organi[sz]|city|town|place|street|file|course|event|product|user"
    r"|school|team|group|class|ort\b|stadt|strasse|straße|verein|list|domain|host",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\b(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|mon|tue"
    r"|wed|thu|fri|sat|sun|die|mit|don|fre|sam|son)[^\W\d]*|\d{1,2}[:.]\d\d|\d{4}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}:\d\d(?::\d\d)?|[T,\s]|Z|[+-]\d\d:?\d\d"
    r"|\d{1,2}(?:st|nd|rd|th|\.)?(?=\s|,|$)|[12]\d{3}(?=\s|,|$)|[^\W\d]{2,12}\.?)+"
)
# 1,234.56 and 1.234.567,00 EUR are sums; 10 digits without a mark are a number of
# something.
_SUM = re.compile(
    r"\D{0,4}\d{1,3}(?:[., '\u00a0\u202f]\d{3})*(?:[.,]\d\d?)?\D{0,4}"
)
