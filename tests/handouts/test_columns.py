"""Where the parts of a handout come to stand: heights are in tenths of a page."""

from handout.columns import JUMP, Band, Part, Place, lay_out


def parts(*heights: float, first: int = 0, tied: tuple[int, ...] = (), wide: tuple[int, ...] = ()) -> tuple[Part, ...]:
    """Parts of these heights, numbered from the first; those that are tied and wide by their numbers."""
    return tuple(
        Part(number, height, tied=number in tied, wide=number in wide) for number, height in enumerate(heights, first)
    )


def flow(*heights: float, first: int = 0, tied: tuple[int, ...] = (), wide: tuple[int, ...] = ()) -> Band:
    return Band((parts(*heights, first=first, tied=tied, wide=wide),))


def drawn(*bands: Band) -> list[tuple[str, str]]:
    """Each page as the parts of its left and of its right column, each with where it begins: "0 at 0, 1 at 5"."""
    pages = lay_out(bands, 10)
    return [(column(page, 0), column(page, 1)) for page in pages]


def column(page: list[Place], number: int) -> str:
    return ", ".join(f"{place.number} at {place.top:g}" for place in page if place.column == number)


def test_what_flows_fills_both_columns_evenly() -> None:
    assert drawn(flow(2, 2, 2, 2)) == [("0 at 0, 1 at 2", "2 at 0, 3 at 2")]


def test_what_is_more_than_a_page_fills_the_left_column_then_the_right_then_the_next_page() -> None:
    assert drawn(flow(6, 4, 7, 6, 2)) == [("0 at 0, 1 at 6", "2 at 0"), ("3 at 0", "4 at 0")]


def test_those_that_meet_begin_at_the_same_height() -> None:
    meeting = Band((parts(3, first=2), parts(2, 2, first=3)))
    assert drawn(flow(3, 1), meeting) == [("0 at 0, 2 at 3", "1 at 0, 3 at 3, 4 at 5")]


def test_what_follows_a_meeting_fills_first_the_column_that_is_shorter() -> None:
    meeting = Band((parts(5), parts(2, first=1)))
    assert drawn(meeting, flow(1, 1, 1, first=2)) == [("0 at 0", "1 at 0, 2 at 2, 3 at 3, 4 at 4")]


def test_a_long_side_of_a_meeting_goes_on_in_both_columns() -> None:
    meeting = Band((parts(1), parts(2, 4, 4, first=1)))
    assert drawn(meeting) == [("0 at 0, 2 at 1", "1 at 0, 3 at 2")]


def test_a_meeting_for_which_there_is_no_room_begins_on_the_next_page() -> None:
    meeting = Band((parts(4, first=2), parts(4, first=3)))
    assert drawn(flow(8, 8), meeting) == [("0 at 0", "1 at 0"), ("2 at 0", "3 at 0")]


def test_what_is_tied_is_not_the_last_of_a_column() -> None:
    assert drawn(flow(8, 2, 2, 7, 9, tied=(1,)))[0] == ("0 at 0", "1 at 0, 2 at 2")
    assert drawn(flow(8, 2, 2, 7, 9))[0][0] == "0 at 0, 1 at 8"


def test_what_is_wide_takes_both_columns() -> None:
    assert drawn(flow(2, 3, 4, 1, wide=(2,))) == [("0 at 0, 2 at 3, 3 at 7", "1 at 0")]


def test_what_is_higher_than_a_page_has_pages_of_its_own() -> None:
    pages = lay_out([flow(1, 12, 1)], 10)
    assert [[place.number for place in page] for page in pages] == [[0], [1], [2]]
    assert [place.is_alone for page in pages for place in page] == [False, True, False]


def test_a_gap_is_kept_between_parts_and_not_above_the_first() -> None:
    spaced = tuple(Part(number, 2, gap=1) for number in range(3))
    assert drawn(Band((spaced,))) == [("0 at 0, 1 at 3", "2 at 0")]


def test_what_goes_on_below_something_else_has_room_for_a_mark() -> None:
    meeting = Band(((Part(0, 100),), (Part(1, 100),)))
    cell = Band(((Part(2, 100, gap=1), Part(3, 100, continues=True)),))
    [page] = lay_out([meeting, cell], 500)
    assert [(place.column, place.top, place.goes_on) for place in page[2:]] == [(0, 101, False), (1, 100 + JUMP, True)]
