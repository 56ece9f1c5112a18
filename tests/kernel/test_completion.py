"""Completion, inspection and is_complete."""

import re

import pytest
from front_end import Content, FrontEnd, history


def complete(kernel: FrontEnd, marked: str) -> Content:
    """Completes where the text has a caret."""
    code = marked.replace("‸", "")
    return kernel.ask("complete_request", {"code": code, "cursor_pos": marked.index("‸")})


def inspect(kernel: FrontEnd, marked: str) -> Content:
    code = marked.replace("‸", "")
    reply = kernel.ask("inspect_request", {"code": code, "cursor_pos": marked.index("‸"), "detail_level": 0})
    assert reply["status"] == "ok"
    return reply


def completed(kernel: FrontEnd, marked: str, match: str) -> str:
    """The text after the front end has put in that match."""
    reply = complete(kernel, marked)
    assert reply["status"] == "ok"
    assert match in reply["matches"], f"{match} is not among {reply['matches'][:20]}"
    code = marked.replace("‸", "")
    return code[: reply["cursor_start"]] + match + code[reply["cursor_end"] :]


def test_completion_replaces_the_name_before_the_cursor(kernel: FrontEnd) -> None:
    assert completed(kernel, "JSON.str‸", "stringify") == "JSON.stringify"
    assert completed(kernel, "const s = JSON.str‸; 1", "stringify") == "const s = JSON.stringify; 1"
    assert completed(kernel, "JSON.‸", "parse") == "JSON.parse"
    assert completed(kernel, "cons‸", "console") == "console"
    assert completed(kernel, "let inner = 1;\nfunction f(outer: number) { return out‸ }", "outer").endswith("outer }")


def test_completion_counts_code_points(kernel: FrontEnd) -> None:
    """A character beyond U+FFFF is one position to Jupyter and two to TypeScript."""
    assert completed(kernel, "'😀🚀'; JSON.str‸", "stringify") == "'😀🚀'; JSON.stringify"
    assert completed(kernel, "/* 🚀🚀🚀 */ 'é'.charCodeA‸; '😀'", "charCodeAt") == "/* 🚀🚀🚀 */ 'é'.charCodeAt; '😀'"
    reply = complete(kernel, "'😀😀😀😀'; JSON.‸")
    assert (reply["cursor_start"], reply["cursor_end"]) == (13, 13)


@pytest.mark.parametrize("position", [0, -5, 10_000, 3.5, None, "3"])
def test_odd_cursor_positions_are_answered(kernel: FrontEnd, position: object) -> None:
    for msg_type in ("complete_request", "inspect_request"):
        reply = kernel.ask(msg_type, {"code": "JSON.x", "cursor_pos": position, "detail_level": 0})
        assert reply["status"] in ("ok", "error")


def test_completion_knows_earlier_cells_imports_and_members_of_helpers(kernel: FrontEnd) -> None:
    kernel.ok(
        'import { socket, AF_INET } from "../helpers/socket"; import * as net from "node:net";\n'
        "const earlierNumber = 1; function earlierFunction(): void {}\n"
        "const earlierSocket = socket(); class Earlier { member = 1; method(): void {} } earlierSocket.close()"
    )
    assert {"earlierNumber", "earlierFunction", "earlierSocket"} <= set(complete(kernel, "earlier‸")["matches"])
    assert {"member", "method"} <= set(complete(kernel, "new Earlier().‸")["matches"])
    assert {"accept", "recv", "sendall", "bind"} <= set(complete(kernel, "earlierSocket.‸")["matches"])
    assert "createServer" in complete(kernel, "net.createS‸")["matches"]
    assert "AF_INET6" in complete(kernel, 'import { AF_INET‸ } from "../helpers/socket"')["matches"]
    assert "toFixed" in complete(kernel, "earlierNumber.toF‸")["matches"]


def test_completion_replaces_what_is_in_a_string(kernel: FrontEnd) -> None:
    assert completed(kernel, "const o = { abc: 1 }; o['a‸']", "abc") == "const o = { abc: 1 }; o['abc']"
    assert completed(kernel, 'import * as fs from "node:f‸"', "node:fs") == 'import * as fs from "node:fs"'


@pytest.mark.parametrize(
    ("marked", "match", "code"),
    [
        ("import {} from '../helpers/so‸'", "socket", "import {} from '../helpers/socket'"),
        ("import {} from '../helpers/so‸", "socket", "import {} from '../helpers/socket"),
        ("import {} from '../helpers/ne‸at'; 1", "netstat", "import {} from '../helpers/netstat'; 1"),
        ("import {} from '../helpers/‸'", "socket", "import {} from '../helpers/socket'"),
        ("import {} from '../helpers/tcp-‸'", "tcp-info", "import {} from '../helpers/tcp-info'"),
        ("import {} from '../hel‸'", "helpers", "import {} from '../helpers'"),
        ('await import("../helpers/so‸")', "socket", 'await import("../helpers/socket")'),
        ('import {} from "fs/pro‸"', "promises", 'import {} from "fs/promises"'),
        ("import {} from 'zero‸'", "zeromq", "import {} from 'zeromq'"),
    ],
)
def test_completion_of_a_path_replaces_what_was_typed_of_it(
    kernel: FrontEnd, marked: str, match: str, code: str
) -> None:
    assert completed(kernel, marked, match) == code
    typed = re.split("[/'\"]", marked[: marked.index("‸")])[-1]
    assert all(found.startswith(typed) for found in complete(kernel, marked)["matches"])


def test_completion_of_nothing_known(kernel: FrontEnd) -> None:
    reply = complete(kernel, "JSON.nothingLikeThis‸")
    assert reply["status"] == "ok"
    assert "stringify" not in reply["matches"]


def test_completion_leaves_the_cells_alone(kernel: FrontEnd) -> None:
    kernel.ok("const stays = 'as it is'")
    complete(kernel, "const stays = 5; const phantom = 1; sta‸")
    inspect(kernel, "const stays = 5; const phantom = 1; sta‸ys")
    assert kernel.ok("stays.toUpperCase()").result == "'AS IT IS'"
    assert "phantom" in kernel.fails("phantom").error["evalue"]


def test_inspection_shows_type_and_documentation(kernel: FrontEnd) -> None:
    kernel.ok(
        "/**\n * Adds two numbers.\n *\n * @param a the first\n * @returns their sum\n */\n"
        "function add(a: number, b: number): number { return a + b }"
    )
    reply = inspect(kernel, "ad‸d(1, 2)")
    assert reply["found"] is True
    text, markdown = reply["data"]["text/plain"], reply["data"]["text/markdown"]
    for shown in (text, markdown):
        assert "function add(a: number, b: number): number" in shown
        assert "Adds two numbers." in shown
        assert "@param a the first" in shown.replace("*", "").replace("`", "") and "their sum" in shown
    assert markdown.startswith("```typescript\n")


def test_inspection_of_helpers_and_node(kernel: FrontEnd) -> None:
    kernel.ok('import { socket } from "../helpers/socket"; import * as net from "node:net"; const inspected = socket()')
    kernel.ok("inspected.close()")
    bind = inspect(kernel, "inspected.bi‸nd")
    assert bind["found"] and "bind" in bind["data"]["text/plain"] and "Promise<void>" in bind["data"]["text/plain"]
    made = inspect(kernel, "soc‸ket()")
    assert "A new socket" in made["data"]["text/markdown"]
    assert "createServer" in inspect(kernel, "net.createSer‸ver()")["data"]["text/plain"]


def test_inspection_shows_the_documentation_of_what_is_inherited_from_another_file(kernel: FrontEnd) -> None:
    kernel.ok(
        'import { Server } from "node:net"; class Scores extends Map<string, number> { override get() { return 1 } }'
    )
    assert "one-time" in inspect(kernel, "new Server().on‸ce")["data"]["text/plain"]
    assert "Returns a specified element" in inspect(kernel, "new Scores().ge‸t")["data"]["text/plain"]


def test_inspection_counts_code_points_and_takes_the_end_of_a_name(kernel: FrontEnd) -> None:
    assert "stringify" in inspect(kernel, "'😀😀😀😀'; JSON.s‸tringify")["data"]["text/plain"]
    assert "stringify" in inspect(kernel, "'😀😀😀😀'; JSON.stringify‸")["data"]["text/plain"]
    assert "stringify" in inspect(kernel, "'😀😀'; JSON.stringify‸(1)")["data"]["text/plain"]


def test_inspection_of_nothing(kernel: FrontEnd) -> None:
    for marked in ("‸", "   ‸  ", "unknown‸Name", "// a com‸ment", "1 + ‸ 2"):
        reply = inspect(kernel, marked)
        assert (reply["found"], reply["data"]) == (False, {}), marked


def test_completion_and_inspection_while_a_cell_computes(kernel: FrontEnd) -> None:
    kernel.ok("const before = { computing: true }")
    cell = kernel.start("while (true) {}")
    kernel.until(lambda: "busy" in cell.states, "busy")
    assert "computing" in complete(kernel, "before.‸")["matches"]
    assert "computing" in inspect(kernel, "befo‸re")["data"]["text/plain"]
    assert kernel.ask("is_complete_request", {"code": "if (1) {"})["status"] == "incomplete"
    assert kernel.ask("history_request", history(hist_access_type="tail", n=1))["history"][0][2] == "while (true) {}"
    assert kernel.ask("kernel_info_request", {})["status"] == "ok"
    assert kernel.ask("comm_info_request", {})["status"] == "ok"
    assert not cell.done
    kernel.interrupt()
    kernel.wait(cell)


def test_the_kernel_stays_busy_until_its_cell_has_ended(kernel: FrontEnd) -> None:
    """A front end shows the last state that it hears, and a server ends kernels that it takes for idle."""
    cell = kernel.start("console.log('runs'); await new Promise(() => {})")
    kernel.until(lambda: cell.stdout, "its output")
    for msg_type, content, channel in (
        ("complete_request", {"code": "JSON.", "cursor_pos": 5}, "shell"),
        ("inspect_request", {"code": "JSON", "cursor_pos": 1, "detail_level": 0}, "shell"),
        ("kernel_info_request", {}, "control"),
    ):
        asked = kernel.send(msg_type, content, channel)
        kernel.wait(asked)
        kernel.until(lambda: kernel.state == "busy", "that the cell still runs")
        assert asked.states == ["busy", "idle"]
    kernel.interrupt()
    kernel.wait(cell)
    kernel.quiet(0.2)
    assert kernel.state == "idle" and cell.states[-2:] == ["busy", "idle"]
    assert complete(kernel, "JSON.‸")["matches"]
    assert kernel.state == "idle"


def test_is_complete_gives_an_indent(kernel: FrontEnd) -> None:
    reply = kernel.ask("is_complete_request", {"code": "function f() {"})
    assert reply["status"] == "incomplete"
    assert reply["indent"].strip() == "" and len(reply["indent"]) in (2, 4)
    nested = kernel.ask("is_complete_request", {"code": "function f() {\n  if (true) {"})
    assert len(nested["indent"]) > 2
    assert "indent" not in kernel.ask("is_complete_request", {"code": "1"})


def test_completions_have_types(kernel: FrontEnd) -> None:
    kernel.ok(
        "const kindConst = 1; function kindFunction() {}\nclass KindClass { kindField = 1; kindMethod() {} }\n"
        "enum KindEnum { kindMember }; import * as kindModule from 'node:path'"
    )

    def types(marked: str) -> dict[str, str]:
        reply = complete(kernel, marked)
        typed = reply["metadata"]["_jupyter_types_experimental"]
        assert [each["text"] for each in typed] == reply["matches"]
        for each in typed:
            assert (each["start"], each["end"]) == (reply["cursor_start"], reply["cursor_end"])
        return {each["text"]: each["type"] for each in typed}

    names = types("'😀'; function f(kindParam: number) { kind‸ }")
    assert names["kindConst"] == "instance" and names["kindFunction"] == "function" and names["kindParam"] == "param"
    assert types("Kind‸")["KindClass"] == "class"
    members = types("new KindClass().kind‸")
    assert (members["kindField"], members["kindMethod"]) == ("property", "function")
    assert types("KindEnum.kind‸")["kindMember"] == "property"
    assert types("awai‸")["await"] == "keyword"
    assert types("import {} from '../helpers/so‸'")["socket"] == "path"


def test_inspection_in_the_parentheses_of_a_call_shows_its_signature(kernel: FrontEnd) -> None:
    kernel.ok(
        "/**\n * Adds two numbers.\n *\n * @param a the first\n * @param b the second\n * @returns their sum\n */\n"
        "function sum(a: number, b = 0): number { return a + b }\n"
        "/** Holds. */\nclass Holder<T> { constructor(readonly held: T) {} }"
    )
    for marked in ("sum(‸)", "sum(‸", "sum(1,‸ 2)", "sum(1, ‸2)", "sum(1, 2‸)", "sum('😀'.length, ‸)", "[sum( ‸ )]"):
        reply = inspect(kernel, marked)
        assert reply["found"], marked
        for shown in reply["data"].values():
            assert "sum(a: number, b?: number): number" in shown and "Adds two numbers." in shown, marked
            assert "@param b the second" in shown and "their sum" in shown
    assert "new Holder" not in inspect(kernel, "sum(‸)")["data"]["text/plain"]
    made = inspect(kernel, "new Holder(‸)")["data"]["text/plain"]
    assert "Holder" in made and "held" in made and "Holds." in made
    kernel.ok('import { socket } from "../helpers/socket"; import { readFileSync } from "node:fs"')
    assert "A new socket" in inspect(kernel, "socket(‸)")["data"]["text/plain"]
    read = inspect(kernel, "readFileSync(‸)")["data"]["text/plain"]
    assert "readFileSync(path:" in read and "Returns the contents" in read
    assert "stringify(value:" in inspect(kernel, "JSON.stringify(‸)")["data"]["text/plain"]
    assert "function sum" in inspect(kernel, "JSON.stringify(su‸m)")["data"]["text/plain"]
    assert inspect(kernel, "sum(1, 2) ‸")["found"] is False
