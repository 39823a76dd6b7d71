"""The serving report: what the ledger says, as values for programs, text for a terminal, and a page with charts."""

from kiosk.serving.report.page import render_page
from kiosk.serving.report.report import Report, worded
from kiosk.serving.report.tables import TableName, render_csv
from kiosk.serving.report.text import render_text
from kiosk.serving.report.words import LANGUAGES, Words, load_words

__all__ = [
    "LANGUAGES",
    "Report",
    "TableName",
    "Words",
    "load_words",
    "render_csv",
    "render_page",
    "render_text",
    "worded",
]
