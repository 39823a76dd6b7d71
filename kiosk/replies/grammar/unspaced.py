"""Languages that are written without spaces: the joints of a reply made of parts must not show."""

from __future__ import annotations

import re

_JOINT = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])|(?<=[。、！？：，]) +| +(?=[。、！？：，])")


def polish(text: str) -> str:
    """Take out the spaces between characters that need none."""
    return _JOINT.sub("", text)
