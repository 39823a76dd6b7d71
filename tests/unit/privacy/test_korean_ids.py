"""The second pair of eyes: loaded late, and only for long numbers."""

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.privacy.korean_ids import find_korean_ids

pytestmark = pytest.mark.unit


def test_a_text_without_a_long_number_is_not_given_to_it() -> None:
    assert list(find_korean_ids("라떼 3잔 4500원")) == []


def test_finds_a_number_whose_shape_and_date_are_right() -> None:
    assert [finding.type for finding in find_korean_ids("900101-1990123")] == ["RRN"]


def test_importing_the_package_and_reading_an_order_does_not_load_it(project_root: Path) -> None:
    code = (
        "import sys; from kiosk.privacy import detect; detect('아메리카노 두 잔이요');"
        "sys.exit(any(name.startswith(('ko_pii', 'langgraph', 'spacy')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=project_root, check=False).returncode == 0
