"""The font of last resort: GNU Unifont, which has a sign for nearly every character there is, in a coarse form."""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont
from lessons import REPOSITORY

PACKED = REPOSITORY / "node_modules" / "@fontsource" / "unifont" / "files" / "unifont-latin-400-normal.woff"


def unpack_unifont(folder: Path) -> None:
    """Writes it into this folder as Typst reads it."""
    font = TTFont(PACKED)
    font.flavor = None
    font.save(folder / "unifont.ttf")
