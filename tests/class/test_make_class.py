"""make class: how many were right, what a reader takes, and what broke first."""

import asyncio
import re
import subprocess
from subprocess import PIPE, STDOUT

import pytest
from classroom.__main__ import Arrivals
from classroom.reader import Reader, ReaderError
from lessons import REPOSITORY
from network import problem

WITHOUT = problem()


def make_class(*variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "class", *variables], cwd=REPOSITORY, stdout=PIPE, stderr=STDOUT, text=True)


@pytest.mark.skipif(WITHOUT is not None, reason=f"no network of its own here: {WITHOUT}")
def test_it_says_what_a_reader_takes() -> None:
    done = make_class("READERS=1", "WITHIN=1")
    assert done.returncode == 0, done.stdout
    said = dict(re.findall(r"^(\w[\w ]+?)  +(.+)$", done.stdout, re.MULTILINE))
    assert (said["right"], said["broken first"]) == ("1 of 1", "nothing")
    for who in ["a reader", "hub and proxy"]:
        assert re.fullmatch(r"[1-9]\d+ MB, \d+\.\d s of processor time", said[who])


def test_a_class_of_nobody_is_refused() -> None:
    done = make_class("READERS=0")
    assert done.returncode == 2
    assert "there cannot be 0 readers" in done.stdout


def test_what_breaks_first_is_told_and_the_others_go_on() -> None:
    broken = asyncio.Event()

    async def come(reader: Reader) -> str:
        if reader.name == "b":
            await broken.wait()
        if reader.name in "bc":
            broken.set()
            raise ReaderError(f"{reader.name} is refused")
        return reader.name

    async def arrive() -> tuple[dict[Reader, str], str | None]:
        arrivals = Arrivals()
        readers = [Reader("http://127.0.0.1", name) for name in "abcd"]
        came = await arrivals.all(readers, come)
        for reader in readers:
            await reader.__aexit__(None, None, None)
        return came, arrivals.broken

    came, first = asyncio.run(arrive())
    assert sorted(came.values()) == ["a", "d"]
    assert first and re.fullmatch(r"c, after \d+ s: c is refused", first)
