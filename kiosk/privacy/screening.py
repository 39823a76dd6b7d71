"""One detector for a kiosk, which remembers which texts it has found nothing in."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

from kiosk.privacy.detector import detect
from kiosk.privacy.spans import Detection

_REMEMBERED = 4096


class Screen:
    """Detects with the words of a menu.

    A text is judged when it comes in, when the turn is described and whenever a later turn would send it along. Only
    verdicts without spans are remembered, under digests, so that no text is kept here.
    """

    def __init__(self, menu_words: Iterable[str] = ()) -> None:
        """Remember nothing yet.

        Args:
            menu_words: Names and aliases of the menu, which are never personal by themselves.
        """
        self._menu_words = frozenset(menu_words)
        self._salt = secrets.token_bytes(16)
        self._clean: OrderedDict[bytes, Detection] = OrderedDict()
        self._lock = threading.Lock()

    def detect(self, text: str, language: str | None = None) -> Detection:
        """See `kiosk.privacy.detect`."""
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=self._salt).digest()
        with self._lock:
            known = self._clean.get(key)
            if known is not None:
                self._clean.move_to_end(key)
                return known
        detection = detect(text, language, menu_words=self._menu_words)
        if not detection.spans:
            with self._lock:
                self._clean[key] = detection
                if len(self._clean) > _REMEMBERED:
                    self._clean.popitem(last=False)
        return detection
