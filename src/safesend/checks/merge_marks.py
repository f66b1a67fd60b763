"""Marks of mail merge programs that nobody filled in, in finished text.

`safesend.message.placeholders` knows the forms that a template of safesend must not
hold. Here are those of other programs too, as far as nobody writes them otherwise.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from safesend.message.placeholders import leftover

__all__ = [
    "NO_VALUES",
    "blank_greeting",
    "looks_unfilled",
    "nobody_greeted",
    "unfilled_mark",
]

# The fields of people, in the languages of the large lists: with one of these names
# a form that is also used for other things is a placeholder.
_FIELD = (
    r"(?:(?:user|contact|recipient|member|customer|subscriber|lead)[ ._-]?)?"
    r"(?:first|last|full|sur|given|family|middle|user|nick|company)[ _-]?name"
    r"|f_?name|l_?name|(?:contact|recipient|member|customer)[ ._-]?name"
    r"|e-?mail(?:[ _-]?address)?|salutation|unsubscribe(?:[ _-]?(?:url|link))?"
    r"|vorname|nachname|familienname|anrede|briefanrede|titel|strasse|straße|plz"
    r"|pr[eé]nom|nom_de_famille|civilit[eé]|apellidos?|nombre_completo|cognome"
    r"|voornaam|achternaam|aanhef|fornavn|etternavn|förnamn|efternamn|imi[eę]|nazwisko"
)
_FORMS = {
    "%%NAME%%": r"(?<![\w%])%%[A-Za-z_][\w.-]{0,40}(?: [\w.-]{1,40})?%%",
    "<%= name %>": r"<%[^%<>\n]{1,120}%>",
    "{!Contact.Name}": r"\{![A-Za-z$]\w{0,60}(?:\.\w{1,60}){1,4}\}",
    "[[name]]": rf"\[\[\s?(?:{_FIELD})\s?\]\]",
    "<<name>>": rf"<<\s?(?:{_FIELD}|name)\s?>>",
    "\u00abname\u00bb": rf"\u00ab(?:{_FIELD}|Name)\u00bb",
    "{name}": rf"\{{(?:{_FIELD})\}}",
    "[name]": rf"\[(?:{_FIELD})\](?![(:\[])",
    "%NAME%": rf"(?<![\w%])%(?:{_FIELD})%(?![\w%])",
    "#NAME#": rf"(?<![\w#])#(?:{_FIELD})#(?![\w#])",
}
_NAMES = tuple(_FORMS)
_ANY = re.compile("|".join(f"({form})" for form in _FORMS.values()), re.IGNORECASE)
_SIGN = re.compile("[{%*\\[<#$\u00ab]")
"""With one of these every form begins."""

_GREETING = (
    r"\s{0,20}(?:dear|hello|hi|hey|good (?:morning|day|afternoon|evening)|greetings"
    r"|hallo|liebe[rs]?|liebe/r|lieber?\(r\)|sehr geehrte[rs]?|sehr geehrte/r"
    r"|guten (?:tag|morgen|abend)|moin|servus|gr(?:ü|ue)(?:ß|ss)e? (?:gott|dich)"
    r"|bonjour|cher|ch[eè]re|cher\(e\)|salut|hola|estimad[oa]|querid[oa]"
    r"|buenos d[ií]as|ciao|gentile|caro|cara|buongiorno|egregio|prezad[oa]|ol[aá]"
    r"|caro\(a\)|beste|geachte|hoi|kjære|hei|hej|k[aæ]re|b[aä]sta|szanown[ya])"
)
_TITLE = (
    r"(?:\s{1,20}(?:mr|mrs|ms|mx|miss|dr|prof|frau|herr|herrn|familie|monsieur|madame"
    r"|m|mme|se[ñn]ora?|sr|sra|signora?|mevrouw|heer|heer/mevrouw)\.?){0,3}"
)
_BLANK = re.compile(
    rf"{_GREETING}(?:{_TITLE}\s{{1,20}},"
    r"|\s{1,20}(?:mr|mrs|ms|dr|prof|frau|herr|herrn|monsieur|madame"
    r"|se[ñn]ora?|signora?)\.?\s{0,20},)\s{0,20}(?:$|\S)",
    re.IGNORECASE,
)
# "Nan" and "Null" are people; "nan", "NaN", "null" and "NULL" are none.
_NOBODY = re.compile(
    rf"(?i:{_GREETING}{_TITLE})\s{{1,20}}"
    r"(?:None|nan|NaN|NaT|null|NULL|\(null\)|<null>|undefined|\[object Object\]"
    r"|#N/A|#N/V|#NV|#REF!|#VALUE!|#NAME\?|N/A)"
    r"(?:\s(?:None|nan|NaN|null|NULL|undefined))?\s{0,20}(?:[,!.:;]|$)"
)
_NO_VALUE = re.compile(
    "None|null|NULL|nan|NaN|NaT|undefined|#N/|#NV|#REF|#VALUE|#NAME|N/A|Object"
)
NO_VALUES = frozenset(
    str.split(
        """
    None nan NaN NaT null NULL (null) <null> undefined #N/A #N/V #NV #REF! #VALUE!
    #NAME? N/A ,
    """
    )
) | {"", "[object Object]"}
"""What programs write for no value, and what is left of one that is empty."""
_BRACKETED = re.compile(
    rf"{_GREETING}{_TITLE}\s{{1,20}}"
    r"(?:\[[^\[\]\n]{1,60}\]|\{[^{}\n]{1,60}\}|%[\w .-]{1,40}%|\$[\w.]{1,40}\$"
    r"|<[A-Za-z][\w ]{0,40}>|#\w{1,40}#|\u00ab[^\u00ab\u00bb\n]{1,40}\u00bb)"
    r"\s{0,20}(?:[,!:]|$)",
    re.IGNORECASE,
)
_LONGEST = 200
"""Characters of a line that may be a greeting."""


def looks_unfilled(line: str) -> bool:
    """Whether there is anything in a line that nobody filled in."""
    return (
        nobody_greeted(line) or blank_greeting(line) or unfilled_mark(line) is not None
    )


def unfilled_mark(text: str) -> str | None:
    """The form of the first placeholder in a text or URL, or None.

    The form ("%%NAME%%") is safe to print: it holds nothing of the text.
    """
    if not _SIGN.search(text):
        return None
    found = leftover(text)
    if found is None and "%7" in text:  # in a URL braces and bars are escaped
        found = leftover(unquote(text))
    if found is None:
        hit = _ANY.search(text)
        if hit and hit.lastindex:
            found = _NAMES[hit.lastindex - 1]
        elif _BRACKETED.match(text[:_LONGEST]):
            found = "[name]"
    return found


def blank_greeting(line: str) -> bool:
    """Whether a line greets with nothing where the name should stand: "Dear ,"."""
    return "," in line and _BLANK.match(line[:_LONGEST]) is not None


def nobody_greeted(line: str) -> bool:
    """Whether a line greets what a program writes for no value: "Dear None,"."""
    line = line[:_LONGEST]
    return _NO_VALUE.search(line) is not None and _NOBODY.match(line) is not None
