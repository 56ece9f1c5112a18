"""What a worksheet has and a reading has not: room to write."""

from handout.parts import ParsedCell

LEAST = 8
"""Lines to write on below an exercise, at least."""


def lines_to_write_on(cell: ParsedCell) -> int:
    """None but below an exercise."""
    return max(LEAST, len(cell.source.splitlines()) + 4) if cell.role == "exercise" else 0
