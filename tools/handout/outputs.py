"""What a cell has shown, as a page can show it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeGuard
from xml.etree import ElementTree

from nbformat import NotebookNode

from handout.claims import verdict_line

PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
"""Best first: what has no pixels, what loses nothing."""

MORE_PICTURES = ("image/webp", "image/gif")
"""What others use besides."""

ALTERNATIVES = {"text/plain", "text/markdown", "text/html", "application/json", "text/latex", *PICTURES}
"""Types of which each says the same as the others of its bundle. Any other one may be all that there is to see."""

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""What a terminal obeys: ECMA-48's control sequences, among them colours, and operating system commands."""

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
class Formed:
    """A value that has shown itself as text with a form; `plain` is the same without."""

    source: str
    form: Literal["markdown", "html"] = "markdown"
    plain: str = ""


@dataclass(frozen=True)
class Unprintable:
    """An output that no page can show: why, and what it is as text."""

    why: str
    text: str


Output = Text | Picture | Formed | Unprintable


def read_outputs(cell: NotebookNode) -> list[Output]:
    """The outputs of a lesson's code cell. Raises ValueError where one cannot be put on a page."""
    return _joined(_read_output(output, None) for output in cell.outputs)


def read_any_outputs(cell: NotebookNode, name: str) -> list[Output]:
    """The outputs of whatever code cell; `name` stands for a picture without words of its own."""
    return _joined(_read_any_output(output, name) for output in cell.outputs)


def _read_any_output(output: NotebookNode, name: str) -> Output:
    try:
        return _read_output(output, name)
    except ValueError as error:
        return Unprintable(str(error), _clean(output.get("data", {}).get("text/plain", "")))


def _joined(read: Iterable[Output]) -> list[Output]:
    """The outputs, where what was printed one after the other is one."""
    outputs: list[Output] = []
    for output in read:
        last = outputs[-1] if outputs else None
        if _is_printed(last) and _is_printed(output):
            outputs[-1] = Text("printed", f"{last.text}\n{output.text}")
        else:
            outputs.append(output)
    return outputs


def _is_printed(output: Output | None) -> TypeGuard[Text]:
    return isinstance(output, Text) and output.kind == "printed"


def _read_output(output: NotebookNode, name: str | None) -> Output:
    if output.output_type == "stream":
        return Text("printed", _clean(output.text))
    if output.output_type == "error":
        lines = output.traceback or [f"{output.ename}: {output.evalue}"]
        return Text("error", _clean("\n".join(lines)))
    if output.output_type in ("execute_result", "display_data"):
        return _read_bundle(output.data) if name is None else _read_any_bundle(output.data, name)
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
        return Formed(data["text/markdown"])
    if "text/plain" in data:
        return Text("value", _clean(data["text/plain"]))
    raise ValueError(f"its output has only types that cannot be printed: {', '.join(data)}")


def _read_any_bundle(data: NotebookNode, name: str) -> Output:
    plain = _clean(data.get("text/plain", ""))
    for mime in (*PICTURES, *MORE_PICTURES):
        if mime in data:
            # Not what is the name of an object, as in <Figure size 640x480 with 1 Axes>.
            words = "" if re.fullmatch(r"<.*>", plain, re.DOTALL) else plain
            return read_any_picture(mime, _octets(mime, data[mime]), words or name)
    if live := sorted(mime for mime in data if mime.startswith("application/") and mime != "application/json"):
        raise ValueError(f"what only a browser shows, {live[0]}")
    if verdict := verdict_line(plain):
        return Text("printed", verdict)
    if "text/markdown" in data:
        return Formed(data["text/markdown"], plain=plain)
    if "text/latex" in data:
        formula = data["text/latex"].strip()
        return Formed(f"$$\n{formula}\n$$" if formula.startswith("\\begin") else formula, plain=plain)
    if "text/html" in data:
        return Formed(data["text/html"], "html", plain)
    if "text/plain" in data:
        return Text("value", plain)
    if "application/json" in data:
        return Text("value", json.dumps(data["application/json"], indent=2, ensure_ascii=False))
    raise ValueError(f"an output of another type, {', '.join(data) or 'of none'}")


def read_any_picture(mime: str, data: bytes, alternative: str) -> Picture:
    """Raises ValueError if there is no picture in the data."""
    if mime not in MORE_PICTURES:
        return read_picture(mime, data, alternative)
    if not data.strip():
        raise ValueError("a picture is missing: its data is empty")
    return Picture(mime, data, " ".join(alternative.split()))


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
    """The text as a terminal shows it, without colours: a line that is written again from its begin by a carriage
    return is what it was at last. Every other control character is written as in TypeScript: no page can have them."""
    lines = (
        line.rstrip("\r").rpartition("\r")[2] for line in _SEQUENCE.sub("", text).replace("\r\n", "\n").split("\n")
    )
    return "\n".join(lines).expandtabs().translate(_CONTROLS).removesuffix("\n")


def picture_at(address: str, alternative: str) -> Picture:
    """The picture that an `address` of a Picture holds."""
    kind, data = address.removeprefix("data:").split(";base64,")
    return Picture(kind, base64.b64decode(data), alternative)
