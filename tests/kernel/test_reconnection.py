"""Front ends that lose their connection and come back as who they were."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import KERNEL_NAME
from front_end import HANG, REPOSITORY, Content, FrontEnd, Gate
from tornado.websocket import WebSocketClientConnection, websocket_connect

RECONNECTIONS = int(os.environ.get("RECONNECTIONS", "5"))


def reconnect(kernel: FrontEnd, channel: str) -> None:
    """Takes a new connection with the old identity, as a server does that keeps its front end's session."""
    kernel.poller.unregister(kernel.sockets[channel])
    kernel.sockets[channel].close(linger=0)
    kernel.sockets[channel] = getattr(kernel.kernel, f"connect_{channel}")(identity=kernel.session.bsession)
    kernel.sockets[channel].linger = 0
    kernel.poller.register(kernel.sockets[channel])


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_each_reconnection_is_answered(kernel: FrontEnd, channel: str) -> None:
    for _ in range(60):
        reconnect(kernel, channel)
        assert kernel.ask("kernel_info_request", {}, channel)["status"] == "ok"


NO_QUESTION = {"header": {"msg_id": "of no question"}}


def test_a_question_finds_the_front_end_that_has_reconnected(kernel: FrontEnd) -> None:
    kernel.answer = lambda _: "here"
    for _ in range(60):
        reconnect(kernel, "stdin")
        # The kernel knows a connection once something has come from it.
        kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": "of no question"}, parent=NO_QUESTION)
        cell = kernel.start("await new Promise(resolve => setTimeout(resolve, 50)); prompt('?')")
        kernel.wait(cell)
        assert cell.result == "'here'"


def test_a_reply_finds_the_front_end_that_has_reconnected(kernel: FrontEnd) -> None:
    for _ in range(20):
        cell = kernel.start("prompt('go on?'); 'done'", allow_stdin=True)
        kernel.until(lambda cell=cell: cell.inputs, "the question")
        reconnect(kernel, "shell")
        kernel.arrive()
        kernel.session.send(kernel.sockets["stdin"], "input_reply", {"value": ""}, parent=cell.inputs[0])
        kernel.wait(cell)
        assert cell.result == "'done'"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a Jupyter server of this test's own, without `http://`."""
    # Not with the settings of `make lab`, whose server does not say its address.
    variables = ("JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    with subprocess.Popen(
        [
            *[sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"],
            *["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={REPOSITORY / 'notebooks'}"],
            "--ServerApp.disable_check_xsrf=True",
        ],
        env={**os.environ, **{name: str(tmp_path / name) for name in variables}},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            for line in process.stderr:
                if "http://127.0.0.1:" in line:
                    yield line.split("http://")[1].split("/")[0]
                    break
            else:
                raise AssertionError("the server did not start")
        finally:
            process.terminate()
            process.communicate(timeout=HANG)


def test_a_cell_goes_on_while_its_websocket_is_cut(server: str, tmp_path: Path) -> None:
    asyncio.run(cut_and_come_back(server, tmp_path))


async def cut_and_come_back(server: str, folder: Path) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server}", timeout=HANG, trust_env=False) as api:
        kernel = (await api.post("/api/kernels", json={"name": KERNEL_NAME})).json()["id"]
        try:
            for number in range(RECONNECTIONS):
                # Two front ends by turns; to a session that comes back the server gives what was said meanwhile.
                address = f"ws://{server}/api/kernels/{kernel}/channels?session_id=session-{number % 2}"
                cut = await websocket_connect(address)
                (folder / str(number)).mkdir()
                gate = Gate(folder / str(number))
                code = f"console.log('begun {number}'); {gate.code}; console.log('ended {number}')"
                await send(cut, f"cell-{number}", code)
                await heard(cut, lambda message, n=number: message["content"].get("text") == f"begun {n}\n")
                cut.stream.close()
                # From then on the server keeps what the kernel says.
                while (await api.get(f"/api/kernels/{kernel}")).json()["connections"] > 0:
                    await asyncio.sleep(0.02)
                gate.open()
                back = await websocket_connect(address)
                await heard(back, lambda message, n=number: message["content"].get("text") == f"ended {n}\n")
                await heard(back, lambda message, n=number: is_reply(message, f"cell-{n}"))
                await send(back, f"next-{number}", "1 + 1")
                await heard(back, lambda message, n=number: is_reply(message, f"next-{n}"))
                back.close()
        finally:
            await api.delete(f"/api/kernels/{kernel}")


def is_reply(message: Content, msg_id: str) -> bool:
    is_reply_to_it = message["msg_type"] == "execute_reply" and message["parent_header"]["msg_id"] == msg_id
    assert not is_reply_to_it or message["content"]["status"] == "ok"
    return is_reply_to_it


async def send(websocket: WebSocketClientConnection, msg_id: str, code: str) -> None:
    header = {"msg_id": msg_id, "msg_type": "execute_request", "session": "s", "username": "u", "version": "5.4"}
    content = {"code": code, "silent": False, "allow_stdin": False}
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    await websocket.write_message(json.dumps(message))


async def heard(websocket: WebSocketClientConnection, wanted) -> None:
    """Returns once what is wanted has come."""
    while True:
        text = await asyncio.wait_for(websocket.read_message(), HANG)
        assert isinstance(text, str), "the server has closed the websocket"
        if wanted(json.loads(text)):
            return
