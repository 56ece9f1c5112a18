"""Markdown as pandoc's document tree, and that tree as HTML and as Typst.

A tree is a list of blocks in pandoc's JSON, `{"t": "Para", "c": […]}`. Everything is converted in batches, with a
separator between the pieces, because each start of pandoc takes longer than its work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pypandoc

Block = dict[str, Any]
Inline = dict[str, Any]

READERS = {
    "markdown": ["gfm+smart"],  # GitHub's, which is JupyterLab's, with typographic quotes and dashes
    "html": ["html+smart+raw_html", "--sandbox"],  # what an iframe names is not fetched
}

_SEPARATOR: Block = {"t": "RawBlock", "c": ["html", "<!--|-->"]}
_TYPST_SEPARATOR: Block = {"t": "RawBlock", "c": ["typst", "//|//"]}


def parse(sources: Sequence[str], form: str = "markdown") -> list[list[Block]]:
    """The tree of each text. Raises ValueError if one of them does not end what it begins."""
    if not sources:
        return []
    reader, *options = READERS[form]
    joined = "\n\n<!--|-->\n\n".join(sources)
    document = json.loads(pypandoc.convert_text(joined, "json", format=reader, extra_args=options))
    trees: list[list[Block]] = [[]]
    for block in document["blocks"]:
        if block["t"] == "RawBlock" and block["c"][1].strip() == "<!--|-->":
            trees.append([])
        else:
            trees[-1].append(block)
    if len(trees) != len(sources):
        raise ValueError("its Markdown has a fence or an HTML tag that is not closed")
    return trees


def parse_any(sources: Sequence[str], form: str) -> list[list[Block]]:
    """The tree of each text. What one of them does not end, ends with it."""
    try:
        return parse(sources, form)
    except ValueError:
        if len(sources) == 1:
            return [[{"t": "CodeBlock", "c": [["", [], []], sources[0]]}]]
        half = len(sources) // 2
        return parse_any(sources[:half], form) + parse_any(sources[half:], form)


def to_html(trees: Sequence[list[Block]]) -> list[str]:
    return _write(trees, "html5", _SEPARATOR, "<!--|-->", "--mathml")


def to_typst(trees: Sequence[list[Block]]) -> list[str]:
    return _write(trees, "typst", _TYPST_SEPARATOR, "//|//")


def _write(trees: Sequence[list[Block]], form: str, separator: Block, mark: str, *options: str) -> list[str]:
    if not trees:
        return []
    blocks = [block for tree in trees for block in [separator, *tree]][1:]
    document = {"pandoc-api-version": [1, 23], "meta": {}, "blocks": blocks}
    written = pypandoc.convert_text(json.dumps(document), form, format="json", extra_args=["--wrap=none", *options])
    pieces = [piece.strip() for piece in written.split(mark)]
    assert len(pieces) == len(trees)
    return pieces


def text_of(tree: object) -> str:
    """The plain text of a tree or of a part of it."""
    if isinstance(tree, list):
        return "".join(map(text_of, tree))
    if not isinstance(tree, dict):
        return ""
    kind, content = tree.get("t"), tree.get("c")
    if kind == "Str":
        return content
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "CodeBlock", "Math", "RawInline", "RawBlock"):
        return content[1]
    if kind == "Quoted":
        left, right = ("“", "”") if content[0]["t"] == "DoubleQuote" else ("\u2018", "\u2019")
        return f"{left}{text_of(content[1])}{right}"
    inner = text_of(content)
    return f"{inner}\n" if kind in ("Para", "Plain", "Header") else inner


def mapped(tree: Any, change: Callable[[Block], Block | list[Block] | None]) -> Any:
    """A copy of the tree in which `change`, from the leaves up, has put something else in a node's place; None leaves
    the node."""
    if isinstance(tree, list):
        copy: list[Any] = []
        for node in tree:
            new = mapped(node, change)
            if isinstance(node, dict) and isinstance(new, list):
                copy += new
            else:
                copy.append(new)
        return copy
    if not isinstance(tree, dict):
        return tree
    node = {key: mapped(value, change) for key, value in tree.items()}
    if "t" not in node:
        return node
    changed = change(node)
    return node if changed is None else changed


def linked(tree: list[Block], target: Callable[[str], str | None], mention: Callable[[str], str | None]) -> list[Block]:
    """The tree with every link led to `target` of its address, where None takes the link away and leaves its text; and
    with what is emphasised made a link to `mention` of its text, if that is something."""

    def change(node: Block) -> Block | list[Block] | None:
        if node["t"] == "Link":
            attributes, inlines, (address, title) = node["c"]
            new = target(address)
            return inlines if new is None else {"t": "Link", "c": [attributes, inlines, [new, title]]}
        if node["t"] == "Emph" and (address := mention(text_of(node).strip())):
            return {"t": "Link", "c": [["", [], []], [node], [address, ""]]}
        return None

    return mapped(tree, change)


def entries(block: Block) -> list[Block]:
    """The entries of a list, each as a list of its own; any other block as it is."""
    if block["t"] == "BulletList":
        return [{"t": "BulletList", "c": [entry]} for entry in block["c"]]
    if block["t"] == "OrderedList":
        (first, *style), listed = block["c"]
        return [{"t": "OrderedList", "c": [[first + at, *style], [entry]]} for at, entry in enumerate(listed)]
    return [block]


def words(tree: list[Block]) -> int:
    return len(text_of(tree).split())
