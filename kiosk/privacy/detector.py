"""`detect`: every rule over one folded view, merged into spans and a level."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kiosk.privacy import korean_ids
from kiosk.privacy.emails import find_emails
from kiosk.privacy.names import find_names
from kiosk.privacy.numbers import find_cues, find_numbers
from kiosk.privacy.places import find_places
from kiosk.privacy.spans import Detection, Finding, Level, Span
from kiosk.privacy.statements import find_health, states_preference
from kiosk.privacy.values import find_values
from kiosk.privacy.views import View, make_view

# No order is this long. Longer texts are read in overlapping pieces, so the cost stays linear whatever is typed.
_PIECE = 2000
_OVERLAP = 160


def detect(text: str, language: str | None = None, *, menu_words: Collection[str] = ()) -> Detection:
    """Find what is personal in a text, on this machine and without a model.

    Args:
        text: What the customer said or typed.
        language: The language the session runs in, if known. All languages are read anyway, since people mix them.
        menu_words: Names and aliases of the menu, which are never personal by themselves.

    Returns:
        The level, the spans in offsets of `text`, and reason codes that hold no text.
    """
    del language
    words = frozenset(menu_words)
    spans: list[tuple[Span, str]] = []
    prefers = False
    for offset, piece in _pieces(text):
        view = make_view(piece)
        spans += [_located(view, finding, offset) for finding in _findings(view, words)]
        prefers = prefers or states_preference(view.lower)
    merged = _merged(spans)
    level: Level = "high" if merged else "medium" if prefers else "low"
    reasons = dict.fromkeys(rule for _, rule in sorted(spans, key=lambda item: item[0].start))
    return Detection(level, merged, tuple(reasons) or (("preference",) if prefers else ()))


def warm_up() -> None:
    """Load word lists and identifier rules, so that the first customer does not wait for them."""
    korean_ids.load()
    detect("010-0000-0000 test@example.com 제 이름은 홍길동이에요, my name is Jo, 14 Nowhere Lane, 알레르기")


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    if len(text) <= _PIECE:
        yield 0, text
        return
    start = 0
    while start < len(text):
        yield start, text[start : start + _PIECE]
        start += _PIECE - _OVERLAP


def _findings(view: View, menu_words: frozenset[str]) -> Iterator[Finding]:
    lower = view.lower
    cues = find_cues(lower)
    benign = [cue for cue in cues if cue.kind == "BENIGN"]
    yield from find_numbers(lower, cues)
    yield from find_values(lower, cues)
    yield from find_emails(lower)
    yield from find_places(lower)
    yield from find_health(lower)
    yield from find_names(view, menu_words)
    if not benign:
        yield from korean_ids.find_korean_ids(view.text)


def _located(view: View, finding: Finding, offset: int) -> tuple[Span, str]:
    start, end = view.source(finding.start, finding.end)
    return Span(offset + start, offset + end, finding.type, finding.confidence), finding.rule


def _merged(spans: list[tuple[Span, str]]) -> tuple[Span, ...]:
    """Join overlapping spans: all of what any rule found is masked, under the type of the surest."""
    merged: list[Span] = []
    for span, _ in sorted(spans, key=lambda item: (item[0].start, -item[0].end)):
        last = merged[-1] if merged else None
        if last is None or span.start >= last.end:
            merged.append(span)
            continue
        surest = max(last, span, key=lambda one: (one.confidence, one.end - one.start))
        merged[-1] = Span(last.start, max(last.end, span.end), surest.type, surest.confidence)
    return tuple(merged)
