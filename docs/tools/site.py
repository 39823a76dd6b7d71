"""What the site adds to the pages: every decision in the navigation, and links that leave docs/."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

DECISIONS = "Decisions"
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the records of decisions, so that a new one needs no line in mkdocs.yml."""
    folder = Path(config.docs_dir)
    records = sorted(path for path in (folder / "adr").glob("[0-9]*.md") if not path.name.startswith("0000"))
    for section in config.nav or []:
        if DECISIONS in section:
            section[DECISIONS] += [str(path.relative_to(folder)) for path in records]
    return config


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Any) -> str:
    """Lead links to the repository's own files there, or show their names only where nobody said where that is."""
    docs = Path(config.docs_dir).resolve()
    here = (docs / page.file.src_uri).parent

    def led(link: re.Match[str]) -> str:
        target = (here / link["target"]).resolve()
        if target.is_relative_to(docs):
            return link[0]
        source = os.environ.get("DOCS_SOURCE_URL", "").rstrip("/")
        address = f"{source}/{target.relative_to(docs.parent)}{link['anchor'] or ''}"
        return f"[{link['text']}]({address})" if source else link["text"]

    return _LINK.sub(led, markdown)
