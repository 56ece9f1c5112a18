"""What a cell has shown, as a page can show it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Literal, TypeGuard
from xml.etree import ElementTree

from nbformat import NotebookNode

from handout.claims import verdict_line

PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
"""Best first: what has no pixels, what loses nothing."""

ALTERNATIVES = {"text/plain", "text/markdown", "text/html", "application/json", "text/latex", *PICTURES}
"""Types of which each says the same as the others of its bundle. Any other one may be all that there is to see."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(0x20), 0x7F] if chr(code) != "\n"}
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Text:
    """Lines as they were printed. An error's first line is its name and message."""

    kind: Literal["printed", "value", "error"]
    text: str


@dataclass(frozen=True)
class Picture:
    """A picture with the words that stand for it where it cannot be seen."""

    mime: str
    data: bytes
    alternative: str

    @property
    def address(self) -> str:
        """It, as a URL that holds it."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class Markdown:
    """A value that has shown itself as Markdown."""

    source: str


Output = Text | Picture | Markdown


def read_outputs(cell: NotebookNode) -> list[Output]:
    """The outputs of a code cell. Raises ValueError where one cannot be put on a page."""
    outputs: list[Output] = []
    for output in map(_read_output, cell.outputs):
        last = outputs[-1] if outputs else None
        if _is_printed(last) and _is_printed(output):
            outputs[-1] = Text("printed", f"{last.text}\n{output.text}")
        else:
            outputs.append(output)
    return outputs


def _is_printed(output: Output | None) -> TypeGuard[Text]:
    return isinstance(output, Text) and output.kind == "printed"


def _read_output(output: NotebookNode) -> Output:
    if output.output_type == "stream":
        return Text("printed", _clean(output.text))
    if output.output_type == "error":
        lines = output.traceback or [f"{output.ename}: {output.evalue}"]
        return Text("error", _clean("\n".join(lines)))
    if output.output_type in ("execute_result", "display_data"):
        return _read_bundle(output.data)
    raise ValueError(f"its output has an unknown type, {output.output_type!r}")


def _read_bundle(data: NotebookNode) -> Output:
    if unknown := sorted(set(data) - ALTERNATIVES):
        raise ValueError(f"its output has an unknown type, {', '.join(unknown)}")
    for mime in PICTURES:
        if mime in data:
            return read_picture(mime, _octets(mime, data[mime]), data.get("text/plain", ""))
    if verdict := verdict_line(data.get("text/plain", "")):
        return Text("printed", verdict)
    if "text/markdown" in data:
        return Markdown(data["text/markdown"])
    if "text/plain" in data:
        return Text("value", _clean(data["text/plain"]))
    raise ValueError(f"its output has only types that cannot be printed: {', '.join(data)}")


def read_picture(mime: str, data: bytes, alternative: str) -> Picture:
    """Raises ValueError if there is no picture in the data, or nothing that says what is to be seen."""
    if mime not in PICTURES:
        raise ValueError(f"a picture has an unknown type, {mime}")
    if not data.strip():
        raise ValueError("a picture is missing: its data is empty")
    if mime == "image/svg+xml":
        alternative = _described(data) or alternative
    if not alternative.strip():
        raise ValueError("a picture has no words that stand for it: give it an alternative text (text/plain)")
    return Picture(mime, data, " ".join(alternative.split()))


def _octets(mime: str, data: str) -> bytes:
    return data.encode() if mime == "image/svg+xml" else base64.b64decode(data)


def _described(svg: bytes) -> str:
    """What an SVG picture says of itself in its `title` and `desc`."""
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"a picture is not valid SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError(f"a picture is not SVG but {root.tag}")
    return " ".join(root.findtext(f"{_SVG}{name}") or "" for name in ("title", "desc")).strip()


def _clean(text: str) -> str:
    """The text without colours, its tabs as a terminal sets them, and every other control character written as in
    TypeScript: no page can have them."""
    return _COLOUR.sub("", text).expandtabs().translate(_CONTROLS).removesuffix("\n")


def picture_at(address: str, alternative: str) -> Picture:
    """The picture that an `address` of a Picture holds."""
    kind, data = address.removeprefix("data:").split(";base64,")
    return Picture(kind, base64.b64decode(data), alternative)
