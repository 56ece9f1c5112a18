"""What fails, and the requests queued behind it."""

import json

import pytest
from front_end import FrontEnd, Gate, Request, history, plain


def test_an_error_is_published_and_replied_alike(kernel: FrontEnd) -> None:
    cell = kernel.fails(
        "class DecodeError extends Error { override name = 'DecodeError' }\nthrow new DecodeError('bad')"
    )
    assert (cell.reply["ename"], cell.reply["evalue"]) == ("DecodeError", "bad")
    assert all(isinstance(line, str) for line in cell.reply["traceback"])
    assert plain(cell.reply["traceback"][0]) == "DecodeError: bad"
    assert cell.types == ["error"]


def test_requests_queued_behind_a_failure_are_aborted(kernel: FrontEnd, gate: Gate) -> None:
    kernel.ok("let reached = 0")
    failing = kernel.start(f"{gate.code}; throw new Error('stop')")
    queued = [kernel.start(f"reached = {n}") for n in range(1, 6)]
    kernel.arrive()
    gate.open()
    for request in [failing, *queued]:
        kernel.wait(request)
    assert failing.reply["status"] == "error"
    assert [request.reply["status"] for request in queued] == ["aborted"] * 5
    for request in queued:
        assert request.types == [] and not request.contents("execute_input")
    assert kernel.ok("reached").result == "0"


def test_aborted_requests_do_not_count(kernel: FrontEnd, gate: Gate) -> None:
    failing = kernel.start(f"{gate.code}; throw new Error('stop')")
    queued = kernel.start("1")
    kernel.arrive()
    gate.open()
    kernel.wait(failing)
    kernel.wait(queued)
    assert kernel.ok("1").reply["execution_count"] == failing.reply["execution_count"] + 1


def test_none_is_lost_with_stop_on_error_false(kernel: FrontEnd, gate: Gate) -> None:
    kernel.ok("let survivors = 0")
    failing = kernel.start(f"{gate.code}; throw new Error('go on')", stop_on_error=False)
    queued = [kernel.start("survivors += 1") for _ in range(5)]
    kernel.arrive()
    gate.open()
    for request in [failing, *queued]:
        kernel.wait(request)
    assert failing.reply["status"] == "error"
    assert [request.reply["status"] for request in queued] == ["ok"] * 5
    assert kernel.ok("survivors").result == "5"


def test_a_failure_stops_whoever_waits_behind_it_whatever_their_own_flag(kernel: FrontEnd, gate: Gate) -> None:
    failing = kernel.start(f"{gate.code}; throw new Error('stop')")
    queued = kernel.start("1", stop_on_error=False)
    kernel.arrive()
    gate.open()
    kernel.wait(failing)
    kernel.wait(queued)
    assert queued.reply["status"] == "aborted"


def test_a_type_error_stops_the_queue_too(kernel: FrontEnd, gate: Gate) -> None:
    slow = kernel.start(gate.code)
    failing = kernel.start("const wrong: number = 'text'")
    queued = kernel.start("'not reached'")
    kernel.arrive()
    gate.open()
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


def test_other_requests_are_not_aborted(kernel: FrontEnd, gate: Gate) -> None:
    failing = kernel.start(f"{gate.code}; throw new Error('stop')")
    others = [
        kernel.send("kernel_info_request", {}),
        kernel.send("is_complete_request", {"code": "1"}),
        kernel.send("comm_info_request", {}),
        kernel.send("history_request", history(hist_access_type="tail", n=1)),
    ]
    gate.open()
    for request in [failing, *others]:
        kernel.wait(request)
    assert [request.reply["status"] for request in others] == ["ok", "complete", "ok", "ok"]
