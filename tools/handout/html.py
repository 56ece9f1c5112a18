"""A handout as one HTML file that asks nobody for anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from handout.claims import Verdict
from handout.handout import Handout
from handout.highlight import Line, highlighted, plain
from handout.outputs import Text
from handout.page import Page
from handout.prose import Block, mapped, to_html


def to_page(handout: Handout) -> str:
    """The file's text."""
    return render(handout, "handout.html.j2", handout.version)


def render(handout: Handout, template: str, form: str, **more: object) -> str:
    """A page by a template, which gets `more`. Links to other lessons lead to their pages of the same form."""
    page = Page(handout, ".html", _adapted, _written, form)
    return page.render(
        template,
        {
            "code": lambda cell: Markup(_lines(highlighted(cell.source, cell.language), {})),
            "text": lambda output: Markup(_text(output, page.verdicts_of(output))),
            "prose": lambda blocks: Markup(page.prose(blocks)),
            "heading": lambda inlines: Markup(page.heading(inlines)),
            "left_out": Markup(page.prose(page.left_out())),
            **more,
        },
        autoescape=True,
    )


def _adapted(tree: list[Block]) -> list[Block]:
    def change(node: Block) -> Block | None:
        if node["t"] == "CodeBlock":
            (_, classes, _), source = node["c"]
            lines = _lines(highlighted(source, classes[0] if classes else "text"), {})
            return {"t": "RawBlock", "c": ["html", f'<pre class="code"><code>{lines}</code></pre>']}
        if node["t"] == "Table":
            node["c"][2] = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in node["c"][2]]
        return None

    return mapped(tree, change)


def _written(trees: Sequence[list[Block]]) -> list[str]:
    """The trees as HTML, where a table's empty corner heads nothing."""
    return [re.sub(r"<th\b[^>]*></th>", "<td></td>", page) for page in to_html(trees)]


def _lines(lines: list[Line], classes: dict[int, str]) -> str:
    """Each line an element, so that one that is wrapped can be marked. A line break is part of it: text that is copied
    is what it was."""
    return "".join(
        f'<span class="line{classes.get(number, "")}">{"".join(map(_piece, line))}\n</span>'
        for number, line in enumerate(lines)
    )


def _piece(piece: tuple[str, str]) -> str:
    kind, text = piece
    return f'<span class="{kind}">{escape(text, quote=False)}</span>' if kind else escape(text, quote=False)


def _text(output: Text, verdicts: list[Verdict]) -> str:
    lines = plain(output.text)
    found = {verdict.line: verdict.kind for verdict in verdicts}
    classes = {
        number: f" verdict {found[line]}" for number, line in enumerate(output.text.split("\n")) if line in found
    }
    if output.kind == "error":
        classes[0] = " name"
    return _lines(lines, classes)
