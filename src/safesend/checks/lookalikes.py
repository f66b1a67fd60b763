"""Letters that look like ASCII letters, and signs that look like ASCII signs.

A table of our own after the idea of UTS 39: only what a reader of an ordinary font
takes for the ASCII character. Accents are no likeness.
"""

from __future__ import annotations

__all__ = ["LOOKALIKES"]

_ALIKE = {
    # Cyrillic, Greek, Armenian, Coptic, Cherokee, Lisu, Latin letters that no
    # keyboard has, small capitals. Capitals stand for themselves where their small
    # letter looks like another one (Greek capital eta is H, small eta is n).
    "a": "\u0430\u0410\u0251\u03b1\u0391\u1d00\u237a\u13aa\ua4ee\u2c81\u2c80\uab7a",
    "b": "\u0432\u0412\u0392\u03b2\u0184\u0185\u0299\u042c\u044c\u13f4\ua4d0\u2c82",
    "c": "\u0441\u0421\u03f2\u03f9\u1d04\u13df\ua4da\u2ca4\u2ca5\u217d\U00010415",
    "d": "\u0501\u0500\u0257\u1d05\u13a0\ua4d3\u13e7",
    "e": "\u0435\u0415\u0395\u03b5\u1d07\u13ac\ua4f0\u04bd\uab32\u212e",
    "f": "\u03dc\ua4dd\ua798\ua799\ua730\u0584",
    "g": "\u0261\u018d\u0581\u0262\u13c0\ua4d6\u050c\u1d83",
    "h": "\u04bb\u04ba\u041d\u043d\u0397\u029c\u0570\u13bb\ua4e7\u2c8e",
    "i": "\u0456\u0406\u03b9\u0399\u0131\u0269\u026a\u13a5\ua4f2\u2c92\u2c93\ua647"
    "\u1fbe\u04f5",
    "j": "\u0458\u0408\u03f3\u037f\u0237\u1d0a\u0575\u13ab\ua4d9",
    "k": "\u043a\u041a\u03ba\u039a\u1d0b\u13e6\ua4d7\u2c94\u2c95\u0138",
    "l": "\u04cf\u04c0\u029f\u053c\u056c\u13de\ua4e1\u01c0\u2d4f\u0196",
    "m": "\u043c\u041c\u039c\u1d0d\u13b7\ua4df\u2c98\u03fa",
    "n": "\u03b7\u039d\u0274\u057c\u0578\u043f\ua4e0\u2c9a\u041f",
    "o": "\u043e\u041e\u03bf\u039f\u03c3\u1d0f\u0585\u0555\ua4f3\u2c9e\u2c9f\u0d20"
    "\u101d\u0e50\u0ed0\u1d11",
    "p": "\u0440\u0420\u03c1\u03a1\u1d18\u13e2\ua4d1\u2ca2\u2ca3\u03f1",
    "q": "\u051b\u051a\u0566\u0563\ua4c0",
    "r": "\u0433\u1d26\u0280\u13a1\u13d2\ua4e3\u027e\u2c85\uab47",
    "s": "\u0455\u0405\ua731\u13da\u054f\ua4e2\u01bd\U00010448",
    "t": "\u0442\u0422\u03c4\u03a4\u1d1b\u13a2\ua4d4\u2ca6\u2ca7",
    "u": "\u03c5\u057d\u054d\u1d1c\u028b\ua4f4\ua79f\u1200",
    "v": "\u0475\u0474\u03bd\u1d20\u13d9\ua4e6\u05d8",
    "w": "\u051d\u051c\u0461\u03c9\u1d21\u0561\u13b3\u13d4\ua4ea\u026f",
    "x": "\u0445\u0425\u03c7\u03a7\ua4eb\u2cac\u2cad\u157d\u166e",
    "y": "\u0443\u0423\u04af\u04ae\u03a5\u03b3\u028f\u10e7\u13a9\ua4ec\u2ca8\u213d",
    "z": "\u0396\u03b6\u1d22\u13c3\ua4dc\u2c8c",
    "0": "\u06f0\u0660\u07c0\u0966",
    "1": "\u06f1\u0661",
    "3": "\u0417\u0437\u04e0\u04e1\u021d\u01b7",
    "8": "\u0222\u0223",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u02d7\ufe58\ufe63\uff0d\u30fc"
    "\u2043\u06d4",
    ".": "\u2024\u3002\uff61\ufe52\uff0e\ua4f8\u0701",
    "'": "\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4\u02bb\u02bd\u02c8\u02ca\uff07",
    "@": "\uff20\ufe6b",
    "+": "\ufe62\uff0b\u16ed",
    "_": "\uff3f\ufe4d\ufe4e\ufe4f",
}

LOOKALIKES = {
    ord(alike): plain for plain, several in _ALIKE.items() for alike in several
}
"""From a code point to the ASCII character that it looks like."""
