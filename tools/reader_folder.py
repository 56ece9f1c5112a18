"""binder/start: a folder for a reader of a project that is only read: lessons and programs to write in, and beside them
links to what these use. What is there already stays.

Of a lesson that has changed since the reader was given it, the newer version is linked in newer/, and a note there
says so, which opens beside the reader's own.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from lessons import REPOSITORY
from workspaces import import_workspaces, trust_notebooks

COPIED = ["notebooks/*.ipynb", "programs/*.ts"]
LINKED = [
    *["helpers", "interface", "tools", "docs", "node_modules", ".venv"],
    *["package.json", "tsconfig.json", ".npmrc", "notebooks/claims.json"],
]
"""What the lessons import, run and read, in the one version that goes with the kernel."""

GIVEN = ".given.json"
"""From the name of each copy to the digest of what it was when the reader was given it."""

NOTE = "A newer version.md"


def digest(file: Path) -> str:
    """Of the text; of a notebook, only of what stands in its cells: its outputs make it no other version."""
    text = file.read_bytes()
    if file.suffix == ".ipynb":
        try:
            cells = json.loads(text)["cells"]
            text = json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells]).encode()
        except (ValueError, KeyError, TypeError):
            pass  # no notebook any more, and another text than the project's all the same
    return sha256(text).hexdigest()


def copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    new = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, new)
    new.replace(target)


def link(target: Path, source: Path) -> None:
    """Makes `target` lead to `source`, unless something else than a link is there, which is the reader's."""
    if target.is_symlink() and target.readlink() != source:
        target.unlink()
    if not target.exists():
        target.symlink_to(source)


def lay(folder: Path) -> tuple[list[Path], dict[Path, Path]]:
    """Lays what is missing in `folder`. Returns the notebooks that are new there, and from the reader's files to the
    project's those of which the project has a newer version than the reader was given."""
    for name in ["notebooks", "programs"]:
        (folder / name).mkdir(parents=True, exist_ok=True)
    given = json.loads((folder / GIVEN).read_text()) if (folder / GIVEN).exists() else {}
    new, newer = [], {}
    for source in (file for pattern in COPIED for file in sorted(REPOSITORY.glob(pattern))):
        name = source.relative_to(REPOSITORY).as_posix()
        target, version = folder / name, digest(source)
        if not target.exists():
            copy(source, target)
            new.append(target)
        elif given.get(name) != version and digest(target) != version:
            newer[target] = source
            continue
        given[name] = version
    write(folder / GIVEN, json.dumps(given, indent=2))
    for name in LINKED:
        link(folder / name, REPOSITORY / name)
    return [file for file in new if file.suffix == ".ipynb"], newer


def write(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.new")
    new.write_text(text)
    new.replace(file)


def tell(folder: Path, newer: Iterable[Path]) -> Path:
    """Has in newer/ no links but to these newer versions, and a note that says so. Returns the note."""
    place = folder / "newer"
    note = place / NOTE
    place.mkdir(exist_ok=True)
    for left in place.iterdir():
        if left.is_symlink() or left == note:
            left.unlink()
    names = ""
    for file in newer:
        link(place / file.name, file)
        names += f"- [{file.name}]({file.name})\n"
    if names:
        note.write_text(
            "# A newer version\n\n"
            "These have changed since they were given to you. Yours are as you left them, and stay so.\n\n"
            f"{names}\n"
            "The newer versions can be read and run here, but not saved. To go on with one, rename or delete your own, "
            "and start the server again.\n"
        )
        print(f"start: newer than the reader's, which stay as they are:\n{names}", end="", file=sys.stderr)
    elif not any(place.iterdir()):
        place.rmdir()
    return note


def main() -> None:
    parser = argparse.ArgumentParser(prog="reader_folder.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    try:
        new, newer = lay(folder)
        note = tell(folder, newer.values())
        import_workspaces(folder, {file: note for file in newer})
        trust_notebooks([*new, *(file for file in newer.values() if file.suffix == ".ipynb")])
    except OSError as error:
        sys.exit(
            f"start: {error.filename} cannot be written ({error.strerror}): SOCKETS_FOLDER names another folder, and "
            "HOME must be one in which files can be made"
        )


if __name__ == "__main__":
    main()
