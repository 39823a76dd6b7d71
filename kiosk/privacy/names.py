"""Personal names, by the frames people put them in: a list of names alone would miss most and catch the menu."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from kiosk.privacy.lexicon import LANGUAGES, any_of, compiled, section
from kiosk.privacy.spans import Finding
from kiosk.privacy.views import View

_SYLLABLES = "(?<![가-힣])(?P<name>[가-힣]{1,8}?)"
_PARTICLES = frozenset("은는이가도만로야요지고서면라기인의에와과랑를을")
_HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True, slots=True)
class _Frame:
    pattern: re.Pattern[str]
    sure: bool
    own: bool
    given: bool
    strict: bool
    capital: bool
    listed: bool
    lower: bool
    initial: bool
    short: bool


@dataclass(frozen=True, slots=True)
class _Korean:
    frames: tuple[_Frame, ...]
    alone: re.Pattern[str]
    latin: re.Pattern[str]
    spelled: tuple[re.Pattern[str], ...]
    before_number: re.Pattern[str]
    surnames: frozenset[str]
    given: frozenset[str]
    question: re.Pattern[str]
    stop: frozenset[str]


@dataclass(frozen=True, slots=True)
class _English:
    frames: tuple[_Frame, ...]
    spelled: re.Pattern[str]
    spelled_cued: re.Pattern[str]
    adjective: re.Pattern[str]
    acronyms: frozenset[str]
    ambiguous: frozenset[str]
    listed: frozenset[str]
    stop: frozenset[str]


def _frame(rule: dict[str, str], **slots: str) -> _Frame:
    flag = {name: rule.get(name) == "true" for name in _Frame.__dataclass_fields__ if name != "pattern"}
    return _Frame(compiled(rule["pattern"], **slots), **flag)


@cache
def _korean() -> _Korean:
    names = section("ko", "names")
    things = "".join(f"(?<!{thing})(?<!{thing} )" for thing in names["things"])
    slots = {"name": _SYLLABLES, "end": names["end"], "thing": things}
    slots["surname"] = "|".join(names["surnames"])
    return _Korean(
        tuple(_frame(rule, **slots) for rule in names["frames"]),
        compiled(names["alone"], **slots),
        compiled(names["latin"]),
        tuple(compiled(pattern) for pattern in names["spelled"]),
        compiled(names["before_number"], **slots),
        frozenset(names["surnames"]),
        frozenset(names["given"]),
        compiled(names["question"]),
        frozenset(names["stop"]),
    )


@cache
def _english() -> _English:
    names = section("en", "names")
    slots = {"name": f"(?P<name>{names['word']}{names['tail']})"}
    return _English(
        tuple(_frame(rule, **slots) for rule in names["frames"]),
        any_of(names["spelled"]),
        compiled(names["spelled_cued"]),
        compiled(names["adjective"]),
        frozenset(names["acronyms"]),
        frozenset(names["ambiguous"]),
        frozenset(names["listed"]),
        frozenset(names["stop"]),
    )


@cache
def _glued() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    return tuple(
        (compiled(pattern), frozenset(section(language, "names", "stop")))
        for language in LANGUAGES
        for pattern in section(language, "names", "glued")
    )


@lru_cache(maxsize=8)
def _menu_pieces(menu_words: frozenset[str]) -> frozenset[str]:
    """Return every word a drink or an option is made of, in lower case and without spaces."""
    words = {piece for word in menu_words for piece in (word.lower(), *word.lower().split())}
    return frozenset(words | {word.replace(" ", "") for word in words} | set(section("ko", "cafe")))


def find_names(view: View, menu_words: Collection[str]) -> Iterator[Finding]:
    """Find personal names.

    Args:
        view: The folded text.
        menu_words: Names and aliases of the menu; they are never names of people by themselves.
    """
    menu = _menu_pieces(frozenset(menu_words))
    lower = view.lower
    if _HANGUL.search(lower):
        yield from _find_korean(view, menu)
    yield from _find_english(view, menu)
    for pattern, stop in _glued():
        for found in pattern.finditer(lower):
            if found["name"] not in stop and not _is_menu(found["name"], menu):
                yield Finding(*found.span("name"), "NAME", 0.7, "name:frame")


def _find_korean(view: View, menu: frozenset[str]) -> Iterator[Finding]:
    korean, lower = _korean(), view.lower
    for start, end in view.parted:
        name = lower[start:end]
        bare = 3 <= len(name) <= 4 and name[0] in korean.surnames and not _stopped(name, korean)
        if _plausible(name, korean, menu) or (bare and not _is_menu(name, menu)):
            yield Finding(start, end, "NAME", 0.7, "name:parted")
    for frame in korean.frames:
        for found in frame.pattern.finditer(lower):
            if _accepts(found["name"], frame, korean, menu):
                yield Finding(*found.span("name"), "NAME", 0.9 if frame.sure else 0.6, "name:frame")
    alone = korean.alone.match(lower)
    if alone and len(alone["name"]) >= 3 and _plausible(alone["name"], korean, menu, strict=True):
        yield Finding(*alone.span("name"), "NAME", 0.6, "name:alone")
    for pattern in korean.spelled:
        for found in pattern.finditer(lower):
            if _plausible(re.sub("[ ,]", "", found["name"]), korean, menu):
                yield Finding(*found.span("name"), "NAME", 0.7, "name:spelled")
    for found in korean.before_number.finditer(lower):
        if not _stopped(found["name"], korean) and not _is_menu(found["name"], menu):
            yield Finding(*found.span("name"), "NAME", 0.6, "name:frame")
    for found in korean.latin.finditer(lower):
        if found["name"] not in _english().stop and not _is_menu(found["name"], menu):
            yield Finding(*found.span("name"), "NAME", 0.7, "name:frame")


def _accepts(name: str, frame: _Frame, korean: _Korean, menu: frozenset[str]) -> bool:
    if len(name) == 1 and not frame.short:
        return False
    if frame.sure:
        if _stopped(name, korean):
            return False
        return frame.own or not _is_menu(name, menu)
    if frame.given and len(name) == 2 and all(char in korean.given for char in name):
        return not _stopped(name, korean) and not _is_menu(name, menu)
    return len(name) >= 3 and _plausible(name, korean, menu, strict=frame.strict)


def _stopped(name: str, korean: _Korean) -> bool:
    if name in korean.stop:
        return True
    if len(name) >= 3 and korean.question.search(name) and not _named(name, korean):
        return True
    # Particles and endings left on a stop word: "어떻게", "없이", "메뉴가".
    return any(name[:size] in korean.stop for size in (len(name) - 1, len(name) - 2) if size >= 2) and not _named(
        name, korean
    )


def _named(name: str, korean: _Korean) -> bool:
    return len(name) == 3 and name[0] in korean.surnames and all(char in korean.given for char in name[1:])


def _plausible(name: str, korean: _Korean, menu: frozenset[str], *, strict: bool = False) -> bool:
    """Tell whether syllables read as a surname and a given name."""
    if name in korean.stop or _is_menu(name, menu):
        return False
    for size in (2, 1):
        surname, given = name[:size], name[size:]
        if surname not in korean.surnames or not 1 <= len(given) <= 3:
            continue
        if len(given) == 2 and all(char in korean.given for char in given):
            return not _is_word_with_particle(name, korean, menu)
        if not strict and size == 2 and given[0] in korean.given:
            return True
    return False


def _is_word_with_particle(name: str, korean: _Korean, menu: frozenset[str]) -> bool:
    """Tell whether the syllables are an everyday word with a particle: "우유인", "하나로"."""
    return name[-1] in _PARTICLES and (name[:-1] in korean.stop or name[:-1] in menu)


def _is_menu(name: str, menu: frozenset[str]) -> bool:
    """Tell whether a candidate is a menu word or wholly made of them ("아이스초코라떼")."""
    whole = name.lower().replace(" ", "")
    if whole in menu:
        return True
    reachable = {0}
    for end in range(1, len(whole) + 1):
        if any(start in reachable and whole[start:end] in menu for start in range(max(0, end - 8), end)):
            reachable.add(end)
    return len(whole) in reachable and len(whole) > 2


def _find_english(view: View, menu: frozenset[str]) -> Iterator[Finding]:
    english, lower = _english(), view.lower
    for found in english.spelled.finditer(lower):
        if found.group() not in english.acronyms:
            yield Finding(*found.span(), "NAME", 0.8, "name:spelled")
            yield from _same_word(lower, found, english)
    for found in english.spelled_cued.finditer(lower):
        yield Finding(*found.span("name"), "NAME", 0.8, "name:spelled")
    for frame in english.frames:
        position = 0
        while match := frame.pattern.search(lower, position):
            start, end = match.span("name")
            end = _name_end(view, start, end, frame, english, menu)
            if end > start:
                yield Finding(start, end, "NAME", 0.9 if frame.sure else 0.7, "name:frame")
            position = max(match.start() + 1, end)


def _same_word(lower: str, spelled: re.Match[str], english: _English) -> Iterator[Finding]:
    """Find the word that was spelled: "Tanaka, T-A-N-A-K-A"."""
    word = re.sub(r"[^a-z]", "", spelled.group())
    for found in re.finditer(rf"(?<![a-z]){re.escape(word)}(?![a-z])", lower):
        if word not in english.stop:
            yield Finding(*found.span(), "NAME", 0.8, "name:spelled")


def _name_end(view: View, start: int, end: int, frame: _Frame, english: _English, menu: frozenset[str]) -> int:
    """Return where the name ends, or `start` when the words are not a name."""
    words = list(re.finditer(r"[^ ]+", view.lower[start:end]))
    last = start
    for index, word in enumerate(words):
        text = word.group()
        text = text[:-2] if text.endswith("'s") else text
        a = start + word.start()
        if not _is_name_word(view.text[a : a + len(text)], text, index, a, frame, english, menu):
            break
        last = a + len(text)
    return last


def _is_name_word(
    written: str, word: str, index: int, start: int, frame: _Frame, english: _English, menu: frozenset[str]
) -> bool:
    capital = written[0].isupper() and (start > 0 or frame.initial) and not (written.isupper() and len(written) > 3)
    ambiguous = word in english.ambiguous
    if (word in english.stop and not (ambiguous and frame.sure)) or (word in menu and not (frame.sure and capital)):
        return False
    if index:
        return capital or word in english.listed
    if frame.sure:
        return True
    if ambiguous and not capital:
        return False
    if frame.listed and not (capital and frame.capital):
        return word in english.listed and (capital or not ambiguous)
    if word not in english.listed and english.adjective.search(word):
        return False
    return capital or word in english.listed or (frame.lower and len(word) > 2)
