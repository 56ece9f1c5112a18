"""Readers as users of the system, who need no accounts there: root gives each a number."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lessons import REPOSITORY

FIRST_USER = 61_001

NEEDED = [REPOSITORY, Path(sys.base_prefix), Path(shutil.which("node") or "node").resolve().parent]
"""What a reader's server is made of."""

# In a mount namespace of its own, in which a folder that only its owner enters is another, with only these in it.
_OPEN = """
closed=$1 staging=$2 needed=$3
shift 3
mount --rbind "$closed" "$staging"
mount -t tmpfs -o mode=755 class "$closed"
for path in $needed; do
  mkdir -p "$path"
  mount --rbind "$staging/${path#"$closed"/}" "$path"
done
exec "$@"
"""


def opened(staging: Path) -> list[str]:
    """The command that runs a command for which nothing is closed that the readers need; empty where nothing is."""
    above = {folder for path in NEEDED for folder in path.parents if not folder.stat().st_mode & 0o001}
    if not above:
        return []
    # One is enough here, as the outermost has all others in it.
    closed = min(above, key=lambda folder: len(folder.parts))
    inside = " ".join(str(path) for path in NEEDED if closed in path.parents)
    return ["unshare", "--mount", "--", "sh", "-ec", _OPEN, "open", str(closed), str(staging), inside]


def one_user(staging: Path) -> str | None:
    """Why the readers cannot be users of this system, or None where they can."""
    if os.getuid() != 0:
        return "only root gives each reader a user's number"
    become = ["setpriv", f"--reuid={FIRST_USER}", f"--regid={FIRST_USER}", "--clear-groups", "--"]
    # By a shell, as setpriv itself enters every folder.
    start = ["sh", "-c", '"$@"', "sh", sys.executable, "-c", ""]
    try:
        ran = subprocess.run([*opened(staging), *become, *start], capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return None if ran.returncode == 0 else f"no other user can be tried: {ran.stderr.strip()}"
