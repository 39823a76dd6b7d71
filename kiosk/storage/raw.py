"""Looking into the bytes of database files that are open in this process.

POSIX takes away every lock that a process holds on a file when the process closes it anywhere
(https://www.sqlite.org/howtocorrupt.html, 2.2). SQLite then believes that nobody else has the file open, and what comes
of it is a damaged database. So a process of its own looks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_LOOK = """
import json, sys
names = [name.encode() for name in json.load(sys.stdin)]
contents = [open(path, "rb").read() for path in sys.argv[1:]]
print(sum(any(name in content for content in contents) for name in names))
"""


def found_in_files(names: Iterable[str], files: Iterable[Path]) -> int:
    """Return how many of these names can be found in the bytes of the files.

    Raises:
        OSError: A file cannot be read.
    """
    wanted, paths = [*names], [str(file) for file in files]
    if not wanted or not paths:
        return 0
    command = [sys.executable, "-I", "-S", "-c", _LOOK, *paths]
    looked = subprocess.run(command, input=json.dumps(wanted), capture_output=True, text=True, check=False)
    if looked.returncode:
        raise OSError(looked.stderr.strip().splitlines()[-1])
    return int(looked.stdout)
