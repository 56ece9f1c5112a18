"""Small notebooks of many kinds, as others write them: none is a lesson."""

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output, new_raw_cell

Json = dict[str, Any]


def png(width: int = 60, height: int = 30) -> str:
    """A blue picture, as a notebook keeps it."""
    rows = b"".join(b"\0" + b"\x20\x50\xc0" * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    octets = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(octets).decode()


GIF = "R0lGODdhAQABAIABAAAAAP///ywAAAAAAQABAAACAkQBADs="

TABLE = """<div>
<style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>port</th><th>name</th></tr></thead>
<tbody><tr><th>0</th><td>7</td><td>echo</td></tr><tr><th>1</th><td>80</td><td>http</td></tr></tbody>
</table><p>2 rows × 2 columns</p></div>"""

TWO_LEVELS = """<table><thead>
<tr><th colspan="2">both</th><th rowspan="2">one</th></tr><tr><th>a</th><th>b</th></tr></thead>
<tbody><tr><td>1</td><td>2</td><td>3</td></tr></tbody></table>"""

WIDE = (
    "<table><tr>"
    + "".join(f"<th>column number {n}</th>" for n in range(14))
    + "</tr><tr>"
    + "".join(f"<td>{n}.123456</td>" for n in range(14))
    + "</tr></table>"
)


def shows(**data: Any) -> Json:
    """A code cell that has shown these types, as in shows(text_plain="…")."""
    bundle = {name.replace("_", "/", 1): value for name, value in data.items()}
    return code("draw()", new_output("display_data", data=bundle))


def code(source: str, *outputs: Any) -> Json:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": list(outputs), "source": source}


def prints(text: str) -> Json:
    return code("print()", new_output("stream", name="stdout", text=text))


def text(source: str, **more: Any) -> Json:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def notebook(*cells: Json, language: str | None = "python", minor: int = 4) -> Json:
    metadata: Json = {}
    if language:
        metadata["kernelspec"] = {"name": language, "display_name": language, "language": language}
        metadata["language_info"] = {"name": language}
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": list(cells)}


def third_format() -> Json:
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": "Of the third format"},
        {
            "cell_type": "code",
            "collapsed": False,
            "input": "x = 3",
            "language": "python",
            "metadata": {},
            "prompt_number": 1,
            "outputs": [{"output_type": "pyout", "metadata": {}, "prompt_number": 1, "text": ["3"]}],
        },
    ]
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


T = text("# A title")
WIDGET = {"version_major": 2, "version_minor": 0, "model_id": "1"}

NOTEBOOKS: dict[str, Json] = {
    "no heading": notebook(code("x = 1")),
    "a heading of the second level first": notebook(text("## Second\n\nText."), code("x = 1"), text("# First")),
    "code before the title": notebook(code("import os"), T, code("x = 1")),
    "empty": notebook(),
    "empty cells": notebook(T, code(""), text("")),
    "no outputs": notebook(T, code("x = 1")),
    "no kernelspec": notebook(T, code("x = 1"), language=None),
    "R": notebook(T, code("x <- c(1, 2)"), language="R"),
    "Julia": notebook(T, code("f(x) = x^2"), language="julia"),
    "a language that nobody knows": notebook(T, code("!! 1"), language="nobody-knows"),
    "a pandas table": notebook(T, text("## Ports"), shows(text_html=TABLE, text_plain="  port name\n0 7 echo")),
    "a table with two levels": notebook(T, shows(text_html=TWO_LEVELS, text_plain="both one")),
    "a wide table": notebook(T, shows(text_html=WIDE, text_plain="wide")),
    "HTML alone": notebook(T, shows(text_html="<ul><li>one</li><li><em>two</em></li></ul>")),
    "HTML that is a program": notebook(
        T, shows(text_html="<div id='p'></div><script>draw()</script>", text_plain="plot")
    ),
    "LaTeX": notebook(T, shows(text_latex=r"$\displaystyle \frac{a}{b}$", text_plain="a/b")),
    "LaTeX with an environment": notebook(T, shows(text_latex="\\begin{align}a&=b\\\\c&=d\\end{align}")),
    "LaTeX that is wrong": notebook(T, shows(text_latex=r"$\frac{a$", text_plain="a")),
    "formulas in the text": notebook(text("# On $x^2$\n\nAs in $\\alpha$:\n\n$$\\int_0^1 x\\,dx$$\n\n$5 and $6.")),
    "matplotlib": notebook(
        T, text("## The plot"), shows(image_png=png(), text_plain="<Figure size 640x480 with 1 Axes>")
    ),
    "a picture without words": notebook(T, shows(image_png=png())),
    "a tall picture": notebook(T, shows(image_png=png(200, 4000))),
    "a GIF": notebook(T, shows(image_gif=GIF)),
    "a picture that is none": notebook(T, shows(image_png=base64.b64encode(b"none").decode())),
    "SVG that is none": notebook(T, shows(**{"image_svg+xml": "<svg"})),
    "an iframe in the text": notebook(text('# T\n\nBefore.\n\n<iframe src="https://example.org/"></iframe>\n\nAfter.')),
    "HTML in the text": notebook(
        text(
            "# T\n\nSome <b>bold</b>, <kbd>Ctrl</kbd>.\n\n<details><summary>A</summary>\n\nHidden *text*.\n\n</details>"
        )
    ),
    "HTML that is not closed": notebook(text("# T\n\n<div><b>not closed"), code("x = 1"), text("<!-- for ever")),
    "a fence that is not closed": notebook(text("# T\n\n```\nnot closed"), code("x = 1"), text("After.")),
    "a picture that lies elsewhere": notebook(text("# T\n\n![a cat](https://example.org/cat.png)")),
    "a picture that is missing": notebook(text("# T\n\n![a cat](cat.png) <img src='dog.png'>")),
    "a picture within its address": notebook(text(f"# T\n\n![](data:image/png;base64,{png()})")),
    "an attachment": notebook(
        text("# T\n\n![a](attachment:a.png)", attachments={"a.png": {"image/png": png()}}),
        text("![gone](attachment:gone.png)"),
    ),
    "a widget": notebook(
        T, shows(**{"application_vnd.jupyter.widget-view+json": WIDGET, "text_plain": "IntSlider(value=1)"})
    ),
    "plotly": notebook(T, shows(**{"application_vnd.plotly.v1+json": {"data": []}, "text_html": "<div></div>"})),
    "JavaScript": notebook(T, shows(application_javascript="alert(1)")),
    "JSON": notebook(T, shows(application_json={"a": [1, 2]})),
    "raw cells": notebook(T, dict(new_raw_cell("\\raw{text}"), id="r") | {"metadata": {}}),
    "a raw cell of HTML": notebook(
        T, {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": "<p>Of <i>HTML</i></p>"}
    ),
    "long lines": notebook(T, code("x = '" + "long " * 200 + "'"), prints("x" * 500)),
    "colours": notebook(T, prints("\x1b[1;31mred\x1b[0m \x1b[38;5;208morange\x1b[K\x1b]0;title\x07 plain")),
    "a line that is written again": notebook(T, prints("  0%|     |\r 50%|##   |\r100%|#####| done\n")),
    "control characters": notebook(T, prints("a\x00b\x08c")),
    "an error": notebook(
        T, code("1/0", new_output("error", ename="E", evalue="v", traceback=["\x1b[0;31mE\x1b[0m: v", "line 1"]))
    ),
    "Chinese": notebook(text("# 套接字\n\n服务器等待客户端。"), code("print('你好')"), prints("你好，世界")),
    "Japanese and Korean": notebook(text("# ソケット\n\n서버는 기다린다."), prints("こんにちは 안녕하세요")),
    "Hebrew and Arabic": notebook(text("# שקע\n\nالخادم ينتظر العميل."), prints("שלום مرحبا")),
    "Hindi and Thai": notebook(text("# सॉकेट\n\nเซิร์ฟเวอร์รอ"), prints("नमस्ते สวัสดี")),
    "emoji": notebook(text("# A rocket 🚀"), prints("🚀 ✅ 👩‍💻")),
    "links": notebook(text("# T\n\n[there](#there), [other](other.ipynb), [web](https://example.org), []()")),
    "headings that leap": notebook(
        text("# T\n\n#### Fourth\n\nText."), code("x = 1"), text("## Second\n\n###### Sixth")
    ),
    "a heading in a quotation": notebook(text("# T\n\n> ## Quoted\n>\n> - a\n>   - b")),
    "task lists, footnotes, strikes": notebook(text("# T\n\n- [x] done\n- [ ] not\n\nA~~b~~c[^1].\n\n[^1]: Note.")),
    "a wide table in the text": notebook(
        text(
            "# T\n\n| " + " | ".join("wide " * 6 for _ in range(8)) + " |\n" + "|---" * 8 + "|\n" + "| word " * 8 + "|"
        )
    ),
    "the third format": third_format(),
    "ids": notebook(dict(T, id="same-1"), dict(code("x = 1"), id="c_2"), minor=5),
    "300 cells": notebook(T, *(code(f"x{n} = {n}") for n in range(150)), *(text(f"Text {n}.") for n in range(150))),
    "a long output": notebook(T, prints("".join(f"line {n}\n" for n in range(400)))),
    "long code": notebook(T, code("\n".join(f"x{n} = {n}" for n in range(200)))),
    "an output that is updated": notebook(
        T, code("x", {"output_type": "display_data", "data": {}, "metadata": {}, "transient": {}})
    ),
}


def write(folder: Path, kind: str) -> Path:
    """Writes the notebook of this kind; its file's name is the kind."""
    path = folder / f"{kind}.ipynb"
    path.write_text(json.dumps(NOTEBOOKS[kind]), encoding="utf-8")
    return path


def sources(kind: str) -> list[str]:
    """What stands in its code cells."""
    node = NOTEBOOKS[kind]
    cells = node["cells"] if "cells" in node else node["worksheets"][0]["cells"]
    return [cell.get("source") or cell.get("input", "") for cell in cells if cell["cell_type"] == "code"]
