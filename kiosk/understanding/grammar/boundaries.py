"""Where one thing ends and the next begins: stops, commas, "and", corrections."""

from __future__ import annotations

from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token


def read(reading: Reading, token: Token) -> bool:
    """Take a word that separates."""
    if token.has("STOP", "QUESTION"):
        reading.flush_waiting()
        reading.close()
    elif token.has("COMMA"):
        reading.separate()
    elif token.has("CORRECT") or _is_no(reading, token):
        _correct(reading, token)
    elif token.has("AND") and not token.options:
        reading.separate()
    else:
        return False
    return True


def _is_no(reading: Reading, token: Token) -> bool:
    """As in "a latte, no, a mocha"."""
    before, following = reading.back(), reading.peek()
    between = before is not None and before.has("COMMA") and following is not None and following.has("COMMA")
    return token.has("NO") and between


def _correct(reading: Reading, token: Token) -> None:
    """As in "아니 잠깐", "no wait", "make that": what follows puts right what was said before."""
    reading.flush_waiting()
    reading.close()
    reading.frame.flags.add("correct")
    if token.has("STRONG"):
        reading.frame.flags.add("strong")
    if token.has("TOTAL"):
        reading.frame.flags.update(("change", "total"))
