"""Messaging in Jupyter, protocol 5.4: every request, every flag, and what must not disturb the kernel."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from conftest import KERNEL_NAME, Launch
from front_end import HANG, REPOSITORY, Content, FrontEnd, Request, new_kernel, plain

# Shutting down takes at most 0.3 s by itself; the rest is for a machine that has other things to do.
SHUTDOWN = 0.3 * 5


def package_version(name: str) -> str:
    version: str = json.loads((REPOSITORY / "node_modules" / name / "package.json").read_text())["version"]
    return version


# --- kernel_info ---


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_kernel_info_tells_protocol_and_language(kernel: FrontEnd, channel: str) -> None:
    info = kernel.ask("kernel_info_request", {}, channel)
    assert info["status"] == "ok"
    assert info["protocol_version"] == "5.4"
    language = info["language_info"]
    assert language["name"] == "typescript"
    assert language["version"] == package_version("typescript")
    assert language["file_extension"] == ".ts"
    assert language["mimetype"] == "text/typescript"
    assert info["banner"]
    assert "debugger" not in info.get("supported_features", [])
    assert info.get("debugger", False) is False


def test_cells_are_compiled_by_the_typescript_that_kernel_info_names(kernel: FrontEnd) -> None:
    # Types of TypeScript 5.4 and later, which the TypeScript 5.0 that tslab brings does not know.
    assert kernel.ok("type N<T> = NoInfer<T>; const n: N<string> = 'known'; n").result == "'known'"
    version = kernel.ask("kernel_info_request", {})["language_info"]["version"]
    assert tuple(map(int, version.split(".")))[:2] >= (5, 4)


def test_iopub_greets_each_subscriber(launch: Launch) -> None:
    front_end = launch()
    late = FrontEnd(front_end.kernel)
    try:
        late.until(lambda: late.others, "iopub_welcome")
        welcome = late.others[0]
        assert welcome["msg_type"] == "iopub_welcome"
        assert welcome["content"] == {"subscription": ""}
        assert welcome["parent_header"] == {}
    finally:
        late.close()


def test_heartbeat_echoes_while_a_cell_computes(kernel: FrontEnd) -> None:
    heartbeat = kernel.kernel.connect_hb()
    heartbeat.linger = 0
    try:
        cell = kernel.start("while (true) {}")
        kernel.until(lambda: "busy" in cell.states, "busy")
        for octets in (b"ping", b"", bytes(range(256))):
            heartbeat.send(octets)
            assert heartbeat.poll(HANG * 1000)
            assert heartbeat.recv() == octets
        kernel.interrupt()
        kernel.wait(cell)
    finally:
        heartbeat.close()


# --- execute: what is published, and the flags ---


def test_a_cell_is_announced_and_answered_in_order(kernel: FrontEnd) -> None:
    code = "console.log('text'); 40 + 2"
    cell = kernel.ok(code)
    count = cell.reply["execution_count"]
    assert [message["msg_type"] for message in cell.iopub] == [
        "status",
        "execute_input",
        "stream",
        "execute_result",
        "status",
    ]
    assert cell.contents("execute_input") == [{"code": code, "execution_count": count}]
    assert cell.contents("stream") == [{"name": "stdout", "text": "text\n"}]
    result = cell.contents("execute_result")[0]
    assert (result["execution_count"], result["data"], result["metadata"]) == (count, {"text/plain": "42"}, {})
    assert cell.reply == {"status": "ok", "execution_count": count, "user_expressions": {}, "payload": []}


def test_messages_carry_the_whole_header_of_their_request(kernel: FrontEnd) -> None:
    cell = kernel.ok("console.log(1); 2")
    session = {message["header"]["session"] for message in cell.iopub + cell.replies}
    assert len(session) == 1 and session != {kernel.session.session}
    ids = [message["header"]["msg_id"] for message in cell.iopub + cell.replies]
    assert len(set(ids)) == len(ids)
    for message in cell.iopub + cell.replies:
        for key in ("msg_id", "msg_type", "session", "username", "version"):
            assert message["parent_header"][key] == cell.header[key]
        assert message["header"]["version"] == "5.4"
        assert message["header"]["date"].tzinfo is not None


def test_the_count_goes_up_by_one_for_each_stored_cell(kernel: FrontEnd) -> None:
    first = kernel.ok("1").reply["execution_count"]
    assert kernel.fails("throw new Error('counts too')").reply["execution_count"] == first + 1
    assert kernel.fails("const wrong: number = 'counts too'").reply["execution_count"] == first + 2
    assert kernel.ok("").reply["execution_count"] == first + 3


def test_silent(kernel: FrontEnd) -> None:
    before = kernel.ok("let quiet = 1").reply["execution_count"]
    cell = kernel.ok("quiet = 2; 'no result'", silent=True)
    assert cell.types == [] and not cell.contents("execute_input")
    assert cell.states == ["busy", "idle"]
    assert cell.reply["execution_count"] == before
    assert kernel.ok("quiet").reply["execution_count"] == before + 1
    assert kernel.ok("quiet").result == "2"
    inputs = [entry[2] for entry in kernel.ask("history_request", history(hist_access_type="tail", n=3))["history"]]
    assert inputs == ["let quiet = 1", "quiet", "quiet"]


def test_silent_stores_nothing_even_where_it_is_asked_to(kernel: FrontEnd) -> None:
    before = kernel.ok("0").reply["execution_count"]
    kernel.ok("'unstored'", silent=True, store_history=True)
    assert kernel.ok("0").reply["execution_count"] == before + 1


def test_store_history_false_shows_but_does_not_count(kernel: FrontEnd) -> None:
    before = kernel.ok("'stored'").reply["execution_count"]
    cell = kernel.ok("console.log('seen'); 'unstored'", store_history=False)
    assert (cell.stdout, cell.result) == ("seen\n", "'unstored'")
    assert kernel.ok("'stored again'").reply["execution_count"] == before + 1
    tail = kernel.ask("history_request", history(hist_access_type="tail", n=2))["history"]
    assert [entry[2] for entry in tail] == ["'stored'", "'stored again'"]


def test_user_expressions_are_evaluated_after_the_cell(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "let apples = 2; apples += 1; 'ignored'",
        user_expressions={
            "sum": "apples + 1",
            "object": "{ apples }",
            "later": "await Promise.resolve('awaited')",
            "html": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<i>x</i>' }) })",
            "nothing": "undefined",
            "thrown": "(() => { throw new RangeError('too far') })()",
            "untyped": "pears",
            "invalid": "1 +",
        },
    )
    values = cell.reply["user_expressions"]
    assert values["sum"] == {"status": "ok", "data": {"text/plain": "4"}, "metadata": {}}
    assert values["object"]["data"] == {"text/plain": "{ apples: 3 }"}
    assert values["later"]["data"] == {"text/plain": "'awaited'"}
    assert values["html"]["data"]["text/html"] == "<i>x</i>"
    assert values["nothing"]["status"] == "ok"
    assert (values["thrown"]["status"], values["thrown"]["ename"]) == ("error", "RangeError")
    assert values["thrown"]["evalue"] == "too far" and values["thrown"]["traceback"]
    assert values["untyped"]["status"] == "error" and "pears" in values["untyped"]["evalue"]
    assert values["invalid"]["status"] == "error"
    assert cell.types == ["execute_result"], "an expression that fails is told in the reply alone"


def test_user_expressions_are_not_evaluated_after_an_error(kernel: FrontEnd) -> None:
    kernel.ok("let touched = false; const touch = () => (touched = true)")
    kernel.fails("throw new Error('first')", user_expressions={"touch": "touch()"})
    assert kernel.ok("touched").result == "false"


def test_user_expressions_leave_no_name_behind(kernel: FrontEnd) -> None:
    kernel.ok("1", user_expressions={"f": "function hidden() {}", "n": "7"})
    assert "hidden" in kernel.fails("hidden").error["evalue"]


def test_user_expressions_do_not_count_as_a_run_of_the_cell(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        'import * as net from "node:net"; import { once } from "node:events";\n'
        "const expressed = net.createServer(); expressed.listen(0); await once(expressed, 'listening'); 0",
        cell="with-expressions",
        user_expressions={"listening": "expressed.listening"},
    )
    assert cell.reply["user_expressions"]["listening"]["data"] == {"text/plain": "true"}
    assert kernel.ok("expressed.listening").result == "true"
    kernel.ok("expressed.close()")


@pytest.mark.parametrize("code", ["", " \n\t ", "// only a comment", "/* only\n a comment */", ";", "{}", "type T = 1"])
def test_a_cell_with_nothing_to_run(kernel: FrontEnd, code: str) -> None:
    cell = kernel.ok(code)
    assert cell.types == []


# --- execute: errors, and the requests queued behind them ---


def test_an_error_is_published_and_replied_alike(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "class DecodeError extends Error { override name = 'DecodeError' }\nthrow new DecodeError('bad')"
    )
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("DecodeError", "bad")
    assert all(isinstance(line, str) for line in cell.reply["traceback"])
    assert plain(cell.reply["traceback"][0]) == "DecodeError: bad"
    assert cell.types == ["error"]


def test_requests_queued_behind_a_failure_are_aborted(kernel: FrontEnd) -> None:
    kernel.ok("let reached = 0")
    failing = kernel.start("await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('stop')")
    queued = [kernel.start(f"reached = {n}") for n in range(1, 6)]
    for request in [failing, *queued]:
        kernel.wait(request)
    assert failing.reply["status"] == "error"
    assert [request.reply["status"] for request in queued] == ["aborted"] * 5
    for request in queued:
        assert request.types == [] and not request.contents("execute_input")
    assert kernel.ok("reached").result == "0"


def test_aborted_requests_do_not_count(kernel: FrontEnd) -> None:
    failing = kernel.start("await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('stop')")
    queued = kernel.start("1")
    kernel.wait(failing)
    kernel.wait(queued)
    assert kernel.ok("1").reply["execution_count"] == failing.reply["execution_count"] + 1


def test_none_is_lost_with_stop_on_error_false(kernel: FrontEnd) -> None:
    kernel.ok("let survivors = 0")
    failing = kernel.start(
        "await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('go on')", stop_on_error=False
    )
    queued = [kernel.start("survivors += 1") for _ in range(5)]
    for request in [failing, *queued]:
        kernel.wait(request)
    assert failing.reply["status"] == "error"
    assert [request.reply["status"] for request in queued] == ["ok"] * 5
    assert kernel.ok("survivors").result == "5"


def test_a_failure_stops_whoever_waits_behind_it_whatever_their_own_flag(kernel: FrontEnd) -> None:
    failing = kernel.start("await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('stop')")
    queued = kernel.start("1", stop_on_error=False)
    kernel.wait(failing)
    kernel.wait(queued)
    assert queued.reply["status"] == "aborted"


def test_a_type_error_stops_the_queue_too(kernel: FrontEnd) -> None:
    slow = kernel.start("await new Promise(resolve => setTimeout(resolve, 300))")
    failing = kernel.start("const wrong: number = 'text'")
    queued = kernel.start("'not reached'")
    for request in (slow, failing, queued):
        kernel.wait(request)
    assert [request.reply["status"] for request in (slow, failing, queued)] == ["ok", "error", "aborted"]


def test_none_is_lost_where_the_front_end_waits_for_each_reply(kernel: FrontEnd) -> None:
    kernel.ok("let kept = 0")
    for _ in range(20):
        assert kernel.run("throw new Error('again')").reply["status"] == "error"
        assert kernel.run("kept += 1").reply["status"] == "ok"
    assert kernel.ok("kept").result == "20"


def test_none_is_lost_where_the_reply_is_all_that_the_front_end_waits_for(kernel: FrontEnd) -> None:
    """nbclient sends the next cell at the reply, before the idle of the one before has arrived."""
    kernel.ok("let prompt_cells = 0")
    for _ in range(20):
        failing = kernel.start("throw new Error('again')")
        kernel.until(lambda request=failing: request.replies, "the reply")
        following = kernel.start("prompt_cells += 1")
        kernel.wait(following)
        kernel.wait(failing)
        assert following.reply["status"] == "ok"


@pytest.mark.parametrize("seconds", [-3600, -5, 5, 3600])
def test_none_is_lost_where_the_front_ends_clock_is_wrong(kernel: FrontEnd, seconds: int) -> None:
    """JupyterLab dates a request by the clock of the browser's machine, which need not be the kernel's."""
    from datetime import timedelta

    from jupyter_client.jsonutil import json_default
    from jupyter_client.session import extract_header, utcnow

    def send(code: str) -> Request:
        message = kernel.session.msg("execute_request", {"code": code, "stop_on_error": True})
        message["header"]["date"] = utcnow() + timedelta(seconds=seconds)
        assert json.dumps(message, default=json_default)
        kernel.session.send(kernel.sockets["shell"], message)
        request = Request(extract_header(message), "shell")
        kernel.requests[message["header"]["msg_id"]] = request
        kernel.wait(request)
        return request

    for _ in range(3):
        assert send("throw new Error('again')").reply["status"] == "error"
        assert send("'reached'").reply["status"] == "ok"


def test_other_requests_are_not_aborted(kernel: FrontEnd) -> None:
    failing = kernel.start("await new Promise(resolve => setTimeout(resolve, 300)); throw new Error('stop')")
    others = [
        kernel.send("kernel_info_request", {}),
        kernel.send("is_complete_request", {"code": "1"}),
        kernel.send("comm_info_request", {}),
        kernel.send("history_request", history(hist_access_type="tail", n=1)),
    ]
    for request in [failing, *others]:
        kernel.wait(request)
    assert [request.reply["status"] for request in others] == ["ok", "complete", "ok", "ok"]


# --- completion and inspection ---


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


# --- history ---


def history(**parts: object) -> Content:
    return {"output": False, "raw": True, **parts}


def test_history_range_tail_and_search(launch: Launch) -> None:
    front_end = launch()
    inputs = [
        "const alpha = 1",
        "alpha + 1",
        "throw new Error('kept as well')",
        "alpha + 1",
        "const wrong: 1 = 2",
        "'*?'",
    ]
    for code in inputs:
        front_end.run(code)

    def ask(**parts: object) -> list[list[object]]:
        entries: list[list[object]] = front_end.ask("history_request", history(**parts))["history"]
        return entries

    assert [entry[1:] for entry in ask(hist_access_type="tail", n=10)] == [
        [n, code] for n, code in enumerate(inputs, 1)
    ]
    assert [entry[2] for entry in ask(hist_access_type="tail", n=2)] == inputs[-2:]
    session = ask(hist_access_type="tail", n=1)[0][0]
    assert [entry[2] for entry in ask(hist_access_type="range", session=session, start=2, stop=4)] == inputs[1:3]
    assert [entry[2] for entry in ask(hist_access_type="range", session=0, start=1, stop=3)] == inputs[:2]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="alpha*")] == ["alpha + 1", "alpha + 1"]
    assert len(ask(hist_access_type="search", pattern="alpha*", unique=True)) == 1
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="*", n=2)] == inputs[-2:]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="const ?????*")] == [inputs[0], inputs[4]]
    assert [entry[2] for entry in ask(hist_access_type="search", pattern="*(*")] == [inputs[2]]
    assert ask(hist_access_type="search", pattern="[a-z]*") == [], "a bracket stands for itself"
    with_output = front_end.ask("history_request", {**history(hist_access_type="tail", n=1), "output": True})
    assert with_output["history"][0][2][0] == inputs[-1] and len(with_output["history"][0][2]) == 2


# --- comms ---


def test_comms_that_nobody_knows_are_closed(kernel: FrontEnd) -> None:
    opened = kernel.send("comm_open", {"comm_id": "c1", "target_name": "no.such.target", "data": {}})
    kernel.until(lambda: opened.states[-1:] == ["idle"], "idle")
    assert [content["comm_id"] for content in opened.contents("comm_close")] == ["c1"]
    for msg_type in ("comm_msg", "comm_close"):
        request = kernel.send(msg_type, {"comm_id": "c1", "data": {}})
        kernel.until(lambda sent=request: sent.states == ["busy", "idle"], "idle")
        assert request.replies == []
    assert kernel.ask("comm_info_request", {}) == {"status": "ok", "comms": {}}
    assert kernel.ask("comm_info_request", {"target_name": "no.such.target"}) == {"status": "ok", "comms": {}}


# --- prompt ---


def test_prompt_returns_what_was_typed(kernel: FrontEnd) -> None:
    asked = []

    def answer(text: str) -> str:
        asked.append(text)
        return ["Ada", "", "😀 ü"][len(asked) - 1]

    kernel.answer = answer
    cell = kernel.ok(
        "const first: string | null = prompt('Your name?');\n"
        "const rest = [prompt('Nothing?', 'default'), prompt()]; [first, ...rest]"
    )
    assert cell.result == "[ 'Ada', 'default', '😀 ü' ]"
    assert [text.strip() for text in asked] == ["Your name?", "Nothing?", ""]
    assert all(message["content"]["password"] is False for message in cell.inputs)


def test_what_was_printed_before_a_prompt_is_seen_before_the_answer(kernel: FrontEnd) -> None:
    cell = kernel.start(
        "console.log('before'); const typed = prompt('?'); console.log('after', typed)", allow_stdin=True
    )
    kernel.until(lambda: cell.inputs, "the question")
    kernel.until(lambda: cell.stdout == "before\n", "what was printed before")
    kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": "x"}, parent=cell.inputs[0])
    kernel.wait(cell)
    assert cell.stdout == "before\nafter x\n"


def test_what_was_printed_before_a_prompt_arrives_before_the_question(kernel: FrontEnd) -> None:
    printed = []
    for _ in range(5):
        cell = kernel.start("console.log('before'); prompt('?')", allow_stdin=True)
        assert kernel.sockets["stdin"].poll(HANG * 1000)
        # Two sockets keep no order between them; what was sent at the same time is here after these milliseconds.
        kernel.quiet(0.004)
        printed.append(cell.stdout)
        kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": "x"}, parent=cell.inputs[0])
        kernel.wait(cell)
    assert "before\n" in printed


def test_prompt_where_nobody_can_answer(kernel: FrontEnd) -> None:
    cell = kernel.fails("prompt('Anyone?')", allow_stdin=False)
    assert cell.inputs == [] and "prompt" in cell.error["evalue"]


def test_prompt_is_interrupted(kernel: FrontEnd) -> None:
    cell = kernel.start("prompt('?'); 'not reached'", allow_stdin=True)
    kernel.until(lambda: cell.inputs, "the question")
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.reply["status"] == "error" and cell.result is None
    # The answer to the question that was given up is nobody's.
    kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": "late"}, parent=cell.inputs[0])
    kernel.quiet(0.3)
    kernel.answer = lambda _: "in time"
    assert kernel.ok("prompt('again?')").result == "'in time'"


def test_the_question_goes_to_the_front_end_that_runs_the_cell(launch: Launch) -> None:
    first = launch()
    second = FrontEnd(first.kernel)
    try:
        second.connect()
        second.answer = lambda _: "from the second"
        assert second.ok("prompt('?')").result == "'from the second'"
        first.quiet(0.3)
        assert not [message for message in first.others if message["msg_type"] == "input_request"]
        seen = [message["msg_type"] for message in first.others if message["msg_type"] != "status"]
        assert "execute_result" in seen, "what is published goes to every front end"
    finally:
        second.close()


# --- interrupts ---


@pytest.mark.parametrize("how", ["message", "signal"])
@pytest.mark.parametrize("code", ["await new Promise(() => {})", "while (true) {}", "await 0; for (;;) {}"])
def test_interrupt(kernel: FrontEnd, how: str, code: str) -> None:
    cell = kernel.start(f"console.log('running'); {code}")
    kernel.until(lambda: cell.stdout, "its output")
    if how == "message":
        kernel.interrupt()
    else:
        kernel.process.send_signal(signal.SIGINT)
    kernel.wait(cell)
    assert cell.reply["status"] == "error"
    assert "interrupt" in cell.error["evalue"]
    assert kernel.ok("'next'").result == "'next'"


def test_interrupt_of_an_idle_kernel_harms_no_cell(kernel: FrontEnd) -> None:
    for _ in range(3):
        kernel.interrupt()
        assert kernel.ok("let turns = 0; for (; turns < 10; turns++) await 0; turns").result == "10"
        kernel.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        assert kernel.ok("for (turns = 0; turns < 10; turns++) await 0; turns").result == "10"


def test_interrupt_of_a_value_that_shows_itself_late(kernel: FrontEnd) -> None:
    """The cell's code is done then, and the cell is not."""
    for milliseconds in (4_000, 10**9):
        cell = kernel.start(
            "({ async [Symbol.for('Jupyter.display')]() {"
            f" console.log('shows'); await new Promise(r => setTimeout(r, {milliseconds}).unref()); return {{}} }} }})"
        )
        kernel.until(lambda cell=cell: cell.stdout, "its output")
        kernel.interrupt()
        kernel.wait(cell, seconds=3)
        assert "interrupt" in cell.error["evalue"] and cell.result is None
    assert kernel.ok("'next'").result == "'next'"


def test_interrupt_of_a_user_expression(kernel: FrontEnd) -> None:
    never = "({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) })"
    for expression in ("await new Promise(() => {})", never):
        cell = kernel.start("console.log('done')", user_expressions={"before": "1", "waits": expression, "after": "2"})
        kernel.until(lambda cell=cell: cell.stdout, "its output")
        time.sleep(0.5)
        kernel.interrupt()
        kernel.wait(cell)
        values = cell.reply["user_expressions"]
        assert (cell.reply["status"], values["before"]["status"]) == ("ok", "ok")
        assert "interrupt" in values["waits"]["evalue"]
    assert kernel.ok("'next'").result == "'next'"


# Compiling it takes some seconds.
LONG_TO_COMPILE = "console.log('ran')\n" + "\n".join(
    f"const long{n} = {{ n: {n}, next: () => [{n}, 'text'] as const }}" for n in range(3000)
)


def test_interrupt_of_a_cell_that_is_being_compiled(kernel: FrontEnd) -> None:
    kernel.ok("const long1 = 'of an earlier cell'")
    cell = kernel.start(LONG_TO_COMPILE)
    kernel.until(lambda: cell.contents("execute_input"), "its begin")
    behind = kernel.send("complete_request", {"code": "JSON.", "cursor_pos": 5})
    kernel.interrupt()
    kernel.wait(cell)
    assert "interrupt" in cell.error["evalue"]
    assert not behind.replies, "the reply does not wait for the compiler"
    kernel.wait(behind)
    assert kernel.ok("long1.toUpperCase()").result == "'OF AN EARLIER CELL'", "it did not run, and declared nothing"
    assert "long2" in kernel.fails("long2").error["evalue"]
    assert cell.stdout == ""


def test_interrupt_of_the_first_cell_while_it_is_being_compiled(launch: Launch) -> None:
    front_end = launch()
    cell = front_end.start("console.log('ran'); const first = 1")
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert "interrupt" in cell.error["evalue"] and cell.stdout == ""
    assert front_end.ok("const first = 2; first").result == "2"


def test_helpers_of_a_cell_that_was_interrupted_while_it_was_being_compiled(launch: Launch) -> None:
    front_end = launch()
    imports = 'import { socket } from "../helpers/socket"\n'
    cell = front_end.start(imports)
    front_end.until(lambda: cell.contents("execute_input"), "its begin")
    front_end.interrupt()
    front_end.wait(cell)
    assert cell.reply["status"] == "error"
    assert front_end.ok(f"{imports}socket().close()").types == []


def test_interrupt_aborts_what_is_queued(kernel: FrontEnd) -> None:
    cell = kernel.start("console.log('running'); await new Promise(() => {})")
    queued = kernel.start("'not reached'")
    kernel.until(lambda: cell.stdout, "its output")
    kernel.interrupt()
    kernel.wait(cell)
    kernel.wait(queued)
    assert (cell.reply["status"], queued.reply["status"]) == ("error", "aborted")


# --- displays ---


def test_a_display_is_updated_in_place(kernel: FrontEnd) -> None:
    first = kernel.ok('import * as tslab from "tslab"; const shown = tslab.newDisplay(); shown.text("one")')
    assert first.types == ["display_data"]
    original = first.contents("display_data")[0]
    assert original["data"] == {"text/plain": "one"} and original["transient"]["display_id"]
    second = kernel.ok('shown.html("<b>two</b>")')
    assert second.types == ["update_display_data"]
    update = second.contents("update_display_data")[0]
    assert update["data"] == {"text/html": "<b>two</b>"}
    assert update["transient"] == original["transient"]


def test_the_display_functions_of_tslab(kernel: FrontEnd) -> None:
    code = 'import * as tslab from "tslab";\n' + "\n".join(
        f"tslab.display.{name}('data');" for name in ("html", "markdown", "svg", "latex", "javascript", "text")
    )
    bundles = [content["data"] for content in kernel.ok(code).contents("display_data")]
    assert bundles == [
        {mime: "data"}
        for mime in ("text/html", "text/markdown", "image/svg+xml", "text/latex", "text/javascript", "text/plain")
    ]
    octets = kernel.ok("tslab.display.png(new Uint8Array([137, 80, 78, 71])); tslab.display.raw('text/x', 'raw')")
    assert [content["data"] for content in octets.contents("display_data")] == [
        {"image/png": "iVBORw=="},
        {"text/x": "raw"},
    ]
    assert package_version("tslab") in (kernel.ok("tslab.versions.tslab").result or "")


def test_a_late_display_goes_to_its_cell(kernel: FrontEnd) -> None:
    cell = kernel.ok('import { display } from "tslab"; setTimeout(() => display.text("late"), 300); 0')
    kernel.ok("'another cell'")
    kernel.until(lambda: cell.contents("display_data"), "the display")
    assert cell.contents("display_data")[0]["data"] == {"text/plain": "late"}


def test_clear_output(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        'import { currentCell } from "../interface/cell";\n'
        "console.log('a'); currentCell()?.clearOutput(); console.log('b');\n"
        "currentCell()?.clearOutput(true); console.log('c')"
    )
    assert cell.types == ["stream", "clear_output", "stream", "clear_output", "stream"]
    assert [content["wait"] for content in cell.contents("clear_output")] == [False, True]


# --- what is wrong, unknown or malformed ---


@pytest.mark.parametrize("command", ["initialize", "debugInfo", "attach", "disconnect"])
def test_debug_requests_are_refused(kernel: FrontEnd, command: str) -> None:
    request = kernel.send(
        "debug_request", {"type": "request", "seq": 7, "command": command, "arguments": {}}, "control"
    )
    kernel.wait(request)
    message = request.replies[0]
    assert message["msg_type"] == "debug_reply"
    reply = message["content"]
    assert (reply["type"], reply["success"], reply["command"], reply["request_seq"]) == ("response", False, command, 7)
    assert reply["message"]


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize(
    "name", ["no_such_request", "toString_request", "__proto___request", "create_subshell_request"]
)
def test_unknown_requests_are_answered(kernel: FrontEnd, name: str, channel: str) -> None:
    request = kernel.send(name, {}, channel)
    kernel.wait(request)
    assert request.replies[0]["msg_type"] == name.replace("_request", "_reply")
    assert request.reply["status"] == "error"
    assert all(request.reply[key] for key in ("ename", "evalue", "traceback"))


@pytest.mark.parametrize(
    ("msg_type", "content"),
    [
        ("complete_request", {}),
        ("complete_request", {"code": 5, "cursor_pos": 0}),
        ("inspect_request", {"code": None, "cursor_pos": 1, "detail_level": 0}),
        ("is_complete_request", {"code": ["list"]}),
        ("history_request", {}),
        ("history_request", {"hist_access_type": "range", "start": "x", "stop": None}),
        ("history_request", {"hist_access_type": "search", "pattern": 5, "n": -1}),
        ("history_request", {"hist_access_type": "no such", "n": "many"}),
        ("comm_info_request", {"target_name": 5}),
        ("interrupt_request", {"extra": [1]}),
    ],
)
def test_requests_with_wrong_contents_are_answered(kernel: FrontEnd, msg_type: str, content: Content) -> None:
    assert "status" in kernel.ask(msg_type, content)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"code": None},
        {"code": 5},
        {"code": ["a"]},
        {"code": "1", "user_expressions": None},
        {"code": "1", "user_expressions": "text"},
        {"code": "1", "user_expressions": {"x": None, "y": {}}},
        {"code": "1", "silent": "yes", "store_history": 0, "allow_stdin": "no", "stop_on_error": None},
    ],
)
def test_execute_requests_with_wrong_contents_are_answered(kernel: FrontEnd, content: Content) -> None:
    request = kernel.send("execute_request", content)
    kernel.wait(request)
    assert request.reply["status"] in ("ok", "error")
    assert kernel.ok("'still here'").result == "'still here'"


@pytest.mark.parametrize("cell_id", [None, 5, {}, "", "__proto__", "constructor", "x" * 10_000])
def test_odd_cell_ids(kernel: FrontEnd, cell_id: object) -> None:
    for _ in range(2):
        message = kernel.session.send(
            kernel.sockets["shell"],
            "execute_request",
            {"code": "setInterval(() => {}, 1000).unref(); 1"},
            metadata={"cellId": cell_id},
        )
        request = Request(message["header"], "shell")
        kernel.requests[message["header"]["msg_id"]] = request
        kernel.wait(request)
        assert request.result == "1"


def signed(front_end: FrontEnd, *parts: bytes) -> list[bytes]:
    return [b"<IDS|MSG>", front_end.session.sign(list(parts)), *parts]


def header(front_end: FrontEnd, msg_type: str = "execute_request", **parts: object) -> bytes:
    known = {"msg_id": os.urandom(8).hex(), "msg_type": msg_type, "session": "s", "username": "u", "version": "5.4"}
    return json.dumps({**known, **parts}).encode()


MALFORMED: dict[str, Callable[[FrontEnd], list[bytes]]] = {
    "nothing": lambda _: [b""],
    "no delimiter": lambda _: [b"a", b"b", b"c"],
    "only the delimiter": lambda _: [b"<IDS|MSG>"],
    "frames missing": lambda front_end: signed(front_end, header(front_end), b"{}"),
    "not JSON": lambda front_end: signed(front_end, b"{{{", b"{}", b"{}", b"{}"),
    "not UTF-8": lambda front_end: signed(front_end, b"\xff\xfe", b"{}", b"{}", b"{}"),
    "header is a list": lambda front_end: signed(front_end, b"[]", b"{}", b"{}", b"{}"),
    "header is null": lambda front_end: signed(front_end, b"null", b"{}", b"{}", b"{}"),
    "header is empty": lambda front_end: signed(front_end, b"{}", b"{}", b"{}", b"{}"),
    "content is null": lambda front_end: signed(front_end, header(front_end), b"{}", b"{}", b"null"),
    "content is text": lambda front_end: signed(front_end, header(front_end), b"{}", b"{}", b'"text"'),
    "metadata is a list": lambda front_end: signed(front_end, header(front_end), b"{}", b"[]", b'{"code": "1"}'),
    "parent is a number": lambda front_end: signed(front_end, header(front_end), b"1", b"{}", b'{"code": "1"}'),
    "msg_type is a number": lambda front_end: signed(front_end, header(front_end, 5), b"{}", b"{}", b"{}"),
    "msg_type is __proto__": lambda front_end: signed(front_end, header(front_end, "__proto__"), b"{}", b"{}", b"{}"),
    "msg_id is a list": lambda front_end: signed(front_end, header(front_end, msg_id=[]), b"{}", b"{}", b"{}"),
    "date is a number": lambda front_end: signed(front_end, header(front_end, date=5), b"{}", b"{}", b'{"code": "1"}'),
    "date is an object": lambda front_end: signed(
        front_end, header(front_end, date={}), b"{}", b"{}", b'{"code": "1"}'
    ),
    "nested deeply": lambda front_end: signed(
        front_end, header(front_end), b"{}", b"{}", b'{"code": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ),
    "a thousand frames": lambda front_end: [*signed(front_end, header(front_end), b"{}", b"{}", b"{}"), *[b"x"] * 1000],
}


@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_messages_do_not_end_the_kernel(kernel: FrontEnd, channel: str, what: str) -> None:
    kernel.sockets[channel].send_multipart(MALFORMED[what](kernel))
    assert kernel.ask("kernel_info_request", {}, "control")["status"] == "ok"
    assert kernel.ok("'still here'").result == "'still here'"


def test_execution_count_is_not_disturbed_by_what_is_ignored(kernel: FrontEnd) -> None:
    before = kernel.ok("0").reply["execution_count"]
    kernel.sockets["shell"].send_multipart(signed(kernel, b"{}", b"{}", b"{}", b"{}"))
    assert kernel.ok("0").reply["execution_count"] == before + 1


@pytest.mark.parametrize("signature", [b"", b"0" * 64, b"\xff" * 64, b"short", "é".encode() * 32])
@pytest.mark.parametrize("channel", ["shell", "control"])
def test_bad_signatures_are_ignored(kernel: FrontEnd, channel: str, signature: bytes) -> None:
    kernel.ok("let tampered = 0")
    for msg_type, content in (("execute_request", {"code": "tampered = 1"}), ("shutdown_request", {"restart": False})):
        parts = [header(kernel, msg_type), b"{}", b"{}", json.dumps(content).encode()]
        kernel.sockets[channel].send_multipart([b"<IDS|MSG>", signature, *parts])
    kernel.quiet(0.2)
    assert kernel.others == [] or all(message["msg_type"] == "iopub_welcome" for message in kernel.others)
    assert kernel.ok("tampered").result == "0"


def test_a_changed_message_is_ignored(kernel: FrontEnd) -> None:
    kernel.ok("let changed = 0")
    frames = signed(kernel, header(kernel), b"{}", b"{}", b'{"code": "changed = 1"}')
    kernel.sockets["shell"].send_multipart([*frames[:-1], b'{"code": "changed = 2"}'])
    assert kernel.ok("changed").result == "0"


def test_the_front_end_may_put_identities_and_buffers_around_a_message(kernel: FrontEnd) -> None:
    frames = [*signed(kernel, header(kernel, "kernel_info_request"), b"{}", b"{}", b"{}"), b"buffer", b""]
    kernel.sockets["shell"].send_multipart([b"one", b"two", *frames])
    assert kernel.sockets["shell"].poll(HANG * 1000)
    reply = kernel.sockets["shell"].recv_multipart()
    assert reply[:3] == [b"one", b"two", b"<IDS|MSG>"]
    assert json.loads(reply[4])["msg_type"] == "kernel_info_reply"


# --- ends ---


def outlived(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Which of these still run after the time that a kernel has to end. One that nobody has waited for does not."""
    deadline = time.monotonic() + SHUTDOWN
    while time.monotonic() < deadline and (running := [process for process in processes if runs(process)]):
        time.sleep(0.02)
    return running


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("code", ["process.exit()", "process.exit(3)", "await 0; process.exit(1)"])
def test_process_exit_in_a_cell_says_what_it_did(kernel: FrontEnd, code: str) -> None:
    cell = kernel.fails(code)
    assert "exit" in cell.error["evalue"] and "kernel" in cell.error["evalue"]
    assert kernel.ok("'still here'").result == "'still here'"


def test_process_exit_in_a_callback_says_what_it_did(kernel: FrontEnd) -> None:
    cell = kernel.ok("setTimeout(() => process.exit(1), 50); 0")
    kernel.until(lambda: cell.errors, "the error")
    assert "exit" in cell.error["evalue"]


CHILD = (
    'import { spawn } from "node:child_process"; import { once } from "node:events";\n'
    "const ignores = \"process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')\";\n"
    "const child = spawn(process.execPath, ['--eval', ignores]); await once(child.stdout, 'data');\n"
)
OPEN = (
    CHILD
    + """
import * as dgram from "node:dgram"; import * as net from "node:net"; import { socket } from "../helpers/socket";
setInterval(() => {}, 10); setTimeout(() => {}, 1e8); dgram.createSocket("udp4").bind(0);
const listener = net.createServer(() => {}).listen(0, "127.0.0.1"); await once(listener, "listening");
const client = net.connect((listener.address() as net.AddressInfo).port, "127.0.0.1"); await once(client, "connect");
const waiting = socket(); await waiting.bind(["127.0.0.1", 0]); waiting.listen(); void waiting.accept();
console.log("open");
"""
)


@pytest.mark.parametrize(
    ("code", "restart"),
    [
        ("", False),
        ("while (true) {}", True),
        ("prompt('?')", False),
        ("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", True),
    ],
)
def test_shutdown_is_quick_whatever_is_open_and_whatever_runs(launch: Launch, code: str, restart: bool) -> None:
    front_end = launch()
    cell = front_end.start(f"{OPEN}{code}", allow_stdin=True)
    front_end.until(lambda: "open" in cell.stdout if code else cell.done, "its output")
    front_end.quiet(0.2)
    children = front_end.process.children(recursive=True)
    assert children
    begun = time.monotonic()
    request = front_end.send("shutdown_request", {"restart": restart}, "control")
    front_end.process.wait(HANG)
    assert time.monotonic() - begun <= SHUTDOWN
    assert not outlived(children), "a child outlived the kernel"
    front_end.quiet(0.1)
    assert request.reply == {"status": "ok", "restart": restart}


def test_shutdown_on_shell_and_by_signal(launch: Launch) -> None:
    asked, terminated = launch(), launch()
    request = asked.send("shutdown_request", {"restart": False}, "shell")
    asked.process.wait(HANG)
    asked.quiet(0.1)
    assert request.reply == {"status": "ok", "restart": False}
    terminated.ok(CHILD)
    busy = terminated.start("console.log(1); while (true) {}")
    terminated.until(lambda: busy.stdout, "its output")
    children = terminated.process.children(recursive=True)
    assert children
    terminated.process.terminate()
    terminated.process.wait(HANG)
    assert not outlived(children)


@pytest.mark.parametrize("code", ["", "console.log('open'); while (true) {}"])
def test_temporary_files_of_helpers_go_with_the_kernel(launch: Launch, tmp_path: Path, code: str) -> None:
    front_end = launch()
    file = tmp_path / "shared.jsonl"
    file.write_text("what another kernel may read")
    cell = front_end.start(
        'import { currentCell } from "../interface/cell"\n'
        + f"currentCell()?.removeAtEnd({json.dumps(str(file))}); {code}"
    )
    front_end.until(lambda: "open" in cell.stdout if code else cell.done, "its output")
    assert file.exists()
    front_end.send("shutdown_request", {"restart": False}, "control")
    front_end.process.wait(HANG)
    assert not file.exists()


PARENT = """
import sys, time
from front_end import FrontEnd, new_kernel
from pathlib import Path
front_end = FrontEnd(new_kernel(sys.argv[1], Path(sys.argv[2])))
front_end.connect()
front_end.ok(sys.argv[3])
busy = front_end.start(sys.argv[4])
front_end.until(lambda: busy.stdout, "its output")
print(front_end.process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("code", ["await new Promise(() => {})", "while (true) {}"])
def test_the_kernel_ends_with_the_process_that_started_it(code: str) -> None:
    arguments = [KERNEL_NAME, str(REPOSITORY / "notebooks"), CHILD, f"console.log('running'); {code}"]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments], cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    kernel = psutil.Process(int(parent.stdout.readline()))
    processes = [kernel, *kernel.children(recursive=True)]
    assert len(processes) > 1
    try:
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 15
        while any(map(runs, processes)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not [process for process in processes if runs(process)]
    finally:
        for process in processes:
            if runs(process):
                process.kill()


# --- the kernelspec ---


def test_the_launch_depends_on_no_folder_path_or_shell(tmp_path: Path) -> None:
    front_end = FrontEnd(new_kernel(KERNEL_NAME, tmp_path, env={"HOME": str(tmp_path)}))
    try:
        front_end.connect()
        assert front_end.ok("const away: string = 'from home'; away").result == "'from home'"
        assert front_end.ok("process.cwd()").result == f"'{tmp_path}'"
    finally:
        front_end.close()
        front_end.kernel.shutdown_kernel(now=True)


def test_the_kernelspec_names_language_and_absolute_paths() -> None:
    from jupyter_client.kernelspec import get_kernel_spec

    spec = get_kernel_spec(KERNEL_NAME)
    assert spec.language == "typescript"
    assert all(Path(argument).is_absolute() for argument in spec.argv if argument != "{connection_file}")
    assert Path(spec.resource_dir).is_relative_to(REPOSITORY / ".venv")


def test_transport_ipc_and_no_key(tmp_path: Path) -> None:
    """What a connection file may say beside TCP and a key."""
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name=KERNEL_NAME, transport="ipc", ip=str(tmp_path / "kernel"))
    kernel.session.key = b""
    kernel.start_kernel(cwd=str(REPOSITORY / "notebooks"))
    front_end = FrontEnd(kernel)
    try:
        front_end.connect()
        assert front_end.ok("'unsigned'").result == "'unsigned'"
    finally:
        front_end.close()
        kernel.shutdown_kernel(now=True)


def test_a_missing_connection_file_is_told(tmp_path: Path) -> None:
    from jupyter_client.kernelspec import get_kernel_spec

    command = [argument for argument in get_kernel_spec(KERNEL_NAME).argv if argument != "{connection_file}"]
    for arguments in ([], [str(tmp_path / "missing.json")]):
        finished = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=HANG, cwd=tmp_path)
        assert finished.returncode not in (0, None)
        assert finished.stderr


def test_a_poll_of_the_sockets_costs_no_processor(kernel: FrontEnd) -> None:
    """An idle kernel sleeps: its threads wait for messages, they do not look for them."""
    kernel.ok("0")
    process = kernel.process
    before = process.cpu_times()
    time.sleep(2)
    after = process.cpu_times()
    assert (after.user + after.system) - (before.user + before.system) < 0.5
