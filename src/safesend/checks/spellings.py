"""What an address may be read as: the forms under which it is looked up.

A key is a text `local@domain` in lower case, the domain in A-labels. An address of a
list and a mention in a text meet when they have a key in common.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator

from safesend.checks.folding import INVISIBLE, fold, skeleton
from safesend.checks.lookalikes import LOOKALIKES

__all__ = ["foreign_keys", "known_top", "spellings", "u_labels", "variants"]

_MOST = 24
_LOCAL = 64
"""Characters of a local part; RFC 5321 section 4.5.3.1.1 gives it as many octets."""
_DOMAIN = 253
_PREFIXES = 6
_LOCALS = 20

_COUNTRIES = frozenset(
    (  # noqa: SIM905
        "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg"
        " bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn"
        " co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj"
        " fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk"
        " hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki"
        " km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg"
        " mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni"
        " nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re"
        " ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx"
        " sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy"
        " uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
    ).split()
)
_FAMILIAR = frozenset(
    (  # noqa: SIM905
        "com org net edu gov mil int info biz name pro aero coop museum jobs mobi"
        " travel asia arpa app dev xyz online shop site store tech cloud email blog"
        " club live news world today agency digital group health school page link"
        " example test invalid local localhost internal lan home corp intranet"
    ).split()
)
_FILES = frozenset(
    (  # noqa: SIM905
        "7z avi avif bak bmp bz2 css csv db doc docm docx dot eml exe gif gz htm html"
        " ico ics jpeg jpg js json log md mp3 mp4 msg odp ods odt old pdf php png ppt"
        " pptx py rar rtf sql svg tar tgz tif tiff tmp tsv txt vcf wav webp xls xlsm"
        " xlsx xml yaml yml zip"
    ).split()
)
# A picture for screens of high density, and a version of a package.
_NO_DOMAIN = re.compile(
    r"[1-9](?:\.\d{1,2})?x(?:[.~][\w-]+)*\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico)"
    r"|v?\d+\.\d+\.\d+(?:\W.*)?",
    re.IGNORECASE | re.DOTALL,
)
_FAR_EAST = (
    "\u0e00-\u0eff\u1780-\u17ff\u2e80-\u2fff\u3005-\u312f\u3400-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Scripts that are written without spaces between words."""
_DASHES = "\u2010-\u2015\u2212"
_QUOTES = "\u2018\u2019\u201b\u02bc\u00b4"
# After these a local part may begin: most are legal in one (RFC 5322 section 3.2.3),
# and in running text and links they stand between other things and an address.
# Escapes of signs that delimit (%3D, %2520, =3D) go as a whole.
_DELIMITER = "(?:0[9ADad]|2[0-9A-Fa-f]|3[A-Fa-f]|[57][BCDbcd])"
_CUT = re.compile(
    r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[0-7]{3}|[nrt])|\\|"
    rf"(?:%(?:25){{0,3}}|=){_DELIMITER}"
    rf"|[!#$%&'*/=?^`{{|}}~{_DASHES}{_QUOTES}]"
    rf"|[{_FAR_EAST}](?=[\x00-\x7f])|(?<=[\x00-\x7f])(?=[{_FAR_EAST}])"
)
_NOT_SEEN = re.compile(rf"[{INVISIBLE}]+")
_WHOLE = re.compile(rf"[\w.+-]+(?:['{_QUOTES}][\w.+-]+)?")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,62}[A-Za-z0-9_-]")
_PLAIN_DOMAIN = re.compile(r"[A-Za-z0-9](?!.--)[A-Za-z0-9-]{0,62}\.(?:[a-z]+|[A-Z]+)")
_UNFIT = re.compile(r"\.\.|\\")
_LEADING = "._-+"
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024\ufe52", "."))
_TOP = re.compile(r"[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59}", re.IGNORECASE)
# Where a last label that something was glued to may end.
_TOP_END = re.compile(
    rf"(?P<top>[A-Za-z]{{2,63}}?)(?:[-0-9{_DASHES}{INVISIBLE}]|(?<=[a-z])(?=[A-Z])"
    r"|(?=[^\x00-\x7f]))"
)
_INNER_LABEL = re.compile(r"(?<=\.)[^.]+")
_GMAIL = ("gmail.com", "googlemail.com")


def known_top(label: str) -> bool:
    """Whether a label in lower case is a usual top-level domain or a country's."""
    return label in _FAMILIAR or label in _COUNTRIES


@functools.lru_cache(maxsize=1024)
def spellings(local: str, domain: str) -> tuple[tuple[str, ...], str]:
    """The keys that two texts around an at sign may mean, the likeliest first.

    An at sign before the local part or after the domain says that another address
    runs into this one.
    At most 24, none when no address can be meant. The second value is a clause that
    says how it was disguised: "", "with invisible characters", "with look-alike
    letters", "in full-width or styled letters".
    """
    if _PLAIN_LOCAL.fullmatch(local) and _PLAIN_DOMAIN.fullmatch(domain):
        key = f"{local}@{domain}".lower()
        if known_top(key.rpartition(".")[2]) and not key.endswith(_GMAIL):
            return (key,), ""
    domains = list(itertools.islice(_domains(domain), _PREFIXES))
    locals_ = _locals(local)
    if not domains or not locals_:
        return (), ""
    pairs = sorted(itertools.product(range(len(locals_)), range(len(domains))), key=sum)
    found: dict[str, None] = {}
    for place, prefix in pairs:
        found.update(
            dict.fromkeys(_keys(locals_[place], domains[prefix], brief=bool(found)))
        )
        if len(found) >= _MOST:
            break
    return tuple(found)[:_MOST], _disguise(locals_[0], domains[0])


def variants(key: str) -> Iterator[str]:
    """The key, then without its +tag (RFC 5233), then as Gmail reads it.

    Gmail takes no notice of dots, and has two domains.
    """
    yield key
    local, _, domain = key.rpartition("@")
    plain = local
    if "+" in local[1:] and local[0] != '"':
        plain = local[0] + local[1:].partition("+")[0]
        yield f"{plain}@{domain}"
    if domain in _GMAIL:
        canonical = f"{plain.replace('.', '')}@{_GMAIL[0]}"
        if canonical != f"{plain}@{domain}":
            yield canonical


def foreign_keys(local: str, domain: str) -> Iterator[str]:
    """The keys of an address with letters that are not ASCII, or with A-labels.

    As it is, folded, and as what it looks like with the domain in U-labels.
    """
    folded = fold(local)
    a_labels = _a_labels(domain)
    nfc = unicodedata.normalize("NFC", local).casefold()
    nfc = unicodedata.normalize("NFC", nfc)
    if not folded.isascii():
        yield f"{nfc}@{a_labels}"
    yield f"{folded}@{a_labels}"
    if folded.isascii() and nfc != folded:
        yield f"{nfc}@{a_labels}"
    yield skeleton(f"{local}@{u_labels(domain)}")


def _keys(local: str, domain: str, *, brief: bool) -> list[str]:
    """The keys of one reading; in brief only the likeness, when that is ASCII."""
    if local.isascii() and domain.isascii() and "xn--" not in domain:
        key = f"{local}@{domain}".lower()
        if "+" not in key and not key.endswith(_GMAIL):
            return [key]
        return [*variants(key)]
    keys = [*foreign_keys(_NOT_SEEN.sub("", local), _NOT_SEEN.sub("", domain))]
    if brief and keys[-1].isascii():
        keys = keys[-1:]
    return [each for key in keys for each in variants(key)]


def u_labels(domain: str) -> str:
    """The domain with its A-labels as U-labels, as far as they can be read."""
    if "xn--" not in domain.lower():
        return domain
    return ".".join(map(_u_label, domain.split(".")))


@functools.lru_cache(maxsize=1024)
def _u_label(label: str) -> str:
    if not label.lower().startswith("xn--") or not label.isascii() or len(label) > 63:  # noqa: PLR2004
        return label
    try:
        return label[4:].encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


@functools.lru_cache(maxsize=1024)
def _a_labels(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    import idna  # noqa: PLC0415  few texts have such a domain

    try:
        return idna.encode(domain[:_DOMAIN], uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return fold(domain)


def _locals(local: str) -> list[str]:
    """The local parts that a text before an at sign may end with, likeliest first."""
    if local[:1] == '"':
        inner = re.sub(r"\\(.)", r"\1", local[1:-1])
        dotted = re.fullmatch(r"[\w!#$%&'*+/=?^`{|}~.-]+", inner)
        return [inner, local] if dotted else [local]
    if local[0] == "@":
        return _locals_after(local[1:])
    found: dict[str, None] = {}
    for begin in _begins(local):
        tail = local[begin:].rstrip(".")
        for text in (tail.lstrip(_LEADING), tail):
            fit = len(text) <= 2 * _LOCAL and not _UNFIT.search(text)
            if fit and _NOT_SEEN.sub("", text):
                found.setdefault(text)
    return list(found)


def _begins(local: str) -> list[int]:
    """Where in a text a local part may begin, likeliest first."""
    begins = {0}
    for hit in _CUT.finditer(local):
        begins.add(hit.end())
        if len(hit[0]) > 1:
            begins.add(hit.start() + 1)
    order = sorted(begins, reverse=True)
    if len(order) > _LOCALS:
        order[_LOCALS // 2 : -_LOCALS // 2] = []
    if len(order) > 1 and _WHOLE.fullmatch(local) and not _far_east(local):
        order = [0, *order[:-1]]
    # bob=example.org@lists.example is one address, and no address of "example.org".
    if local[order[0] - 1 : order[0]] == "=" and _ends_like_a_domain(local[order[0] :]):
        order.append(order.pop(0))
    # The whole is never left out.
    if 0 in order[1:]:
        order.remove(0)
        order.insert(1, 0)
    order[1:1] = [hit.end() for hit in _NOT_SEEN.finditer(local)][-1:-5:-1]
    return order


def _locals_after(text: str) -> list[str]:
    """The local parts that may follow a domain to which they are glued."""
    found: dict[str, None] = {}
    for hit in reversed([*_INNER_LABEL.finditer(text)]):
        for top in _glued_tops(hit[0]):
            if text[hit.start() + len(top) :]:
                found.setdefault(text[hit.start() + len(top) :].lstrip(_LEADING))
    for each in _locals(text):
        found.setdefault(each)
    return list(filter(None, found))[:_LOCALS]


def _ends_like_a_domain(text: str) -> bool:
    return "." in text and known_top(text.rpartition(".")[2].lower())


_far_east = re.compile(f"[{_FAR_EAST}]").search


def _domains(domain: str) -> list[str]:
    """The domains that a text after an at sign may begin with, likeliest first."""
    runs_on = domain[-1] == "@"
    domain = domain.translate(_DOTS).partition("_")[0].strip(".-@")[:_DOMAIN]
    if _NO_DOMAIN.fullmatch(domain):
        return []
    labels = domain.split(".")
    if len(labels) == 1:
        return [domain] if domain.lower() == "localhost" else []
    found: dict[str, int] = {}
    for count in range(len(labels), 1, -1):
        *stem, last = labels[:count]
        glued = _TOP_END.match(last)
        tops = [last, glued["top"] if glued else ""]
        if runs_on and count == len(labels):
            tops += _glued_tops(last)
        for top in tops if _NOT_SEEN.sub("", stem[-1]) else ():
            if _TOP.fullmatch(top) or _is_letters(_NOT_SEEN.sub("", top)):
                found.setdefault(".".join((*stem, top)), _rank(stem[-1], top))
    return sorted(found, key=found.__getitem__)


def _glued_tops(label: str) -> list[str]:
    """The usual top-level domains that a label begins with, longest first."""
    return [label[:end] for end in range(8, 1, -1) if known_top(label[:end].lower())]


def _is_letters(top: str) -> bool:
    """Whether a label may be a top-level domain in U-labels, or in styled letters."""
    return len(top) > 1 and top[0].isalpha() and top[-1].isalpha()


def _rank(before: str, top: str) -> int:
    """How likely a label is the last one: 0 most."""
    if top[0].isupper() and not top.isupper() and before.islower():
        return 3  # the next sentence
    lowered = top.lower()
    if known_top(lowered):
        return 0
    if lowered in _FILES:
        return 2
    return 2 if _far_east(top) and before.isascii() else 1


def _disguise(local: str, domain: str) -> str:
    text = f"{local}@{domain}"
    if text.isascii() and text.isprintable():
        return ""
    if _NOT_SEEN.search(text):
        return "with invisible characters"
    styled = unicodedata.normalize("NFKC", text)
    if styled.isascii():
        return "" if text.isascii() else "in full-width or styled letters"
    alike = styled.translate(LOOKALIKES).isascii()
    return "with look-alike letters" if alike else ""
