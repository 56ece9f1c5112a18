"""make handouts: turns every lesson into handouts.

Each lesson becomes NN-topic-reading and NN-topic-worksheet, as .html and as .pdf, and NN-topic-slides.html, and each
notebook a .ts file; index.html lists them. Nothing is replaced unless everything could be made.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from handout.build import build
from handout.errors import HandoutError
from lessons import NOTEBOOKS, REPOSITORY, LessonError
from stopping import Stopped, until_stopped


async def main() -> int:
    """Exit status: 0 when everything was made, 1 when not, 2 for wrong usage, 128 + n when signal n stopped it."""
    parser = argparse.ArgumentParser(prog="handouts.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--pair", metavar="NN-topic", help="this lesson only")
    parser.add_argument("--stored", action="store_true", help="take the outputs that are stored, run nothing")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, metavar="FOLDER", help="where the lessons are")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "handouts", metavar="FOLDER", help="where to write")
    arguments = parser.parse_args()
    try:
        await until_stopped(build(arguments.notebooks, arguments.output, arguments.pair, arguments.stored))
    except (LessonError, HandoutError) as error:
        print(f"make handouts: {error}\nEvery handout is as it was.", file=sys.stderr)
        return 1
    except Stopped as stopped:
        print("make handouts: stopped. Every handout is as it was.", file=sys.stderr)
        return stopped.status
    return 0


if __name__ == "__main__":
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # what nbclient logs, LessonError says
    sys.exit(asyncio.run(main()))
