"""What is done about that which no page can show: a lesson is refused for it, any other notebook gets a note."""

from __future__ import annotations

from typing import Protocol

from handout.errors import HandoutError
from handout.prose import Block, Inline

FRAMED = "left-out"
"""The class of a note."""


class Manner(Protocol):
    """How a notebook is read."""

    takes_anything: bool
    left_out: list[str]

    def leave_out(self, place: str, what: str) -> None:
        """To be told of each thing that cannot be shown, before a note is put in its place."""


class Strict:
    """A lesson's: it is printed as it is, or not at all."""

    takes_anything = False

    def __init__(self) -> None:
        self.left_out: list[str] = []

    def leave_out(self, place: str, what: str) -> None:
        raise HandoutError(f"{place}: {what}")


class Lenient:
    """Any other notebook's: what cannot be printed is noted in its place, and listed at the end."""

    takes_anything = True

    def __init__(self) -> None:
        self.left_out: list[str] = []

    def leave_out(self, place: str, what: str) -> None:
        self.left_out.append(f"{place}: {what}")


def framed(what: str, text: str) -> Block:
    """A note in a frame, with what it stands for as text."""
    blocks: list[Block] = [{"t": "Para", "c": [{"t": "Emph", "c": _words(f"Not printed: {what}")}]}]
    if text.strip():
        blocks.append({"t": "CodeBlock", "c": [["", [], []], text]})
    return {"t": "Div", "c": [["", [FRAMED], []], blocks]}


def within_text(what: str) -> list[Inline]:
    """A note in the middle of a sentence."""
    return [{"t": "Emph", "c": _words(f"[not printed: {what}]")}]


def _words(text: str) -> list[Inline]:
    inlines: list[Inline] = []
    for word in text.split():
        inlines += [{"t": "Space"}, {"t": "Str", "c": word}]
    return inlines[1:]
