"""The machine as it is drawn: every change of nodes and edges shows up here."""

import re
from pathlib import Path

import pytest

from graph import create_graph
from graph.studio import make_graph

pytestmark = pytest.mark.graph

_REMEDY = (
    "the machine has changed: if that is meant, write its drawing to docs/graph.mmd and the READMEs, "
    "and draw docs/images/graph.svg"
)


def test_the_drawing_in_the_documentation_is_the_machine(project_root: Path) -> None:
    drawing = (project_root / "docs" / "graph.mmd").read_text(encoding="utf-8")
    assert create_graph().get_graph().draw_mermaid() == drawing, _REMEDY


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_drawing_in_the_readme_is_the_machine(project_root: Path, name: str) -> None:
    readme = (project_root / name).read_text(encoding="utf-8")
    drawings = re.findall(r"```mermaid\n(.*?)```", readme, re.DOTALL)
    assert create_graph().get_graph().draw_mermaid().strip() in [drawing.strip() for drawing in drawings], _REMEDY


def test_the_picture_shows_every_way_that_a_turn_can_go(project_root: Path) -> None:
    picture = (project_root / "docs" / "images" / "graph.svg").read_text(encoding="utf-8")
    drawn = re.findall(r'data-from="(\w+)" data-to="(\w+)"', picture)
    machine = create_graph().get_graph()
    assert sorted(drawn) == sorted((edge.source, edge.target) for edge in machine.edges), _REMEDY
    assert set(machine.nodes) - {"__start__", "__end__"} <= set(re.findall(r">(\w+)</text>", picture)), _REMEDY


async def test_the_development_server_gets_the_same_machine_without_a_saver() -> None:
    served = await make_graph()
    assert served.checkpointer is None
    assert served.get_graph().draw_mermaid() == create_graph().get_graph().draw_mermaid()
