"""The verdicts that cells print, and the claims that they are about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

SOURCES = {
    "pymotw": "Hellmann",
    "fopnp-42": "Rhodes and Goerzen, p. 42",
    "fopnp-46": "Rhodes and Goerzen, p. 46",
    "erle": "Erle Robotics",
    "ewing": "Ewing",
    "rfc6298": "RFC 6298",
    "rfc9293": "RFC 9293",
}

_LINE = re.compile(r"^(?P<claim>[a-z0-9]+(?:-[a-z0-9]+)+): (?P<found>holds if .+|holds|does not hold)$", re.MULTILINE)


def verdict_line(text: str) -> str | None:
    """The line of the verdict that has shown itself by this text, if one has; its claim's words follow there."""
    found = _LINE.match(text)
    return found[0] if found else None


@dataclass(frozen=True)
class Verdict:
    """What a cell has found out. `found` begins with "holds", "holds if" or "does not hold"."""

    line: str
    found: str
    says: str
    source: str
    remark: str

    @property
    def kind(self) -> str:
        return "no" if self.found.startswith("does not") else "if" if self.found.startswith("holds if") else "yes"


class Claims:
    """The map notebooks/claims.json."""

    def __init__(self, folder: Path) -> None:
        """Reads the map in this folder; without one there are no claims."""
        path = folder / "claims.json"
        entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        self._entries = {entry["id"]: entry for entry in entries if entry["kind"] == "claim"}

    def verdicts(self, text: str) -> list[Verdict]:
        """The verdicts in what a cell has printed, one a line."""
        return [
            Verdict(found[0], found["found"], entry["says"], SOURCES[entry["source"]], entry.get("condition", ""))
            for found in _LINE.finditer(text)
            if (entry := self._entries.get(found["claim"]))
        ]
