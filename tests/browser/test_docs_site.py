"""The documentation's site: it builds without a warning, and reading it asks no other site for anything."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from mkdocs.config import load_config
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from playwright.sync_api import Browser

from docs.tools.site import on_page_markdown

pytestmark = pytest.mark.browser

TITLES = {"index.html": "The kiosk agent", "architecture.html": "Architecture", "reference/python/graph.html": "Graph"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=project_root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_pages_are_read_without_another_site(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, title in TITLES.items():
        page.goto(f"{address}/{name}", wait_until="networkidle")
        assert page.locator("h1").first.inner_text().startswith(title)
    page.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_a_word_is_found(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/index.html")
    page.get_by_placeholder("Search").fill("placeholders vault")
    page.locator(".md-search-result__link", has_text="vault").first.wait_for()
    page.close()


def test_public_names_are_documented_from_their_docstrings(site: Path) -> None:
    graph = (site / "reference" / "python" / "graph.html").read_text(encoding="utf-8")
    assert "Build a kiosk that takes orders" in graph
    for name in ("graph.runtime.create_graph", "graph.runtime.open_graph", "graph.runtime.KioskGraph"):
        assert f'id="{name}"' in graph
    assert 'id="kiosk.serving.router.select"' in (site / "reference" / "python" / "serving.html").read_text("utf-8")


def test_every_decision_is_in_the_navigation(site: Path, project_root: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")
    for record in (project_root / "docs" / "adr").glob("[0-9]*.md"):
        if not record.name.startswith("0000"):
            assert f'href="adr/{record.stem}.html"' in home


def test_links_out_of_the_documentation_lead_nowhere_on_the_site(site: Path) -> None:
    page = (site / "models.html").read_text(encoding="utf-8")
    assert "endpoints.yaml" in page
    assert 'href="../kiosk/' not in page


def test_links_out_of_the_documentation_lead_to_the_repository_where_its_address_is_known(
    project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCS_SOURCE_URL", "https://git.example.com/kiosk/blob/main/")
    config = load_config(str(project_root / "mkdocs.yml"))
    record = File("adr/0001-plain-values-in-state.md", config.docs_dir, config.site_dir, use_directory_urls=False)
    text = "[state](../../state/order.py#L3), [another](0002-x.md#why), ![x](../../y.png), [out](https://example.com/)"
    led = on_page_markdown(text, page=Page(None, record, config), config=config, files=Files([record]))
    source = "https://git.example.com/kiosk/blob/main/state/order.py#L3"
    assert led == text.replace("../../state/order.py#L3", source)
