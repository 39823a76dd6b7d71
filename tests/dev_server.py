"""`langgraph dev` as `make studio` runs it, for tests that talk to it over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

START_S = 90
STOP_S = 20
JOBS = 4


def free_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class DevServer:
    """The server on a free port; what it writes beside its configuration lands in a scratch folder.

    It can be stopped and started again on what it has left there.
    """

    def __init__(self, project_root: Path, folder: Path, *, pages: bool = True, **environment: str) -> None:
        """Write the project's configuration with absolute paths, and start nothing yet.

        Args:
            project_root: The folder with langgraph.json.
            folder: Where it runs.
            pages: Serve the kiosk's own pages and API beside Studio's.
            environment: What is set besides what the tests' own environment sets.
        """
        self.folder = folder
        self.log = folder / "server.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        configuration = json.loads((project_root / "langgraph.json").read_text(encoding="utf-8"))
        configuration |= {"dependencies": [str(project_root)], "env": str(project_root / configuration["env"])}
        for part, name in (("graphs", "kiosk"), ("checkpointer", "path")):
            configuration[part][name] = str(project_root / configuration[part][name])
        if not pages:
            del configuration["http"]
        (folder / "langgraph.json").write_text(json.dumps(configuration), encoding="utf-8")

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start and wait until the server answers."""
        command: list[Any] = [shutil.which("langgraph", path=str(Path(sys.executable).parent)), "dev", "--no-browser"]
        command += ["--no-reload", "--host", "127.0.0.1", "--port", self.url.rpartition(":")[2]]
        command += ["--n-jobs-per-worker", str(JOBS)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANGSMITH_")}
        environment = {**inherited, "LANGGRAPH_CLI_NO_ANALYTICS": "1", "NO_COLOR": "1", **self._environment}
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop as a signal would."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        finally:
            self._process.kill()

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/ok").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        pytest.fail(f"langgraph dev did not start:\n{self.log.read_text()}")
