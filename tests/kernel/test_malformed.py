"""Requests that are unknown, wrong, malformed or signed by others; comms."""

import json
import os
from collections.abc import Callable

import pytest
from front_end import HANG, Content, FrontEnd, Request


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
