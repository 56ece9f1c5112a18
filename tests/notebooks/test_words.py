"""The glossary in 00-start-here.ipynb has every term, with the words by which a lesson explains it."""

import re

import nbformat
from lessons import NOTEBOOKS

TERM = re.compile(r"\*\*([^*]+)\*\*: (.+)")


def test_it_has_each_term_as_it_is_explained_where_it_is_first_met() -> None:
    rows: list[str] = []
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for cell in notebook.cells:
            for paragraph in cell.source.split("\n\n") if cell.cell_type == "markdown" else []:
                if found := TERM.fullmatch(paragraph.replace("\n", " ")):
                    rows.append(f"| [{found[1]}]({path.name}#cell-id={cell.id}) | {found[2]} |")
        if path.name == "00-start-here.ipynb":
            [shown] = next(cell.outputs for cell in notebook.cells if cell.id == "glossary")
    assert sorted(shown.data["text/markdown"].splitlines()[2:]) == sorted(rows)
    words = " ".join(re.findall(r"\[([^]]+)\]", " ".join(rows)))
    for word in ("Flow control", "Receive window", "Sequence number", "Byte order", "MSS", "SYN queue", "SIGPIPE"):
        assert word in words
