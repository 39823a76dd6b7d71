"""What the pages tell a reader to type works: every shell, Python and SQL fence is run, and every conversation held.

A page is read from top to bottom in a folder of its own that looks like a clone with everything installed. A fence is
run as a whole or not at all; docs/contributing.md says which are not run.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.pages import NOT_RUN, SHELL, Fence, Page, documents, readmes

pytestmark = pytest.mark.api

TIMEOUT_S = 120
LEFT_BEHIND = (".venv", ".git", "site")
"""What of a working folder a reader's clone does not have, beside settings and databases."""
README, _ = readmes()
"""The Korean one is held to the same code by tests/unit/test_pages.py, so it is not run again."""

PAGES = [
    page
    for page in (README, *documents())
    if {fence.language for fence in page.fences} & {*SHELL, "python", "sql", "text"}
]

BUILTINS = {"export", "cd", "set", ".", "source", "echo", "printf", "sleep", "kill", "wait", "test", "true"}
PROGRAMS = {
    "kiosk",
    ".venv/bin/kiosk",
    "make",
    "python",
    ".venv/bin/python",
    "openssl",
    "curl",
    "cat",
    "ls",
    "mkdir",
    "cp",
}
SLOW_MAKE = re.compile(r"\bmake (?=[a-z])(?!(?:help|run|serve)\b)")
"""Targets of `make` that take long: of these only the recipe is looked at."""

SERVICES = re.compile(r"postgresql://|ollama|_API_KEY=|127\.0\.0\.1:2024")
TO_FILL_IN = re.compile(r"(?<![\w$\"'{./-])(?!GET|POST|PUT|DELETE|KIOSK_|LANG)[A-Z]{2,}[A-Z_]*\b(?!=)")
SERVER = re.compile(
    r"^(?P<before>(?:[A-Z_]+=\S+ )*)(?P<program>(?:\S*/)?kiosk (?:serve|terminal)|make serve)(?P<rest>[^&#]*)"
)

PREAMBLE = """\
set -euo pipefail
servers=()
listening() {  # PORT PROCESS
    for _ in $(seq 1200); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        kill -0 "$2" 2>/dev/null || break
        sleep 0.05
    done
    echo "no server on port $1" >&2
    exit 1
}
ended() {
    local code=$?
    trap - EXIT
    for server in ${servers[@]+"${servers[@]}"}; do
        kill -TERM "$server" 2>/dev/null || code=90
        wait "$server" || [ $? -eq 143 ] || [ $? -eq 130 ] || code=91
    done
    exit $code
}
trap ended EXIT
"""


def test_a_fence_that_cannot_be_run_is_told_from_one_that_can() -> None:
    def reason(text: str) -> str | None:
        return why_not_run(Fence(PAGES[0], "sh", text, 1))

    assert reason("export KIOSK_LANGUAGE=en\nkiosk ask 'one latte' | cat  # PRINTS an answer\n") is None
    assert reason("KIOSK_DATABASE_URL=postgresql://kiosk@db/kiosk kiosk serve\n") == "needs a service"
    assert reason("kiosk purge --thread ID\n") == "has places to fill in"
    assert reason("sudo systemctl restart kiosk\n") == "runs sudo"
    assert reason(f"{NOT_RUN} takes a day\nkiosk bench\n") == "says so"


@pytest.fixture(scope="module")
def read(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Page, Future[list[str]]]]:
    """The problems of every page that is asked about; two pages are read at a time, long ones first."""
    calls = [item.callspec for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    pages = sorted((call.params["page"] for call in calls), key=lambda page: -len(page.fences))
    with ThreadPoolExecutor(2) as readers:
        yield {page: readers.submit(Reader(page, tmp_path_factory.mktemp("page")).problems) for page in pages}
        readers.shutdown(cancel_futures=True)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_reader_can_do_what_the_page_says(page: Page, read: dict[Page, Future[list[str]]]) -> None:
    problems = read[page].result()
    assert not problems, "\n\n".join(problems)


def test_nothing_in_the_readme_is_left_out() -> None:
    left_out = [str(fence) for fence in README.fences if fence.language in SHELL and why_not_run(fence)]
    assert left_out == []


def why_not_run(fence: Fence) -> str | None:
    """Return why a fence is not run, by what a reader can see; None: it is run."""
    if fence.body.startswith(NOT_RUN):
        return "says so"
    lines = [re.sub(r"(^|\s)#.*", "", line) for line, typed in commands(fence) if typed]
    if any(SERVICES.search(line) for line in lines):
        return "needs a service"
    if any(TO_FILL_IN.search(line) for line in lines):
        return "has places to fill in"
    unknown = {program for line in lines for program in programs(line)} - BUILTINS - PROGRAMS
    return f"runs {', '.join(sorted(unknown))}" if unknown else None


def commands(fence: Fence) -> list[tuple[str, bool]]:
    """Return lines as a shell joins them, and whether each is a command, or text for a file."""
    body = fence.body
    if fence.language == "console":
        body = "".join(line[2:] + "\n" for line in body.splitlines() if line.startswith(("$ ", "> ")))
    lines: list[tuple[str, bool]] = []
    end = ""
    for line in re.sub(r"\\\n\s*", " ", body).splitlines():
        lines.append((line, not end))
        if end:
            end = "" if line == end else end
        elif here := re.search(r"<<-?\s*['\"]?(\w+)", line):
            end = here[1]
    return lines


def programs(line: str) -> list[str]:
    """Return the programs that a line of a shell runs."""
    quoted = re.sub(r"'[^']*'|\"[^\"]*\"", "''", line)
    parts = re.split(r"&&|\|\||[|;&]|\$\(", quoted)
    words = [re.sub(r"^\s*(?:[A-Za-z_]+=\S*\s+)*", "", part).split() for part in parts]
    return [found[0] for found in words if found and "=" not in found[0]]


class Reader:
    """Does what a page says, in a folder that looks like a clone of the project with everything installed."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.ports = {"8000": _free_port(), "9100": _free_port()}
        self.environment = {
            "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "LANGGRAPH_STRICT_MSGPACK": "true",
            "LANGSMITH_TRACING": "false",
        }

    def problems(self) -> list[str]:
        """Go through the page from top to bottom."""
        self._clone()
        return [f"{fence}\n{problem}" for fence in self.page.fences if (problem := self._problem(fence))]

    def _clone(self) -> None:
        root = Path(__file__).parent.parent.parent
        for path in root.iterdir():
            if not path.name.startswith(LEFT_BEHIND) and path.name != ".env" and path.suffix not in {".db", ".key"}:
                (self.folder / path.name).symlink_to(path)
        (self.folder / ".venv").symlink_to(sys.prefix)
        for name in ("our_menu.yaml", "my_shop.yaml"):
            menu = next(fence for fence in Page(root / "docs" / "menu.md").fences if fence.language == "yaml")
            (self.folder / name).write_text(menu.body, encoding="utf-8")
        make = self.folder / "bin" / "make"
        make.parent.mkdir()
        stamps = " ".join(f"-o .venv/.installed-{kind} -o .venv/.created" for kind in ("run", "dev"))
        make.write_text(f'#!/bin/sh\nexec {shutil.which("make")} {stamps} "$@"\n', encoding="utf-8")
        make.chmod(0o755)

    def _problem(self, fence: Fence) -> str | None:
        if fence.language in SHELL:
            return None if why_not_run(fence) else self._run("bash", "-c", self._script(fence))
        if fence.language == "python" and not fence.body.startswith(NOT_RUN):
            return self._run(sys.executable, "-c", fence.body)
        if fence.language == "sql" and not fence.body.startswith(NOT_RUN.replace("#", "--")):
            return self._query(fence.body)
        if fence.language == "text" and fence.body.startswith("> "):
            return self._talk(fence.body)
        return None

    def _script(self, fence: Fence) -> str:
        script = PREAMBLE + "\n".join(self._line(line) if typed else line for line, typed in commands(fence))
        for documented, free in self.ports.items():
            script = script.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{free}")
        return script

    def _line(self, line: str) -> str:
        """Return a line for a script that must go on: servers in the background, and no long recipes."""
        if found := SERVER.match(line):
            return self._served(found)
        if "exit code 1" in line.partition("#")[2]:
            return f"{line.partition('#')[0]} || [ $? -eq 1 ]"
        return SLOW_MAKE.sub("make --dry-run ", line)

    def _served(self, found: re.Match[str]) -> str:
        kind = found["program"].rpartition(" ")[2]
        port = self.ports["9100" if kind == "terminal" else "8000"]
        options = "" if "--port" in found["rest"] else f"--port {port}"
        if kind == "terminal":
            options += f" --server http://127.0.0.1:{self.ports['8000']}"
        command = f'{found["program"]} ARGS="{options}"' if "make" in found["program"] else f"{found[0]} {options}"
        return f"{command} >/dev/null & servers+=($!); listening {port} $!"

    def _run(self, *command: str) -> str | None:
        ended = self._ended(command)
        failed = ended.returncode != 0 or "Traceback" in ended.stderr
        return f"exit code {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}" if failed else None

    def _ended(self, command: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(stdin, timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                # With what it has started: a server would go on.
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                err += f"\nnot over after {TIMEOUT_S} s"
            return subprocess.CompletedProcess(command, process.returncode, out, err)

    def _query(self, statement: str) -> str | None:
        try:
            with sqlite3.connect(self.folder / "kiosk.db") as database:
                database.executescript(statement)
        except sqlite3.Error as error:
            return str(error)
        return None

    def _talk(self, shown: str) -> str | None:
        """Say what the customer of a page says, and compare what the kiosk answers."""
        turns = [turn.partition("\n") for turn in shown.removeprefix("> ").rstrip("\n").split("\n> ")]
        words = "".join(f"{said}\n" for said, _, _ in turns)
        language = "ko" if re.search("[가-힣]", words) else "en"
        # Where nobody sits at a terminal, a reply and a cart are printed a turn, with a blank line between.
        done = self._ended([sys.executable, "-m", "kiosk.cli", "chat", "--lang", language], words)
        expected = [answer.strip() for _, _, answer in turns]
        got = [block.strip() for block in done.stdout.strip().split("\n\n")]
        return None if got == expected else f"expected {expected}\ngot {got}\n{done.stderr}"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
