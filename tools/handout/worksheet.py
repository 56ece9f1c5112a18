"""What a worksheet has otherwise than a reading: room to write, and no text that tells what was to be seen."""

from __future__ import annotations

from handout.parts import ParsedCell, Section
from handout.prose import Block

LEAST = 8
"""Lines to write on below an exercise, at least."""


def lines_to_write_on(cell: ParsedCell) -> int:
    """None but below an exercise."""
    return max(LEAST, len(cell.source.splitlines()) + 4) if cell.role == "exercise" else 0


def text_after(cell: ParsedCell, following: Section | ParsedCell | None) -> list[Block]:
    """What a worksheet has of the text after a cell. It tells what the cell has shown, unless that is nothing, or the
    text leads to a cell that has no heading of its own. What explains a term stays."""
    leads_on = isinstance(following, ParsedCell) and not following.headings
    if not cell.outputs or leads_on:
        return cell.after
    return [block for block in cell.after if block["t"] == "Div" or _explains_a_term(block)]


def _explains_a_term(block: Block) -> bool:
    """Whether it begins with something bold and a colon."""
    if block["t"] != "Para" or len(block["c"]) < 2:
        return False
    term, colon = block["c"][:2]
    return term["t"] == "Strong" and colon["t"] == "Str" and colon["c"].startswith(":")
