"""notebooks/claims.json: its form, that the cells that it names are there and ran, and that the verdict which a cell
has printed is the one recorded."""

import json
import re
from typing import NamedTuple

import nbformat
import pytest
from lessons import NOTEBOOKS
from nbformat import NotebookNode

TEXTS = ("pymotw", "fopnp-42", "fopnp-46", "erle", "ewing")
STANDARDS = ("rfc6298", "rfc9293")
"""Whose claims the lessons try, too, but whose blocks they do not mirror."""
SOURCES = (*TEXTS, *STANDARDS)
VERDICTS = ("holds", "holds if", "does not hold", "not tried")

LINE = re.compile(rf"^((?:{'|'.join(SOURCES)})-[a-z0-9-]+): (?:(holds if) .+|(holds|does not hold))$", re.MULTILINE)
CALL = re.compile(r'\bverdict\("([^"]+)",\s*([^\s,)]+)')

Entry = dict[str, str]

MAP: list[Entry] = json.loads((NOTEBOOKS / "claims.json").read_text())
CLAIMS = [entry for entry in MAP if entry["kind"] == "claim"]
CELLS = {
    (path.name, cell.id): cell
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
}


class Printed(NamedTuple):
    notebook: str
    cell: str
    claim: str
    verdict: str


def output(cell: NotebookNode) -> str:
    return "\n".join(
        output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.get("outputs", [])
    )


def printed_verdicts() -> list[Printed]:
    return [
        Printed(notebook, identity, found[1], found[2] or found[3])
        for (notebook, identity), cell in CELLS.items()
        for found in LINE.finditer(output(cell))
    ]


def each(entries: list[Entry]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry["id"])


@each(MAP)
def test_the_form_of_an_entry(entry: Entry) -> None:
    fields = {"id", "source", "kind", "at", "says", "notebook", "cell"}
    assert entry["kind"] in ("block", "claim")
    if entry["kind"] == "claim":
        fields.add("verdict")
        assert entry["verdict"] in VERDICTS
        if entry["verdict"] != "holds" or "condition" in entry:
            fields.add("condition")
    assert set(entry) == fields
    assert all(isinstance(text, str) and text == text.strip() != "" for text in entry.values())

    assert entry["source"] in SOURCES
    assert re.fullmatch(rf"{entry['source']}(-[a-z0-9]+)+", entry["id"])
    assert len(entry["at"].split()) <= 12
    assert re.fullmatch(r"\S[^|\n]*\.", entry["says"])
    assert re.fullmatch(r"([^|\n]*[.])?", entry.get("condition", ""))
    assert re.fullmatch(r"\d\d-[a-z]+(-[a-z]+)*\.ipynb", entry["notebook"])


def test_every_entry_has_an_id_of_its_own() -> None:
    ids = [entry["id"] for entry in MAP]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", SOURCES)
def test_every_text_has_blocks_and_claims_and_every_standard_claims(source: str) -> None:
    kinds = {entry["kind"] for entry in MAP if entry["source"] == source}
    assert kinds == ({"claim"} if source in STANDARDS else {"block", "claim"})


def test_a_claim_of_a_standard_says_in_which_section_it_stands() -> None:
    for entry in MAP:
        if entry["source"] in STANDARDS:
            assert re.match(r"section \d+(\.\d+)*, ", entry["at"]), entry["id"]


@each(MAP)
def test_the_cell_is_there_and_ran(entry: Entry) -> None:
    cell = CELLS[entry["notebook"], entry["cell"]]
    if entry.get("verdict") == "not tried":
        assert cell.cell_type == "markdown"
    else:
        assert cell.cell_type == "code"
        assert cell.execution_count is not None


@each([claim for claim in CLAIMS if claim["verdict"] != "not tried"])
def test_the_verdict_that_its_cell_printed_is_the_one_recorded(entry: Entry) -> None:
    printed = [line for line in printed_verdicts() if line.claim == entry["id"]]
    assert printed == [Printed(entry["notebook"], entry["cell"], entry["id"], entry["verdict"])]


def test_every_verdict_in_a_notebook_is_recorded() -> None:
    recorded = {claim["id"] for claim in CLAIMS}
    assert {line.claim for line in printed_verdicts()} <= recorded
    called = [found[1] for cell in CELLS.values() for found in CALL.finditer(cell.source)]
    assert sorted(called) == sorted(line.claim for line in printed_verdicts())


def test_no_verdict_is_written_down_beforehand() -> None:
    for cell in CELLS.values():
        for found in CALL.finditer(cell.source):
            assert found[2] not in ("true", "false", "!0", "!1"), found[0]
        for case in re.findall(r'^ +"[^"]+": (.+),$', cell.source, re.MULTILINE):
            assert case not in ("true", "false"), cell.id


def test_the_table_has_all_claims() -> None:
    [shown] = CELLS["00-start-here.ipynb", "table"].outputs
    rows = shown.data["text/markdown"].splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == [claim["says"] for claim in CLAIMS]
    for row, claim in zip(rows, CLAIMS, strict=True):
        link = f"[{claim['verdict']}]({claim['notebook']}#cell-id={claim['cell']})"
        assert link in row
        assert row.endswith(f"| {claim.get('condition', '')} |")
