"""`prompt`: what the reader is asked, and types."""

import pytest
from conftest import Launch
from front_end import HANG, FrontEnd


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


def test_an_answer_to_an_earlier_question_is_not_one_to_a_later(kernel: FrontEnd) -> None:
    given_up = kernel.start("prompt('?')", allow_stdin=True)
    kernel.until(lambda: given_up.inputs, "the question")
    kernel.interrupt()
    kernel.wait(given_up)
    cell = kernel.start("prompt('again?')", allow_stdin=True)
    kernel.until(lambda: cell.inputs, "the next question")
    for question, value in [(given_up, "late"), (cell, "in time")]:
        kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": value}, parent=question.inputs[0])
    kernel.wait(cell)
    assert cell.result == "'in time'"


@pytest.mark.parametrize("named", ["no message", "the request"])
def test_front_ends_that_do_not_name_the_question_are_heard(kernel: FrontEnd, named: str) -> None:
    cell = kernel.start("prompt('?')", allow_stdin=True)
    kernel.until(lambda: cell.inputs, "the question")
    parent = {"header": cell.inputs[0]["parent_header"]} if named == "the request" else None
    kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": "heard"}, parent=parent)
    kernel.wait(cell)
    assert cell.result == "'heard'"


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


def test_confirm_and_alert_ask_as_prompt_does(kernel: FrontEnd) -> None:
    asked: list[str] = []
    answers = ["y", "Yes", "n", "", "anything", "seen"]

    def answer(text: str) -> str:
        asked.append(text.strip())
        return answers[len(asked) - 1]

    kernel.answer = answer
    cell = kernel.ok(
        "const agreed: boolean[] = [confirm('Go on?'), confirm(), confirm(), confirm(), confirm()]; "
        "[...agreed, alert('Done.')]"
    )
    assert cell.result == "[ true, true, false, false, false, undefined ]"
    assert asked == ["Go on? [y/N]", *["[y/N]"] * 4, "Done. [Enter]"]
    for name in ("confirm", "alert"):
        assert kernel.fails(f"{name}('?')", allow_stdin=False).error["evalue"].startswith(f"{name}: nobody")


READS_STANDARD_INPUT = {
    "a listener": "process.stdin.on('data', () => {}); 0",
    "readline": "import * as readline from 'node:readline';\n"
    "readline.createInterface({ input: process.stdin }).on('line', () => {}); 0",
    "a pipe": "import { PassThrough } from 'node:stream'; process.stdin.pipe(new PassThrough()); 0",
}


@pytest.mark.parametrize("reader", READS_STANDARD_INPUT)
def test_whoever_reads_from_standard_input_is_told_of_prompt(kernel: FrontEnd, reader: str) -> None:
    for _ in range(2):
        cell = kernel.ok(READS_STANDARD_INPUT[reader])
        kernel.until(lambda cell=cell: cell.errors, "the error")
        assert cell.error["evalue"].startswith("process.stdin:") and "prompt(" in cell.error["evalue"]


ASKS_BY_READLINE = {
    "with promises": "await promised.createInterface(terminal).question('Name? ')",
    "with a callback": "readline.createInterface(terminal).question('Name? ', () => {})",
    "in a promise": "await new Promise(answer => readline.createInterface(terminal).question('Name? ', answer))",
    "by promisify": "const line = readline.createInterface(terminal)\n"
    "await require('node:util').promisify(line.question).call(line, 'Name? ')",
}


@pytest.mark.parametrize("how", ASKS_BY_READLINE)
def test_a_question_of_readline_fails_and_tells_of_prompt(kernel: FrontEnd, how: str) -> None:
    code = (
        "import * as readline from 'node:readline'; import * as promised from 'node:readline/promises'\n"
        "{ const terminal = { input: process.stdin, output: process.stdout }\n"
        f"{ASKS_BY_READLINE[how]} }}"
    )
    for _ in range(2):
        cell = kernel.fails(code)
        assert cell.error["evalue"].startswith("process.stdin:") and "prompt(" in cell.error["evalue"]


def test_a_question_of_readline_to_something_else_is_answered(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "import { createInterface } from 'node:readline/promises'; import { Readable } from 'node:stream'\n"
        "await createInterface({ input: Readable.from(['Ada\\n']) }).question('Name? ')"
    )
    assert cell.result == "'Ada'"


def test_a_child_may_be_given_the_kernels_standard_input(kernel: FrontEnd) -> None:
    cell = kernel.ok(
        "import { spawn } from 'node:child_process'; import { once } from 'node:events';\n"
        "await once(spawn('true', { stdio: [process.stdin, 'ignore', 'ignore'] }), 'exit')"
    )
    assert cell.result == "[ 0, null ]"
