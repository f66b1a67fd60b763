"""Values that many rows could have by chance (dates, times, sums); and names."""

from __future__ import annotations

import re

__all__ = ["is_ordinary", "names_person"]

# Columns that hold the name of a person, in the languages of the large lists.
_PERSON = re.compile(
    r"name\b|name[ds]?$|(?<![a-z])nom\b|nombre|apellid|naam|namn|navn|imi[eę]|nazwisk"
    r"|person|patient|member|client|customer|kunde|mitglied|contact|kontakt|recipient"
    r"|empf(?:ä|ae)nger|teilnehmer|participant|guest|parent|salutation|anrede|greeting",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"compan|firm|organi[sz]|city|town|place|street|file|course|event|product|user"
    r"|school|team|group|class|\bort|stadt|stra(?:ß|ss)e|verein|list|domain|host"
    r"|project|department|branch|region|country|category|plan|role|status|type",
    re.IGNORECASE,
)

_MONTHS = (
    "jan feb mar mär mrz apr may mai jun jul aug sep sept oct okt nov dec dez"
    " january february march april june july august september october november december"
    " januar februar märz juni juli oktober dezember"
    " janvier février mars avril juin juillet août septembre octobre novembre décembre"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre"
    " januari februari maart mei juli augustus"
)
_DAYS = (
    "mon tue tues wed thu thur thurs fri sat sun mo di mi do fr sa so"
    " monday tuesday wednesday thursday friday saturday sunday"
    " montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
    " lundi mardi mercredi jeudi vendredi samedi dimanche"
    " lunes martes miércoles jueves viernes sábado domingo"
    " lunedì martedì mercoledì giovedì venerdì sabato domenica"
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)
_BETWEEN = (
    "at the of on from to till until and um uhr am pm den bis von und le la les du de"
    " del der den das a à el y h hrs noon utc gmt cet cest st nd rd th t z clock o"
)
_CALENDAR = frozenset(f"{_MONTHS} {_DAYS} {_BETWEEN}".split())
_word = re.compile(r"[^\W_]+").findall
_moment = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|h|am|pm|uhr)?|\d{2}t\d{2}|\d{2,3}z"
).fullmatch
_year = re.compile(r"(?:1[89]|2[01])\d\d").fullmatch
# 1,234.56 and 1.234.567,00 EUR; not 123 456 789, which is the number of something.
_sum = re.compile(
    r"[^\w]{0,3}[a-z]{0,3}[^\w]{0,3}\d{1,3}(?:[.,'\u2019]\d{3}){0,6}(?:[.,]\d{1,2})?"
    r"[^\w]{0,3}[a-z%]{0,3}"
).fullmatch

_TWO = 2  # from one year to another
_CLOCK = 3  # 10:30:00
_DATES = 10  # 24.11. 10:30:00 to 25.11. 11:30:00


def names_person(column: str) -> bool:
    """Whether a column of this name holds names of people."""
    return bool(_PERSON.search(column)) and not _NO_PERSON.search(column)


def is_ordinary(folded: str) -> bool:
    """Whether a folded value is a date, a time or a sum: no one's own."""
    if _sum(folded):
        return True
    years = moments = told = 0
    for word in _word(folded):
        if _year(word):
            years += 1
        elif _moment(word):
            moments += 1
        elif word in _CALENDAR:
            told += 1
        else:
            return False
    # Without a year or the name of a day, many numbers are a telephone's.
    return years <= _TWO and moments <= (_DATES if years or told else _CLOCK)
