"""execute_request: what is published, and the flags."""

import pytest
from front_end import FrontEnd, history


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
