"""Korean particles by the final sound of what was said last, also of digits, units and latin letters."""

from __future__ import annotations

import re

# The final consonant as Korean readers say it: '' vowel, 'ㄹ' rieul (takes 로 and not 으로), 'x' any other.
_DIGITS = dict(zip("0123456789", ["x", "ㄹ", "", "x", "", "", "x", "ㄹ", "ㄹ", ""], strict=True))
_LETTERS = {"l": "ㄹ", "r": "ㄹ", "m": "x", "n": "x"}
_WORD_ENDS = (("mg", "x"), ("kcal", ""), ("le", "ㄹ"), ("l", "ㄹ"), ("ng", "x"))
_WORD_LETTERS = dict.fromkeys("mnbckpt", "x")
_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*$")
_SYLLABLES = range(ord("가"), ord("힣") + 1)
_RIEUL = 8


def inflect(word: str, form: str) -> str:
    """Attach a particle.

    Args:
        word: What was said, with or without something in brackets at its end, which nobody reads aloud.
        form: Both shapes, the one after a consonant first: 을/를, 이/가, 은/는, 과/와, 으로/로, 이에요/예요.
    """
    after_consonant, _, after_vowel = form.partition("/")
    final = _final(_PARENTHESES.sub("", word))
    takes_vowel_form = not final or (final == "ㄹ" and after_consonant.startswith("으로"))
    return word + (after_vowel if takes_vowel_form else after_consonant)


def polish(text: str) -> str:
    """Return the text as it is: Korean has no capital letters."""
    return text


def _final(word: str) -> str:
    spoken = re.sub(r"[^0-9A-Za-z가-힣]+$", "", word)
    last = spoken[-1:]
    if last and ord(last) in _SYLLABLES:
        jong = (ord(last) - ord("가")) % 28
        return "ㄹ" if jong == _RIEUL else "x" if jong else ""
    if last in _DIGITS:
        return _DIGITS[last]
    return _latin_final(re.split(r"[^A-Za-z]", spoken)[-1])


def _latin_final(word: str) -> str:
    if word.isupper():
        return _LETTERS.get(word[-1].casefold(), "")
    ending = next((final for end, final in _WORD_ENDS if word.casefold().endswith(end)), None)
    return _WORD_LETTERS.get(word[-1:].casefold(), "") if ending is None else ending
