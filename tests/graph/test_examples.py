"""The examples run as they stand, and do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.graph


def test_the_python_api_takes_pays_and_keeps_an_order(project_root: Path, tmp_path: Path) -> None:
    script = project_root / "examples" / "order_from_python.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        timeout=60,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert told["sync"].strip().startswith("3 x latte = 13500 KRW (open) | ")
    assert told["async"].strip() == "2 x latte = 9000 KRW (open); 1 x cheesecake = 6500 KRW (open)"
    assert told["stream"].strip() == "analyze -> route -> generate -> validate"
    assert told["begun"].strip() == "2 x latte = 9000 KRW (awaiting_payment)"
    assert told["request"].strip() == "take_payment 9000 KRW"
    assert told["paid"].strip() == "2 x latte = 9000 KRW (paid)"
    assert not list(tmp_path.iterdir())
