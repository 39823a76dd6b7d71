"""The project's pages as a reader sees them: fences, code spans, links and anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOT_RUN = "# Not run in tests:"
"""How a fence begins that says why no test runs it."""

SHELL = ("sh", "bash", "console")
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^`\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_SPAN = re.compile(r"(`+)(?P<code>(?:(?!\1).)+?)\1")
_LINK = re.compile(r"\]\((?P<markdown>[^)\s]+)\)|(?:src|href)=\"(?P<html>[^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)\s*#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"^[a-z]+:")


@dataclass(frozen=True)
class Fence:
    """A block of code; `line` is that of its first line in the page."""

    page: Page
    language: str
    body: str
    line: int

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Link:
    """A link to a file of the project, or to a heading of one."""

    page: Page
    path: str
    anchor: str

    @property
    def file(self) -> Path:
        return (self.page.path.parent / self.path).resolve() if self.path else self.page.path

    def __str__(self) -> str:
        return f"{self.page}: {self.path}{'#' if self.anchor else ''}{self.anchor}"


@dataclass(frozen=True)
class Page:
    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def fences(self) -> tuple[Fence, ...]:
        return tuple(self._fences())

    @cached_property
    def prose(self) -> str:
        """The page without its fences."""
        return _FENCE.sub("", self.text)

    @cached_property
    def code(self) -> tuple[str, ...]:
        """Everything that is written as code: spans, and lines of fences."""
        spans = [match["code"] for match in _SPAN.finditer(self.prose)]
        return (*spans, *(line for fence in self.fences for line in fence.body.splitlines()))

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """What a reader may type into a shell: spans, and lines of shell fences."""
        spans = [match["code"] for match in _SPAN.finditer(self.prose)]
        shell = (fence for fence in self.fences if fence.language in SHELL)
        return (*spans, *(line for fence in shell for line in fence.body.splitlines()))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links())

    @cached_property
    def anchors(self) -> frozenset[str]:
        return frozenset(_anchor(match["text"]) for match in _HEADING.finditer(self.prose))

    def _fences(self) -> Iterator[Fence]:
        for match in _FENCE.finditer(self.text):
            body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
            yield Fence(self, match["language"], body, self.text.count("\n", 0, match.start()) + 2)

    def _links(self) -> Iterator[Link]:
        for match in _LINK.finditer(_SPAN.sub("", self.prose)):
            target = match["markdown"] or match["html"]
            if not _ELSEWHERE.match(target):
                path, _, anchor = target.partition("#")
                yield Link(self, path, anchor)


def _anchor(heading: str) -> str:
    """Return the anchor that the repository's pages make of a heading."""
    words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def readmes() -> list[Page]:
    return [Page(ROOT / name) for name in ("README.md", "README.ko.md")]


def guides() -> list[Page]:
    """All pages of docs/ but records of decisions, which speak of the past, and pages that are written from code."""
    return [page for page in documents() if not str(page).startswith(("docs/adr/", "docs/reference/"))]


def documents() -> list[Page]:
    return [Page(path) for path in sorted((ROOT / "docs").rglob("*.md"))]


def every_page() -> list[Page]:
    return [*readmes(), Page(ROOT / "CHANGELOG.md"), Page(ROOT / "SECURITY.md"), *documents()]
