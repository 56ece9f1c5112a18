"""How the halves of a pair come to stand side by side."""

from handout.parts import ParsedCell, Section, Side
from handout.rows import Items, Row, align, meetings


def cell(side: Side, step: int) -> ParsedCell:
    return ParsedCell("", side, f"cell-{step}", step, None, "", [], [], "", [], [])


def halves(server: list[int], client: list[int]) -> dict[Side, Items]:
    return {"server": [cell("server", n) for n in server], "client": [cell("client", n) for n in client]}


def rows_of(server: list[int], client: list[int]) -> list[Row]:
    rows, _ = align(halves(server, client))
    return rows


def meetings_of(server: list[int], client: list[int]) -> list[str]:
    return drawn(
        meetings({"server": [cell("server", n) for n in server], "client": [cell("client", n) for n in client]})
    )


def drawn(rows: list[Row]) -> list[str]:
    """Each row as "server | client", a start as 3-, a return as -3, in brackets what is read first."""

    def half(row: Row, side: Side) -> str:
        marks = {"whole": "{}", "start": "{}-", "return": "-{}"}
        text = " ".join(marks[piece.phase.value].format(piece.cell.step) for piece in row.pieces[side])
        return f"[{text}]" if row.order[0] == side else text

    return [f"{half(row, 'server')} | {half(row, 'client')}" for row in rows]


def test_a_half_alone_has_a_row_for_each_cell() -> None:
    assert drawn(rows_of([1, 2], [3, 4])) == ["[1] | ", "[2] | ", " | [3]", " | [4]"]


def test_accept_stands_beside_the_connect_for_which_it_waits() -> None:
    # Server 4 began when Server 1 had come back, and comes back after Client 3.
    assert drawn(rows_of([1, 4, 5], [2, 3])) == ["[1] | ", "[4-] | 2 3", "[-4] | ", "[5] | "]


def test_both_may_wait_in_turn() -> None:
    assert drawn(rows_of([1, 4, 5, 8], [2, 3, 6, 7])) == [
        "[1] | ",
        "[4-] | 2 3",
        "-4 5 | [6-]",
        "[8-] | -6 7",
        "[-8] | ",
    ]


def test_a_cell_that_comes_back_next_stands_in_the_same_row() -> None:
    assert drawn(rows_of([1, 3, 5], [2, 4, 6])) == ["[1] | ", "3 | [2]", "5 | [4]", " | [6]"]


def test_every_cell_is_there_once_and_the_steps_never_fall() -> None:
    server, client = [1, 2, 3, 8, 9, 10, 20], [4, 5, 6, 7, 11, 12, 13, 21, 22]
    rows = rows_of(server, client)
    pieces = [piece for row in rows for half in row.pieces.values() for piece in half]
    assert sorted(p.cell.step for p in pieces if p.phase.value != "return") == sorted([*server, *client])
    ends = [max(p.cell.step for half in row.pieces.values() for p in half if p.phase.value != "start") for row in rows]
    assert ends == sorted(ends)
    for side, steps in (("server", server), ("client", client)):
        own = [p.cell.step for row in rows for p in row.pieces[side] if p.phase.value != "start"]
        assert own == steps


def test_a_start_says_after_what_it_comes_back() -> None:
    [start] = [piece for row in rows_of([1, 4], [2, 3]) for piece in row.pieces["server"] if piece.until]
    assert start.until is not None
    assert start.until.label == "Client 3"


def test_sections_stand_before_the_next_cell_or_close_the_half() -> None:
    between, last = Section([], []), Section([], [])
    rows, closing = align({"server": [cell("server", 1), between, cell("server", 2), last], "client": []})
    assert rows[1].pieces["server"][0].sections == (between,)
    assert closing == {"server": [last], "client": []}


def test_on_paper_too_a_half_alone_has_a_row_for_each_cell() -> None:
    assert meetings_of([1, 2], [3, 4]) == ["[1] | ", "[2] | ", " | [3]", " | [4]"]


def test_on_paper_what_waits_stands_beside_the_only_cell_that_it_waits_for() -> None:
    assert meetings_of([1, 4], [2, 3, 5]) == ["[1] | ", "[4-] | 2", " | [3]", "[-4] | 5"]
    assert meetings_of([1, 3], [2, 4]) == ["[1] | ", "3 | [2]", " | [4]"]


def test_on_paper_every_cell_is_there_once_and_in_order() -> None:
    server, client = [1, 2, 3, 8, 9, 10, 20], [4, 5, 6, 7, 11, 12, 13, 21, 22]
    rows = meetings(halves(server, client))
    for side, steps in (("server", server), ("client", client)):
        pieces = [piece for row in rows for piece in row.pieces[side]]
        assert [piece.cell.step for piece in pieces if piece.phase.value != "start"] == steps
        begun = [piece.cell.step for piece in pieces if piece.phase.value == "start"]
        assert begun == [piece.cell.step for piece in pieces if piece.phase.value == "return"]
