"""Prompts in many scripts, and as long as they may be."""

from __future__ import annotations

from mockserver.contracts import Contract
from mockserver.verify.suite.parameters import parameters, text_of

__all__ = ["prompts"]

_SCRIPTS = {
    "emoji": "a \N{SAUROPOD} under a \N{BEACH WITH UMBRELLA}\N{VARIATION SELECTOR-16}",
    "joined-emoji": "\N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{WAVING WHITE FLAG}"
    "\N{VARIATION SELECTOR-16}\N{ZERO WIDTH JOINER}\N{RAINBOW}",
    "right-to-left": "ديناصور على الشاطئ, דינוזאור על החוף",
    "direction-marks": "\N{RIGHT-TO-LEFT OVERRIDE}xeR-T\N{POP DIRECTIONAL FORMATTING} on a beach",
    "combining": "Cre\N{COMBINING GRAVE ACCENT}me bru\N{COMBINING CIRCUMFLEX ACCENT}le\u0301e",
    "precomposed": "Crème brûlée, \N{ANGSTROM SIGN}",
    "Chinese": "海滩上的霸王龙",
    "Devanagari": "समुद्र तट पर डायनासोर",
    "beyond-BMP": "\N{GOTHIC LETTER AHSA}\N{CJK UNIFIED IDEOGRAPH-20000}",
    "quotes": "\"T-Rex\", 'beach' and \\ and /",
    "lines": "a T-Rex\non a beach\r\n\twith sunglasses",
    "separators": "a\N{LINE SEPARATOR}b\N{PARAGRAPH SEPARATOR}c\N{NO-BREAK SPACE}d\ufeffe",
    "markup": "<b>T-Rex</b> &amp; %20 {{beach}} ${sun}",
    "spaces": "  a T-Rex  ",
    "JSON": '{"prompt": "a T-Rex"}',
}
_LETTERS = {"emoji": "\N{SAUROPOD}", "combining": "e\N{COMBINING ACUTE ACCENT}", "Chinese": "龙"}


def prompts(contract: Contract) -> dict[str, str]:
    """Return the prompts by label, the longest allowed ones counted in code points.

    There are none where a request has no prompt.
    """
    prompt = next((p for p in parameters(contract) if p.name == "prompt"), None)
    if prompt is None:
        return {}
    shortest, longest = prompt.strict.get("minLength", 0), prompt.strict.get("maxLength")
    long_enough = {name: text_of(max(len(t), shortest), t) for name, t in _SCRIPTS.items()}
    if longest is None:
        return long_enough
    full = {f"{longest}-{name}": text_of(longest, letter) for name, letter in _LETTERS.items()}
    return {**long_enough, **full}
