"""The language packs hold function words only, each tag with a use, each word once."""

import re
from collections import Counter
from importlib.resources import files

import pytest

from kiosk.understanding.packs import LANGUAGES, load_pack

pytestmark = pytest.mark.unit

SECTIONS = ("particles", "words", "stems")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_given_twice_under_a_tag(language: str) -> None:
    for section in SECTIONS:
        for tag, words in load_pack(language).get(section, {}).items():
            assert [word for word, count in Counter(words).items() if count > 1] == [], tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tag_is_read_somewhere(language: str) -> None:
    package = files("kiosk.understanding")
    folders = [package, package / "grammar", package / "discourse"]
    code = "\n".join(
        file.read_text(encoding="utf-8") for folder in folders for file in folder.iterdir() if file.name.endswith(".py")
    )
    used = set(re.findall(r'"([A-Z_]+)"', code))
    tags = {tag for section in SECTIONS for tag in load_pack(language).get(section, {})}
    assert tags - used == set()
