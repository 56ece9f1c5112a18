"""Whatever notebook can be exported: nothing stops it, nothing leaves its page, and what is left out is said."""

import re
from pathlib import Path

import pypdfium2
import pytest
from any_notebook import NOTEBOOKS, sources, write
from handout.exporters import HandoutHTMLExporter, HandoutPDFExporter
from material import squeezed

MILLIMETRE = 72 / 25.4

every_kind = pytest.mark.parametrize("kind", NOTEBOOKS)


def text_of(pdf: pypdfium2.PdfDocument) -> str:
    """The text of the pages without their feet."""
    pages = []
    for page in pdf:
        height, width = page.get_height(), page.get_width()
        pages.append(page.get_textpage().get_text_bounded(0, 10.5 * MILLIMETRE, width, height))
    return squeezed("".join(pages))


@every_kind
def test_it_becomes_pages_from_which_nothing_is_cut(kind: str, tmp_path: Path) -> None:
    octets, _ = HandoutPDFExporter().from_filename(str(write(tmp_path, kind)))
    pdf = pypdfium2.PdfDocument(octets)
    text = text_of(pdf)
    for source in sources(kind):
        for line in source.splitlines():
            assert squeezed(line) in text, line
    for page in pdf:
        width, height = page.get_size()
        for item in page.get_objects():
            left, bottom, right, top = item.get_bounds()
            assert left >= -1 and right <= width + 1 and bottom >= -1 and top <= height + 1
        words = page.get_textpage()
        for index in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(index)
            assert left >= 9.9 * MILLIMETRE and right <= width - 9.9 * MILLIMETRE, words.get_text_bounded(
                left, bottom, right, top
            )


@every_kind
def test_it_becomes_one_page_of_html_that_asks_for_nothing(kind: str, tmp_path: Path) -> None:
    page, _ = HandoutHTMLExporter().from_filename(str(write(tmp_path, kind)))
    assert not re.findall(r"<(?:iframe|script|video|object)\b|<[^>&]*\bsrc=\"(?!data:)", page)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no heading", "no heading"),
        ("a pandas table", "2 rows"),
        ("HTML alone", "two"),
        ("HTML in the text", "Hidden"),
        ("HTML that is a program", "plot"),
        ("a widget", "IntSlider(value=1)"),
        ("an iframe in the text", "https://example.org/"),
        ("raw cells", "\\raw{text}"),
        ("colours", "orange"),
        ("a line that is written again", "100%|#####| done"),
        ("Chinese", "服务器等待客户端"),
        ("Japanese and Korean", "서버는 기다린다"),
        ("emoji", "(rocket)"),
        ("the third format", "Of the third format"),
    ],
)
def test_what_it_says_is_on_the_page(kind: str, words: str, tmp_path: Path) -> None:
    octets, _ = HandoutPDFExporter().from_filename(str(write(tmp_path, kind)))
    pdf = pypdfium2.PdfDocument(octets)
    assert squeezed(words) in text_of(pdf) or words == pdf.get_metadata_value("Title").partition(" · ")[0]


def test_what_is_left_out_is_framed_in_its_place_listed_at_the_end_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page, _ = HandoutHTMLExporter().from_filename(str(write(tmp_path, "an attachment")))
    place = 'an attachment.ipynb, text cell (id ?, "T")'
    assert page.count("a picture is missing: attachment:gone.png") == 2
    assert page.index("[not printed: a picture is missing") < page.index('<h2 id="left-out">')
    assert f"Not printed: {place}: a picture is missing: attachment:gone.png" in caplog.text


def test_a_picture_without_words_is_named_by_the_heading_of_its_cell(tmp_path: Path) -> None:
    page, _ = HandoutHTMLExporter().from_filename(str(write(tmp_path, "matplotlib")))
    assert re.findall(r'<img [^>]*alt="([^"]*)"', page) == ["The plot"]


def test_code_has_the_colours_of_its_language(tmp_path: Path) -> None:
    page, _ = HandoutHTMLExporter().from_filename(str(write(tmp_path, "code before the title")))
    assert '<span class="keyword">import</span>' in page
