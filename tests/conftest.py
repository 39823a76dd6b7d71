"""Rules and fixtures that hold for the whole suite."""

import os

# LangGraph reads this once, when it is imported, so it stands before every import that could bring LangGraph in.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
os.environ["LANGSMITH_TRACING"] = "false"

import gc
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import settings
from langgraph.checkpoint.serde import _msgpack
from psycopg import sql

LEVELS = frozenset({"unit", "graph", "api", "browser", "load", "live"})
PROVIDER_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "OPENROUTER_API_KEY", "LANGSMITH_API_KEY")
POSTGRES_HELP = (
    "needs PostgreSQL: 'apt-get install postgresql', create a scratch database and set "
    "KIOSK_TEST_POSTGRES_URL=postgresql://USER:PASSWORD@127.0.0.1:5432/DATABASE, whose user may create databases; "
    ".ci/run does all of this"
)

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_HELP = (
    "needs Chromium and a font with Korean letters: 'apt-get install chromium fonts-noto-cjk', or set "
    "KIOSK_TEST_CHROMIUM to a Chromium; .ci/run does this"
)

NODE_HELP = (
    "needs Node.js 20 and the JavaScript SDK: 'apt-get install nodejs npm' and "
    "'npm install --prefix tests/js --no-package-lock --ignore-scripts'; .ci/run does this"
)

SCHEMATHESIS_HELP = "needs Schemathesis in an environment of its own: 'make schemathesis'; .ci/run does this"

# A shared machine is slow now and then; a deadline per example would fail at random.
settings.register_profile("kiosk", deadline=None, print_blob=True)
settings.register_profile("kiosk-ci", parent=settings.get_profile("kiosk"), derandomize=True)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def pytest_configure(config: pytest.Config) -> None:
    """Start every run from the same environment, whatever the developer's shell holds."""
    if not _msgpack.STRICT_MSGPACK_ENABLED:
        raise pytest.UsageError("LangGraph was imported before LANGGRAPH_STRICT_MSGPACK was set: run `make test`")
    settings.load_profile("kiosk-ci" if in_ci() else "kiosk")
    if config.option.markexpr == "live":
        return
    for name in list(os.environ):
        if name in PROVIDER_KEYS or (name.startswith("KIOSK_") and not name.startswith("KIOSK_TEST_")):
            del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test whose module does not say on which level it tests."""
    unmarked = {item.path for item in items if LEVELS.isdisjoint(mark.name for mark in item.iter_markers())}
    if unmarked:
        names = ", ".join(sorted(os.path.relpath(path) for path in unmarked))
        raise pytest.UsageError(f"no level in {names}: add `pytestmark = pytest.mark.unit` (or {', '.join(LEVELS)})")


def pytest_collection_finish() -> None:
    """Spare every garbage collection to come the libraries and tests, which stay to the end anyway."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skip a failure in CI, where everything a test can need is installed."""
    report = yield
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, and CI allows no skips: {skip_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make the skip of a whole module a failure in CI too."""
    report = yield
    if in_ci() and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid}: skipped, and CI allows no skips: {skip_reason(report)}"
    return report


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a scratch PostgreSQL database; its user may create and drop tables."""
    url = os.environ.get("KIOSK_TEST_POSTGRES_URL")
    if not url:
        pytest.skip(POSTGRES_HELP)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        yield url
        return
    with own_database(url, worker) as own:
        yield own


@contextmanager
def own_database(url: str, worker: str) -> Iterator[str]:
    """Give a worker, one of several processes that test at once, a database beside the one of the URL."""
    place = urlsplit(url)
    name = f"{place.path.lstrip('/')}_{worker}"
    with psycopg.connect(url, autocommit=True) as connection:
        quoted = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
        yield urlunsplit(place._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that tests may start."""
    found = os.environ.get("KIOSK_TEST_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip(CHROMIUM_HELP)
    return found


@pytest.fixture(scope="session")
def node(project_root: Path) -> str:
    """The path of a Node.js that finds the JavaScript SDK."""
    found = shutil.which("node")
    if found is None or not (project_root / "tests" / "js" / "node_modules" / "@langchain" / "langgraph-sdk").is_dir():
        pytest.skip(NODE_HELP)
    return found


@pytest.fixture(scope="session")
def schemathesis(project_root: Path) -> str:
    """The path of Schemathesis' command."""
    found = project_root / ".venv-schemathesis" / "bin" / "schemathesis"
    if not found.is_file():
        pytest.skip(SCHEMATHESIS_HELP)
    return str(found)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder with pyproject.toml."""
    return Path(__file__).parent.parent
