"""nbconvert's exporters: the handouts, `handout-html` and `handout-pdf`, and what `script` makes of TypeScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from lessons import lesson_name
from nbconvert.exporters.exporter import Exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Enum, default

from handout.errors import HandoutError
from handout.handout import VERSIONS, Handout, make_handout, parse_lesson, today
from handout.html import to_page
from handout.pdf import to_pdf_at_any_cost
from handout.script import to_script
from handout.unprintable import Lenient


class HandoutExporter(Exporter):
    """Makes a handout of whatever notebook: of a half of a pair, with the other half, which is read from the folder in
    which the notebook lies. The outputs are those that are stored. What cannot be printed is noted in its place, listed
    at the end, and logged."""

    version = Enum(VERSIONS, "reading", help="with outputs and solutions, or neither").tag(config=True)

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str | bytes, dict[str, Any]]:
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        try:
            lesson = parse_lesson(_lesson_of(_path(resources), nb), Lenient())
            for entry in lesson.left_out:
                self.log.warning("Not printed: %s", entry)
            return self.write(make_handout(lesson, self.version, today())), resources
        except HandoutError as error:
            raise ConversionException(str(error)) from error

    def write(self, handout: Handout) -> str | bytes:
        raise NotImplementedError


class HandoutHTMLExporter(HandoutExporter):
    """One HTML file that needs no other."""

    export_from_notebook = "Handout (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def write(self, handout: Handout) -> str:
        return to_page(handout)


class HandoutPDFExporter(HandoutExporter):
    """Landscape pages of A4 with two columns."""

    export_from_notebook = "Handout (PDF)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def write(self, handout: Handout) -> bytes:
        return to_pdf_at_any_cost(handout)


class TypeScriptExporter(Exporter):
    """What nbconvert's `script` is for TypeScript: of any notebook what `make handouts` makes of a lesson's."""

    output_mimetype = "text/typescript"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".ts"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        path = _path(resources)
        lesson = parse_lesson(_lesson_of(path, nb), Lenient())
        [notebook] = [notebook for notebook in lesson.notebooks if notebook.name == path.stem]
        return to_script(notebook), resources


def _path(resources: dict[str, Any]) -> Path:
    metadata = resources["metadata"]
    return Path(metadata.get("path") or ".", f"{metadata['name']}.ipynb")


def _lesson_of(path: Path, node: NotebookNode) -> dict[Path, NotebookNode]:
    """The notebooks of the lesson, a server's before its client's; only this one if it has no other half."""
    name = lesson_name(path.stem)
    halves = [path.with_name(f"{name}-{side}.ipynb") for side in ("server", "client")]
    if path not in halves or not all(half == path or half.is_file() for half in halves):
        return {path: node}
    try:
        return {half: node if half == path else nbformat.read(half, as_version=4) for half in halves}
    except Exception:  # nbformat raises several unrelated kinds
        return {path: node}
