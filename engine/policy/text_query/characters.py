"""Classes of characters, as text for regular expressions' square brackets.

Python's ``re`` knows letters and digits but neither combining marks, scripts nor emoji; they are
spelt out here from the Unicode data of the running Python and from emoji-data 15.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import chain

# Han, Hiragana and Katakana, iteration and long-vowel marks, half-width Katakana.
CJK = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309b-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U0001aff0-\U0001b16f\U00020000-\U000323af"
)
# Letters to Unicode, apostrophes to everybody who types them: they part words like ' does.
APOSTROPHES = "\u02bb\u02bc\u02bd\u07f4\u07f5"
# Invisible inside a word: soft hyphen, (non-)joiners, direction marks. Never part of its folding.
JOINERS = "\u00ad\u200c\u200d\u2060\u200e\u200f\u061c"

_EMOJI = (
    "\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u2600-\u2604\u260e\u2611\u2614\u2615\u2618"
    "\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f"
    "\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1"
    "\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4"
    "\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716"
    "\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764"
    "\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff\U0001f201"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0"
    "\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)
# Signs of ordinary text (copyright, arrows) that are emoji only when a selector says so.
_EMOJI_WHEN_SELECTED = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u24c2\u25aa\u25ab\u25b6\u25c0"
    "\u25fb-\u25fe\u3030\u303d\u3297\u3299\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f202"
    "\U0001f237"
)
_ONE_EMOJI = (
    f"(?:[{_EMOJI}]|[{_EMOJI_WHEN_SELECTED}]\ufe0f)[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
    "\u20e3?[\U000e0020-\U000e007f]*"
)
# A flag, a keycap, or emoji held together by joiners.
EMOJI = f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_ONE_EMOJI}(?:\u200d{_ONE_EMOJI})*)"

# The planes between hold ideographs and nothing else.
_PLANES_WITH_MARKS = (range(0x300, 0x20000), range(0xE0000, 0xE1000))


@cache
def marks() -> str:
    """Return the combining marks: accents, vowel signs, variation selectors."""
    ranges: list[str] = []
    first = last = -2
    for code in chain(*_PLANES_WITH_MARKS):
        if unicodedata.category(chr(code))[0] != "M":
            continue
        if code != last + 1:
            if first >= 0:
                ranges.append(f"{chr(first)}-{chr(last)}")
            first = code
        last = code
    ranges.append(f"{chr(first)}-{chr(last)}")
    return "".join(ranges)


def letter() -> str:
    """Return the expression of one letter, digit or ``_`` that is not Chinese or Japanese."""
    return f"[^\\W{CJK}{APOSTROPHES}]"


def ideograph() -> str:
    """Return the expression of one Chinese or Japanese character with its marks."""
    return f"[{CJK}][\uff9e\uff9f]?[{marks()}]*"
