"""The PDF files: what is in them, and how it stands on the pages."""

import json
import re
from pathlib import Path

import nbformat
import pypdfium2
import pytest
from handout.outputs import Text, read_outputs
from material import LESSONS, cells_of, has_tag, squeezed
from pypdfium2 import raw

FILES = [f"{name}-{version}" for name in LESSONS for version in ("reading", "worksheet")]
MILLIMETRE = 72 / 25.4
FOOT = 10.5 * MILLIMETRE
TOP = 10 * MILLIMETRE

every_file = pytest.mark.parametrize("file", FILES)


def opened(handouts: Path, file: str) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(handouts / f"{file}.pdf")


def lesson_of(file: str) -> list[Path]:
    return LESSONS[file.rpartition("-")[0]]


def text_of(pdf: pypdfium2.PdfDocument) -> str:
    """The text of the pages without their feet, and without marks of where the text goes on."""
    pages = [page.get_textpage().get_text_bounded(0, FOOT, page.get_width(), page.get_height()) for page in pdf]
    return squeezed("".join(pages)).replace(squeezed("the left column goes on"), "")


@every_file
def test_every_cell_is_there_in_order(file: str, handouts: Path) -> None:
    text = text_of(opened(handouts, file))
    reading = file.endswith("reading")
    for path in lesson_of(file):
        cells = [cell for cell in cells_of(path) if cell.cell_type == "code"]
        solutions = [cell for cell in cells if has_tag(cell, "solution")]
        place = 0
        for cell in [cell for cell in cells if cell not in solutions] + (solutions if reading else []):
            for block in [cell.source, *(outputs(cell) if reading else [])]:
                # What is too long for a page may have the foot of a page in its middle.
                parts = block.splitlines() if len(block.splitlines()) > 24 else [block]
                for part in parts:
                    found = text.find(squeezed(part), place)
                    assert found >= 0, f"{path.name}, {cell.id}: {part}"
                    place = found + len(squeezed(part))


def outputs(cell: nbformat.NotebookNode) -> list[str]:
    """The texts that the cell has shown; of a table its cells one by one."""
    texts: list[str] = []
    for output in read_outputs(cell):
        if isinstance(output, Text):
            texts.append(output.text)
        elif hasattr(output, "source"):
            rows = [row for row in output.source.splitlines() if not re.fullmatch(r"[|: -]+", row)]
            plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)|\\(?=[|*_])", r"\1", row) for row in rows]
            plain = [re.sub(r"(?<!\\)(\*{1,2})(\w[^*]*?)\1", r"\2", row) for row in plain]
            texts += [part for row in plain for part in re.split(r"(?<!\\)\|", row) if part.strip()]
    return texts


@every_file
def test_no_page_is_blank_and_nothing_leaves_its_column(file: str, handouts: Path) -> None:
    for page in opened(handouts, file):
        image = page.render(scale=0.4, grayscale=True, crop=(0, FOOT, 0, 0))
        assert sum(value < 200 for value in bytes(image.buffer)) > 100
        width, height = page.get_size()
        assert width > height
        text = page.get_textpage()
        for index in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(index)
            assert left >= 9.5 * MILLIMETRE and right <= width - 9.5 * MILLIMETRE
            assert bottom >= 5 * MILLIMETRE and top <= height - 9.5 * MILLIMETRE
            if len(lesson_of(file)) == 2 and bottom > FOOT and left < width / 2:
                assert right < width / 2, text.get_text_bounded(left, bottom, right, top)


@every_file
def test_columns_are_filled_to_the_foot_of_the_page(file: str, handouts: Path) -> None:
    """On an average, four fifths of them, on all pages but the last."""
    pdf = opened(handouts, file)
    filled: list[float] = []
    for page in list(pdf)[:-1]:
        image = page.render(scale=0.5, grayscale=True)
        rows = [bytes(image.buffer)[start : start + image.width] for start in range(0, len(image.buffer), image.stride)]
        first, end = round(TOP / 2), image.height - round(12 * MILLIMETRE / 2)
        for column in (slice(0, image.width // 2), slice(image.width // 2, image.width)):
            last = max((number for number in range(first, end) if min(rows[number][column]) < 200), default=first)
            filled.append((last - first) / (end - first))
    assert sum(filled) / len(filled) > 0.8, filled


@every_file
def test_no_heading_is_alone_at_the_foot_of_a_column(file: str, handouts: Path) -> None:
    pdf = opened(handouts, file)
    for bookmark in pdf.get_toc():
        dest = bookmark.get_dest()
        _, (left, top, *_) = dest.get_view()
        page = pdf[dest.get_index()]
        middle = page.get_width() / 2
        columns = (0, middle) if left < middle else (middle, page.get_width())
        beneath = page.get_textpage().get_text_bounded(columns[0], FOOT, columns[1], top - 20)
        assert len(beneath.strip()) > 3, bookmark.get_title()


@every_file
def test_bookmarks_title_language_date_and_page_numbers(file: str, handouts: Path) -> None:
    pdf = opened(handouts, file)
    metadata = pdf.get_metadata_dict()
    assert metadata["Title"].endswith(f"· {file.rpartition('-')[2]}")
    assert metadata["CreationDate"].startswith("D:20260102")
    content = (handouts / f"{file}.pdf").read_bytes()
    assert re.search(rb"/Lang ?\(en", content)
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content

    titles = squeezed("".join(bookmark.get_title() for bookmark in pdf.get_toc())).replace("·", "")
    for path in lesson_of(file):
        for cell in cells_of(path):
            for heading in (
                re.findall(r"^#{1,4} (.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else []
            ):
                if "olution" in heading and file.endswith("worksheet"):
                    continue
                words = squeezed(re.sub(r"[*`]|^# ", "", heading).replace("·", ""))
                assert words in titles or squeezed(metadata["Title"]).startswith(words), heading
    for number, page in enumerate(pdf, 1):
        assert f"page {number} of {len(pdf)}" in page.get_textpage().get_text_range()


@every_file
def test_every_font_is_embedded(file: str, handouts: Path) -> None:
    fonts = 0
    for page in opened(handouts, file):
        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            assert raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(item.raw)) == 1
            fonts += 1
    assert fonts > 0


@pytest.mark.parametrize("name", LESSONS)
def test_the_source_is_cited_and_the_verdicts_are_marked(name: str, handouts: Path) -> None:
    text = text_of(opened(handouts, f"{name}-reading"))
    for path in LESSONS[name]:
        cited = re.search(r"^After [^,.]+,", cells_of(path)[0].source, re.MULTILINE)
        assert cited
        assert squeezed(cited[0]) in text
    claims = json.loads((LESSONS[name][0].parent / "claims.json").read_text())
    for claim in claims:
        tried = claim["kind"] == "claim" and claim["verdict"] in ("holds", "holds if", "does not hold")
        if tried and claim["notebook"] in [path.name for path in LESSONS[name]]:
            sign = {"holds": "✓", "holds if": "◐", "does not hold": "✗"}[claim["verdict"]]
            found = re.search(f"{sign}{squeezed(claim['verdict'])}[^✓◐✗]*{re.escape(squeezed(claim['says']))}", text)
            assert found, claim["id"]
