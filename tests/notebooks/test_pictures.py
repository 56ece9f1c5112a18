"""The pictures in the stored notebooks: whole documents, and true to the run whose outputs stand around them."""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from lessons import NOTEBOOKS
from nbformat import NotebookNode

SVG = "{http://www.w3.org/2000/svg}"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
MOST_OCTETS = 400_000

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def cells(path: Path) -> dict[str, NotebookNode]:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def pictures(path: Path) -> list[dict[str, str]]:
    bundles = [output.get("data", {}) for cell in cells(path).values() for output in cell.outputs]
    return [bundle for bundle in bundles if "image/svg+xml" in bundle]


def printed(path: Path, cell: str) -> str:
    outputs = cells(path)[cell].outputs
    return "".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs)


@every_notebook
def test_a_notebook_stays_small(path: Path) -> None:
    assert path.stat().st_size < MOST_OCTETS


@pytest.mark.parametrize("lesson", ["00", "01", "02", "03", "04", "05", "06", "07", "08"])
def test_every_lesson_has_a_picture(lesson: str) -> None:
    assert any(pictures(path) for path in PATHS if path.name.startswith(lesson))


@every_notebook
def test_pictures_are_whole_documents_that_stand_on_their_own(path: Path) -> None:
    ids: list[str] = []
    for bundle in pictures(path):
        root = ElementTree.fromstring(bundle["image/svg+xml"])
        assert root.tag == f"{SVG}svg"
        title, description, paper = root[0], root[1], root[2]
        assert title.tag == f"{SVG}title" and (title.text or "").strip()
        assert description.tag == f"{SVG}desc" and description.text == bundle["text/plain"]
        assert paper.tag == f"{SVG}rect" and paper.get("fill") not in (None, "none")
        ids += [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags.isdisjoint({"script", "image", "foreignObject"})
        assert any((element.text or "").strip() for element in root.iter(f"{SVG}text"))
    assert len(ids) == len(set(ids))


def test_the_ladder_of_the_echo_has_the_numbers_of_its_run() -> None:
    server, client = NOTEBOOKS / "01-echo-server.ipynb", NOTEBOOKS / "01-echo-client.ipynb"
    ladder = printed(client, "drawn")
    served = printed(server, "accept").partition("no data from")[0]
    port = re.search(r"connection from \[ '127\.0\.0\.1', (\d+) \]", served)
    assert port is not None
    assert f"client 127.0.0.1:{port[1]} (this notebook)" in ladder
    assert f"accept() = 127.0.0.1:{port[1]}" in ladder
    received = [len(piece) for piece in re.findall(r"received b'(.+)'", served)]
    drawn = [int(number) for number in re.findall(r"recv\(16\) = (\d+) octets", ladder.partition("\n")[2])]
    assert received == [16, 16, 10]
    assert sorted(drawn) == sorted(received * 2), "what the server has received, and the client has received back"
    sent = [int(number) for number in re.findall(r"--- (\d+) octets b'.*--->", ladder)]
    assert sent == received


def test_the_ladder_of_two_clients_shows_that_one_waits_for_the_other() -> None:
    lines = printed(NOTEBOOKS / "01-echo-client.ipynb", "queued").splitlines()
    order = [
        next(number for number, line in enumerate(lines) if text in line)
        for text in ("2: sendall(6)", "1: close()", "2: recv(16) = 6 octets b'me too'")
    ]
    assert order == sorted(order)
