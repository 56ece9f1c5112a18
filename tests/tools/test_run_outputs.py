"""What the runner takes for the same output."""

import pytest
from lessons import REPOSITORY
from nbformat.v4 import new_code_cell, new_notebook, new_output
from run_outputs import difference, normalised, tidied


def shown(*texts: str) -> list[object]:
    """A lesson whose cells print these texts, normalised."""
    cells = [new_code_cell("", outputs=[new_output("stream", name="stdout", text=text)]) for text in texts]
    return normalised([new_notebook(cells=cells)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("connection from [ '127.0.0.1', 40210 ]", "connection from [ '127.0.0.1', 60999 ]"),
        ("127.0.0.1:32768", "127.0.0.1:65535"),
        ("held by node, pid 812", "held by node, pid 40113"),
        ("process 7 and process 8", "process 17 and process 18"),
        ("at cell [16]:9:6", "at cell [39]:9:6"),
        ("at recvall (helpers/recvall.ts:31:9)", "at recvall (helpers/recvall.ts:101:12)"),
        ("fd 21, descriptor 22, fileno() = 23", "fd 31, descriptor 32, fileno() = 33"),
        ("took 0.4 ms, then 51 µs", "took 1.25 ms, then 7 µs"),
        ("sent about 196608 octets", "sent about 3975168 octets"),
        ("at 2024-01-02T03:04:05.678Z or 03:04:05", "at 2025-11-12T13:14:15.000Z or 13:14:15"),
        (f"cannot find {REPOSITORY}/helpers/x.ts", "cannot find /home/somebody/clone/helpers/x.ts"),
        ("in /tmp/abc/socket", "in /tmp/xyz-1/socket"),
    ],
)
def test_what_another_run_may_print_is_the_same(one: str, other: str) -> None:
    assert shown(one) == shown(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("starting up on localhost port 10000", "starting up on localhost port 10001"),
        ("received b'This is the mess'", "received b'This is the mes'"),
        ("waits up to 30 s", "waits up to 20 s"),
        ("42 octets", "43 octets"),
        ("at cell [16]:9:6", "at cell [16]:9:7"),
        ("100000 octets", "140000 octets"),
        ("3.40210", "3.40211"),
        ("0x40210", "0x40211"),
        ("no path/here", "no path/there"),
    ],
)
def test_what_a_lesson_says_is_not_the_same(one: str, other: str) -> None:
    assert shown(one) != shown(other)


def test_a_port_that_returns_is_told_from_one_that_does_not() -> None:
    assert shown("from 40001", "from 40001") == shown("from 50001", "from 50001")
    assert shown("from 40001", "from 40001") != shown("from 50001", "from 50002")


def test_ports_are_compared_across_the_notebooks_of_a_lesson() -> None:
    def lesson(server: str, client: str) -> list[object]:
        def notebook(text: str) -> object:
            return new_notebook(cells=[new_code_cell("", outputs=[new_output("stream", text=text)])])

        return normalised([notebook(server), notebook(client)])

    assert lesson("40001", "40001") == lesson("40002", "40002")
    assert lesson("40001", "40001") != lesson("40001", "40002")


def test_only_the_first_cell_that_differs_counts() -> None:
    before = shown("one", "from 40001", "two", "three")
    assert difference(before, shown("one", "from 50001", "two", "three")) is None
    assert difference(before, shown("one", "from 50001", "2", "3")) == 2
    assert difference(before, shown("one", "fd 3", "two", "three")) == 1


def test_two_ports_may_happen_to_be_the_same_one() -> None:
    different, same = shown("40001", "40002", "40003 40002"), shown("50001", "50001", "50003 50001")
    assert difference(different, same) is None
    assert difference(same, different) == 1
    assert difference(different, shown("50001", "50002", "50002 50003")) == 2


def test_every_kind_of_output_is_looked_into() -> None:
    def cell(port: int) -> list[object]:
        outputs = [
            new_output("execute_result", data={"text/plain": f"{port}"}, execution_count=1),
            new_output(
                "display_data", data={"text/markdown": f"| {port} |", "application/json": {"ports": [f"{port}"]}}
            ),
            new_output("error", ename="Error", evalue=f"port {port}", traceback=[f"Error: port {port}"]),
        ]
        return normalised([new_notebook(cells=[new_code_cell("", outputs=outputs)])])

    assert cell(40001) == cell(50001) != cell(10001)


def test_where_a_stream_was_cut_makes_no_difference() -> None:
    def streams(*pieces: tuple[str, str]) -> list[object]:
        return [new_output("stream", name=name, text=text) for name, text in pieces]

    cut = streams(("stdout", "a"), ("stdout", "b\n"), ("stderr", "c"), ("stdout", "d"))
    assert [(output.name, output.text) for output in tidied(cut)] == [
        ("stdout", "ab\n"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_what_depends_on_the_machine_counts_only_on_the_same_machine() -> None:
    def lesson(text: str) -> list[object]:
        outputs = [new_output("stream", name="stdout", text=text)]
        return [new_notebook(cells=[new_code_cell("", outputs=outputs, metadata={"tags": ["this-machine"]})])]

    assert normalised(lesson("127.0.0.1")) != normalised(lesson("127.0.1.1"))
    assert normalised(lesson("127.0.0.1"), anywhere=True) == normalised(lesson("127.0.1.1"), anywhere=True)
    assert normalised(lesson("127.0.0.1"), anywhere=True) != shown("127.0.0.1")


def drawn(text: str, svg: str = "<svg/>") -> list[object]:
    """A lesson with a cell that shows this picture, normalised."""
    output = new_output("display_data", data={"image/svg+xml": svg, "text/plain": text})
    return normalised([new_notebook(cells=[new_code_cell("", outputs=[output])])])


LADDER = """\
time     | server 127.0.0.1:10000 (this notebook)   |                   | client 127.0.0.1:40001 (the other notebook)
0.000 ms | recv(16) ...                             |                   |
1.12 ms  |                                          | <--- 2 octets --- | sendall(2)
1.20 ms  | ... recv(16) = 2 octets                  |                   |
1.30 ms  |                                          |                   | recv(5) ... still waits"""

SAME_LADDER = """\
time     | server 127.0.0.1:10000 (this notebook) |                   | client 127.0.0.1:50001 (the other notebook)
0.000 ms |                                        | <--- 2 octets --- | sendall(2)
3.20 ms  |                                        |                   | recv(5) ... still waits
7.12 ms  | recv(16) = 2 octets                    |                   |"""


def test_two_ladders_are_the_same_where_each_side_did_the_same_and_the_same_was_sent() -> None:
    assert drawn(LADDER, "<svg>1</svg>") == drawn(SAME_LADDER, "<svg>2</svg>")


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("recv(16) = 2 octets", "recv(16) = 1 octet"),
        ("<--- 2 octets ---", "<--- 3 octets ---"),
        ("sendall(2)", "send(2)"),
        (" ... still waits", ""),
        ("the other notebook", "not recorded"),
        ("server 127.0.0.1:10000", "server 127.0.0.1:10001"),
    ],
)
def test_two_ladders_differ_where_something_else_was_done_or_sent(part: str, other: str) -> None:
    assert drawn(LADDER) != drawn(LADDER.replace(part, other))


def told(*rows: str) -> str:
    """A picture whose rows name these cells."""
    return "".join(f'<g class="row"{row}><text/></g>' for row in rows)


def test_two_ladders_are_the_same_where_as_many_cells_did_it() -> None:
    one, other = ' data-here="2"', ' data-there="11"'
    assert drawn(LADDER, told(one, other, "")) == drawn(LADDER, told(other, one, one))
    assert drawn(LADDER, told(one)) == drawn(LADDER, told(' data-here="44"')), "it has run before"
    assert drawn(LADDER, told(one)) != drawn(LADDER, told(one, ' data-here="3"'))
    assert drawn(LADDER, told(one)) != drawn(LADDER, told(' data-there="2"'))
    assert drawn(LADDER, told(one)) != drawn(LADDER, told(' data-here="2" data-there="2"'))


CAPTURED_LADDER = """\
time     | server 127.0.0.1:10000 |                                                    | client 127.0.0.1:1 (x)
0.000 ms |                        | <--- SYN (seq 0) ---                               | connect()
         |                        | --- SYN, ACK (seq 0, ack 1) --->                   |
         |                        | <--- ACK (seq 1, ack 1) ---                        |
1.120 ms |                        | <--- 2 octets b'hi' (PSH, ACK; seq 1, ack 1) ---   | sendall(2)
40.2 ms  |                        | --- ACK (seq 1, ack 3; delayed ACK) --->           |
41.2 ms  | close()                | --- RST, ACK: 2 unread (seq 1, ack 3) --->         |"""

INFERRED_LADDER = """\
time     | server 127.0.0.1:10000 |                          | client 127.0.0.1:1 (x)
0.000 ms |                        | <... SYN ...             | connect()
         |                        | ... SYN, ACK ...>        |
         |                        | <... ACK ...             |
1.120 ms |                        | <--- 2 octets b'hi' ---  | sendall(2)
41.2 ms  | close()                | ... RST: 2 unread ...>   |"""


def test_a_ladder_is_the_same_whether_segments_were_captured_or_inferred() -> None:
    assert drawn(CAPTURED_LADDER) == drawn(INFERRED_LADDER)


def test_a_ladder_is_the_same_where_a_busy_machine_has_ended_time_wait() -> None:
    begun, _, _ = CAPTURED_LADDER.rpartition("\n")
    calm = f"""{begun}
41.2 ms  |                        | <--- FIN, ACK (seq 3, ack 1) ---                   | close()
42.0 ms  | close()                | --- FIN, ACK (seq 1, ack 4) --->                   |
         |                        | <--- ACK (seq 4, ack 2) ---                        |"""
    busy = f"""{calm}
42.1 ms  |                        | --- ACK (seq 1, ack 4; out of order) --->          |
42.2 ms  |                        | <--- ACK (seq 4, ack 2) ---                        |
42.3 ms  |                        | --- RST (seq 2; TIME-WAIT assassination) --->      |"""
    assert drawn(busy) == drawn(calm)
    assert drawn(busy.replace("; TIME-WAIT assassination", "")) != drawn(calm)


def test_how_a_side_that_was_not_recorded_has_connected_is_seen_in_a_capture_only() -> None:
    captured, inferred = (ladder.replace("(x)", "(not recorded)") for ladder in (CAPTURED_LADDER, INFERRED_LADDER))
    without = inferred.replace("<... SYN ...", " " * 12).replace("... SYN, ACK ...>", " " * 17)
    assert drawn(captured) == drawn(without)
    assert drawn(CAPTURED_LADDER) != drawn(without.replace("(not recorded)", "(x)"))


@pytest.mark.parametrize(("part", "other"), [("RST, ACK: 2 unread", "FIN, ACK"), ("2 octets b'hi'", "3 octets b'hi!'")])
def test_captured_ladders_differ_where_something_else_was_sent(part: str, other: str) -> None:
    assert drawn(CAPTURED_LADDER) != drawn(CAPTURED_LADDER.replace(part, other))


def test_of_a_plot_only_what_it_is_of_is_compared() -> None:
    assert drawn("accepted by send() (octets)\n1 2\n3 4") == drawn("accepted by send() (octets)\n1 3\n5 4\n7 8")
    assert drawn("accepted by send() (octets)\n1 2") != drawn("received (octets)\n1 2")


def test_a_line_that_was_taken_away_is_no_output() -> None:
    gone, shown = (new_output("display_data", {"text/plain": text}) for text in ("", "kept"))
    assert tidied([gone, shown]) == [shown]
