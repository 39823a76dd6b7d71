"""The second wall in front of logs. The first is that nobody here logs what a customer said: ids and codes only."""

from __future__ import annotations

import logging
import traceback

from kiosk.privacy.masking import unnumbered
from kiosk.privacy.screening import Screen


class HidesPersonalData(logging.Filter):
    """Replaces what looks personal in a record by its type, in messages, arguments and exceptions of any library."""

    def __init__(self) -> None:
        """Share nothing with the kiosk's own detector: a log must work when all else fails."""
        super().__init__()
        self._screen = Screen()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; a record that cannot be judged keeps its class, not its words."""
        try:
            self._rewrite(record)
        except Exception as error:
            record.msg, record.args = "%s: a record that cannot be shown (%s)", (record.name, type(error).__name__)
            record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True

    def _rewrite(self, record: logging.LogRecord) -> None:
        record.msg, record.args = self._clean(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = self._clean("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = self._clean(record.exc_text)

    def _clean(self, text: str) -> str:
        return "\n".join(unnumbered(line, self._screen.detect(line).spans) for line in text.split("\n"))


def guard_logs(*loggers: logging.Logger) -> None:
    """Put the filter on every handler that these loggers and the root logger have; a second call changes nothing."""
    for logger in (logging.getLogger(), *loggers):
        for handler in logger.handlers:
            if not any(isinstance(it, HidesPersonalData) for it in handler.filters):
                handler.addFilter(HidesPersonalData())
