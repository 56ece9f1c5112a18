"""Outputs as they are stored, and what of them is worth telling apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from lessons import REPOSITORY
from nbformat import NotebookNode

# What another run of the same notebook may print otherwise: a measurement, for one, has "about" before it. A name in
# square brackets stands for it; where being the same port, process or descriptor as before means something, a number
# tells which.
_VOLATILE = re.compile(
    rf"""
    (?P<path> (?: {re.escape(str(REPOSITORY))} | (?:/private)?/(?:tmp|var/folders|home|Users|root)/ ) [^\s'"`)\]:]* )
  | (?P<time> \d{{4}}-\d\d-\d\d [T ] \d\d:\d\d:\d\d (?:\.\d+)? Z?
            | \b\d\d:\d\d:\d\d (?:\.\d+)? \b
            | \b\d+\.\d+\s?(?:ns|µs|μs|us|ms|s|seconds?|minutes?)\b
            | \b\d+\s?(?:ns|µs|μs|us|ms)\b )
  | (?P<measure> \babout\ \d+ \b )
  | (?P<cell> \bcell\ \[\d+\] )
  | (?P<line> (?<=\.ts:) \d+:\d+ \b )
  | (?P<process> \b(?:pid|process) [^\w\n]{{1,4}} \d+ \b )
  | (?P<descriptor> \b(?:fd|descriptor|fileno\(\)) [^\w\n]{{1,4}} \d+ \b )
  | (?P<buffer> \bSO_(?:SND|RCV)BUF \s \d+ )
  | (?P<port> (?<![\w.]) (?: 3276[89] | 327[7-9]\d | 32[89]\d\d | 3[3-9]\d{{3}} | [45]\d{{4}} | 6[0-4]\d{{3}}
                           | 65[0-4]\d\d | 655[0-2]\d | 6553[0-5] ) (?![\w]|\.\d) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IDENTITIES = {"process", "descriptor", "port"}
_IDENTITY = re.compile(rf"(?<=\[)(?:{'|'.join(sorted(_IDENTITIES))}) \d+(?=\])")

_LADDER = re.compile(r"time +\| server .*\| client ")
"""How the text of a conversation's ladder begins."""

_OCTETS = re.compile(r"([\d,]+) octets?\b")

_NUMBERS = re.compile(r" \((?:[A-Z, ]+; )?seq \d[^()]*\)$")
"""What stands behind a segment that was captured."""

_BY_ITSELF = re.compile(r"retransmission|delayed ACK|probe|keepalive|window|assassination")
"""What a system sends when its time has come."""

_WAIT_BEGINS = re.compile(r" \.\.\.$")
_WAIT_ENDS = re.compile(r"^(\d+: )?\.\.\. ")

THIS_MACHINE = "this-machine"
"""The tag of a cell whose outputs depend on the machine: on its name, its networks, the programs that it has."""


def tidied(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """
    The outputs with neighbouring pieces of one stream joined, and without what was taken away again, as the line of a
    wait: where a stream is cut, and which wait is long, are matters of timing.
    """
    joined: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "display_data" and dict(output.data) == {"text/plain": ""}:
            continue
        last = joined[-1] if joined else None
        if last is not None and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _passed(wires: Iterable[str]) -> tuple[int, list[str]]:
    """How many octets went one way, and the segments that open and end a connection: how many acknowledgements there
    are, and which segment takes which octets, is a matter of timing."""
    octets, control = 0, []
    for wire in wires:
        words = re.sub(r"^[<x]?(?:---|\.{3}) (?:\d+: )?| (?:---|\.{3})[>x]?$", "", wire)
        if numbers := _NUMBERS.search(words):
            words = words[: numbers.start()]
            if _BY_ITSELF.search(numbers[0]):
                continue
        if moved := _OCTETS.match(words):
            octets += int(moved[1].replace(",", ""))
        elif words != "ACK":
            control.append(re.sub(r"^(FIN|RST), ACK", r"\1", words))
    return octets, control


_CELLS = re.compile(r'<g class="row"(?: data-here="([\d ]+)")?(?: data-there="([\d ]+)")?')
"""Of a row of a ladder's picture, the cells that it tells of: those of its own notebook, and those of the other."""


def _cells(svg: str) -> list[int]:
    """Of how many cells a ladder's picture tells, of its own notebook and of the other. Which these are depends on how
    often the notebook has run before."""
    columns = zip(*_CELLS.findall(svg), strict=True)
    return [len({number for numbers in column for number in numbers.split()}) for column in columns]


def _drawn(text: str, svg: str) -> object:
    """What of a picture, by the text that is stored beside it, is the same in every run.

    Of a ladder, what each side did, in its order, in how many cells, and what passed in each direction: how the two
    sides interleave, and who waits, is a matter of timing. So is which of the states that a connection passes were
    seen. Of what was measured, which a ladder with very many calls is as well, only what was measured. It is the same
    whether segments were captured or follow from the calls."""
    head, *lines = text.splitlines()
    if head.startswith("States of "):
        # Below the two ends are the segments that were captured.
        return [re.sub(r"\((\w+)\)", r"\1", line) for line in [head, *lines[:2]]]
    if not _LADDER.match(head):
        return head
    bars = [match.start() for match in re.finditer(r"\|", head)]
    rows = [[line[start:end].strip(" |") for start, end in zip(bars, [*bars[1:], None], strict=True)] for line in lines]
    sides = [
        [_WAIT_ENDS.sub(r"\1", row[at]) for row in rows if row[at] and not _WAIT_BEGINS.search(row[at])]
        for at in (0, 2)
    ]
    sent = [row[1] for row in rows if row[1]]
    wires = [_passed(wire for wire in sent if wire.startswith(("<", "x")) == is_left) for is_left in (True, False)]
    if "(not recorded)" in head:
        # That such a side has connected is seen in a capture, and does not follow from any call.
        wires = [(octets, [words for words in control if not words.startswith("SYN")]) for octets, control in wires]
    places = [part.strip() for part in head.split("|")]
    if " \N{MULTIPLICATION SIGN} " in text or " rows are folded)" in text:
        return places
    return [places, sides, wires, _cells(svg)]


def normalised(notebooks: Iterable[NotebookNode], anywhere: bool = False) -> list[object]:
    """What the code cells of a lesson's notebooks show, with a name for every port from the range that systems
    choose from (32768 to 65535), process, descriptor, size of a buffer, number of a cell, line of a helper, time and
    path. With `anywhere`, only what they show on any machine."""
    seen: dict[str, int] = {}

    def name(found: re.Match[str]) -> str:
        kind = found.lastgroup
        assert kind is not None
        if kind not in _IDENTITIES:
            return f"[{kind}]"
        number = re.search(r"\d+$", found[0])
        assert number is not None
        key = f"{kind} {number[0]}"
        return f"{found[0][: number.start()]}[{kind} {seen.setdefault(key, len(seen))}]"

    def walk(value: object) -> object:
        if isinstance(value, str):
            return _VOLATILE.sub(name, value)
        if isinstance(value, dict):
            if "image/svg+xml" in value:
                return walk(_drawn(value.get("text/plain", ""), value["image/svg+xml"]))
            return {key: walk(value[key]) for key in sorted(value) if key != "execution_count"}  # the cell has it too
        if isinstance(value, (list, tuple)):
            return [walk(item) for item in value]
        return value

    def shown(cell: NotebookNode) -> object:
        if anywhere and THIS_MACHINE in cell.metadata.get("tags", []):
            return f"[{THIS_MACHINE}]"
        return walk(tidied(NotebookNode(output) for output in cell.outputs))

    return [
        [cell.execution_count, shown(cell)]
        for notebook in notebooks
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def difference(before: list[object], after: list[object]) -> int | None:
    """The index of the first cell that does not show now what it showed before, both normalised, if there is one. What
    was one port, process or descriptor must still be one; two may happen to get the same number now."""
    now: dict[str, str] = {}
    for index, cells in enumerate(zip(before, after, strict=True)):
        one, other = map(json.dumps, cells)
        if _IDENTITY.sub("", one) != _IDENTITY.sub("", other):
            return index
        for was, is_now in zip(_IDENTITY.findall(one), _IDENTITY.findall(other), strict=True):
            if now.setdefault(was, is_now) != is_now:
                return index
    return None
