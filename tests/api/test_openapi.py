"""The API keeps to its own OpenAPI document, whatever is sent: Schemathesis tries it on the real server.

Schemathesis lives in an environment of its own (`make schemathesis`), because `langgraph-api` needs an older
`jsonschema-rs` than it does.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from kiosk.settings import Settings
from tests.web_server import WebServer

pytestmark = pytest.mark.api

TOKEN = "a-long-secret"
EXAMPLES = 12
RUN_S = 120
CONFIG = """
[checks]
# The default, and 410: a conversation whose customer has left.
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "410", "429", "5xx"]
"""


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    url = f"sqlite:///{tmp_path_factory.mktemp('fuzzed') / 'kiosk.db'}"
    changes: Any = {"requests_per_minute": 1_000_000, "operator_token": SecretStr(TOKEN)}
    with WebServer(Settings(database_url=url, **changes)) as server:
        yield server


def test_every_answer_is_one_that_the_document_names(schemathesis: str, fuzzed: WebServer, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    command = [schemathesis, "run", f"{fuzzed.url}/openapi.json", "-H", f"Authorization: Bearer {TOKEN}"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1"]
    command += ["--no-shrink", "--continue-on-failure", "--warnings", "off", "--request-timeout", "20"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=RUN_S, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
