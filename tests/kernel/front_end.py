"""A Jupyter front end for tests: it sends requests to a kernel, and files every message under the request it is for."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.connect import port_names
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_client.session import Session
from jupyter_kernel_test.msgspec_v5 import schema_fragments, validate_message
from ports import free_port
from processes import running, runs

Message = dict[str, Any]
Content = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parents[2]

# Nobody waits that long: what is not there by then does not come. Not a measure of speed.
HANG = 120.0

# Messages that come with no request of this front end, or that jupyter_kernel_test has no schema for.
UNCHECKED = {"iopub_welcome", "debug_reply", "comm_open", "comm_msg", "comm_close", "shutdown_reply"}


@dataclass
class Request:
    """One request, with everything that the kernel has said about it so far."""

    header: Content
    channel: str
    replies: list[Message] = field(default_factory=list)
    inputs: list[Message] = field(default_factory=list)
    iopub: list[Message] = field(default_factory=list)

    @property
    def states(self) -> list[str]:
        return [content["execution_state"] for content in self.contents("status")]

    @property
    def done(self) -> bool:
        return bool(self.replies) and self.states[-1:] == ["idle"]

    @property
    def reply(self) -> Content:
        assert len(self.replies) == 1, f"{len(self.replies)} replies to a {self.header['msg_type']}"
        content: Content = self.replies[0]["content"]
        return content

    def contents(self, msg_type: str) -> list[Content]:
        return [message["content"] for message in self.iopub if message["msg_type"] == msg_type]

    @property
    def types(self) -> list[str]:
        """The types of what the kernel published, without what every request has."""
        return [message["msg_type"] for message in self.iopub if message["msg_type"] not in ("status", "execute_input")]

    def stream(self, name: str) -> str:
        return "".join(content["text"] for content in self.contents("stream") if content["name"] == name)

    @property
    def stdout(self) -> str:
        return self.stream("stdout")

    @property
    def stderr(self) -> str:
        return self.stream("stderr")

    @property
    def result(self) -> str | None:
        """What `Out[n]` shows as plain text; None where nothing is shown."""
        results = self.contents("execute_result")
        assert len(results) < 2, results
        text: str | None = results[0]["data"]["text/plain"] if results else None
        return text

    @property
    def errors(self) -> list[Content]:
        return self.contents("error")

    @property
    def error(self) -> Content:
        assert len(self.errors) == 1, f"{len(self.errors)} errors; {self.describe()}"
        return self.errors[0]

    @property
    def traceback(self) -> str:
        """The text of the error, without colours."""
        return plain("\n".join(self.error["traceback"]))

    def describe(self) -> str:
        shown = [(message["msg_type"], message["content"]) for message in self.replies + self.iopub]
        return f"{self.header['msg_type']}: {shown}"


class Gate:
    """What a cell waits for until the test lets it go on."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "open"
        # In the cell nothing else is held up meanwhile.
        self.code = (
            f"while (!require('node:fs').existsSync({json.dumps(str(self.file))}))"
            " await new Promise(resolve => setTimeout(resolve, 5))"
        )

    def open(self) -> None:
        self.file.touch()


def plain(text: str) -> str:
    """The text without the escape sequences that colour it."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class FrontEnd:
    """Speaks to one kernel over the sockets of its connection file."""

    def __init__(self, kernel: KernelManager) -> None:
        self.kernel = kernel
        assert isinstance(kernel.provisioner, LocalProvisioner) and kernel.provisioner.pid
        self.process = psutil.Process(kernel.provisioner.pid)
        # A session of its own, as each front end has, and the key that all share.
        self.session = Session(key=kernel.session.key, signature_scheme=kernel.session.signature_scheme)
        self.requests: dict[str, Request] = {}
        self.others: list[Message] = []
        self.answer: Callable[[str], str] | None = None
        # What a front end shows as the kernel's: the last that was published, whatever for.
        self.state = ""
        self.sockets: dict[str, zmq.Socket[bytes]] = {}
        identity = self.session.bsession
        for channel in ("shell", "control", "stdin"):
            self.sockets[channel] = getattr(kernel, f"connect_{channel}")(identity=identity)
        self.sockets["iopub"] = kernel.connect_iopub()
        self.poller = zmq.Poller()
        for socket in self.sockets.values():
            socket.linger = 0
            self.poller.register(socket, zmq.POLLIN)

    def connect(self, seconds: float = HANG) -> None:
        """Returns once the kernel answers and what it publishes arrives here."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            request = self.send("kernel_info_request", {})
            soon = time.monotonic() + 2
            while time.monotonic() < min(soon, deadline) and not request.done:
                self.pump(0.05)
            del self.requests[request.header["msg_id"]]
            if request.done:
                return
        raise AssertionError(f"the kernel did not answer within {seconds} s")

    def close(self) -> None:
        for socket in self.sockets.values():
            socket.close()

    def send(self, msg_type: str, content: Content, channel: str = "shell", metadata: Content | None = None) -> Request:
        message = self.session.send(self.sockets[channel], msg_type, content, metadata=metadata)
        assert message is not None
        request = Request(message["header"], channel)
        self.requests[message["header"]["msg_id"]] = request
        return request

    def ask(self, msg_type: str, content: Content, channel: str = "shell", seconds: float = HANG) -> Content:
        """Sends a request other than execute, and gives the content of its reply."""
        request = self.send(msg_type, content, channel)
        self.wait(request, seconds)
        return request.reply

    def start(self, code: str, cell: str | None = None, **flags: object) -> Request:
        """Sends an execute request and does not wait."""
        content: Content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": self.answer is not None,
            "stop_on_error": True,
        }
        metadata = {} if cell is None else {"cellId": cell}
        return self.send("execute_request", {**content, **flags}, metadata=metadata)

    def run(self, code: str, cell: str | None = None, seconds: float = HANG, **flags: object) -> Request:
        request = self.start(code, cell, **flags)
        self.wait(request, seconds)
        return request

    def ok(self, code: str, cell: str | None = None, **flags: object) -> Request:
        """Runs a cell that must succeed."""
        request = self.run(code, cell, **flags)
        assert request.reply["status"] == "ok", request.describe()
        return request

    def fails(self, code: str, cell: str | None = None, **flags: object) -> Request:
        """Runs a cell that must fail, and shows as its error what its reply says."""
        request = self.run(code, cell, **flags)
        assert request.reply["status"] == "error", request.describe()
        for key in ("ename", "evalue", "traceback"):
            assert request.reply[key] == request.error[key]
        return request

    def interrupt(self) -> None:
        """What the button sends where the kernelspec says `interrupt_mode: message`."""
        assert self.ask("interrupt_request", {}, "control")["status"] == "ok"

    def arrive(self) -> None:
        """Returns once all that was sent on the shell has arrived: the kernel reads it in order."""
        self.ask("kernel_info_request", {})

    def stop(self, code: str) -> Request:
        """Runs a cell, interrupts it once it has printed something, and waits for its end."""
        cell = self.start(code)
        self.until(lambda: cell.stdout or cell.done, "its output")
        self.interrupt()
        self.wait(cell)
        return cell

    def wait(self, request: Request, seconds: float = HANG) -> None:
        self.until(lambda: request.done, f"the answer to {request.header['msg_type']}", seconds)

    def until(self, condition: Callable[[], object], what: str, seconds: float = HANG) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or not self.is_alive():
                heard = "\n".join(request.describe() for request in list(self.requests.values())[-5:])
                end = f"within {seconds} s" if self.is_alive() else "before the kernel ended"
                raise AssertionError(f"{what} did not come {end}; last heard:\n{heard[-3000:]}")
            self.pump(0.05)

    def pump(self, seconds: float) -> None:
        """Takes in what arrives within that time, and returns early once something has."""
        ready = dict(self.poller.poll(seconds * 1000))
        for channel, socket in self.sockets.items():
            if socket not in ready:
                continue
            while True:
                try:
                    _, message = self.session.recv(socket)
                except ValueError as error:
                    raise AssertionError(f"what arrived on {channel} is no message: {error}") from error
                if message is None:
                    break
                self.file(channel, message)

    def is_alive(self) -> bool:
        return runs(self.process)

    def children(self) -> list[psutil.Process]:
        """The processes that the kernel's cells have started, whose end has not been noticed."""
        return running(self.process.children(recursive=True))

    def quiet(self, seconds: float) -> None:
        """Takes in all that comes in that time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.pump(left)

    def file(self, channel: str, message: Message) -> None:
        request = self.requests.get(message["parent_header"].get("msg_id", ""))
        if message["msg_type"] == "status":
            self.state = message["content"]["execution_state"]
        if request is None:
            self.others.append(message)
        elif channel == "iopub":
            request.iopub.append(message)
        elif channel == "stdin":
            request.inputs.append(message)
            if self.answer:
                value = self.answer(message["content"]["prompt"])
                self.session.send(self.sockets["stdin"], "input_reply", {"value": value}, parent=message)
        else:
            assert channel == request.channel, f"answered on {channel}: {message}"
            request.replies.append(message)

    def check(self) -> None:
        """What holds for every conversation: each request has one reply, its status goes busy, idle (a cell is busy
        again after each request that was served beside it) and nothing comes before the one, and only late output after
        the other; and no error names a place of this machine."""
        for request in self.requests.values():
            if not request.done:
                continue
            states = request.states
            may_repeat = request.header["msg_type"] == "execute_request"
            assert states == ["busy"] * (len(states) - 1 if may_repeat else 1) + ["idle"], request.describe()
            assert request.iopub[0]["msg_type"] == "status", request.describe()
            assert len(request.replies) == 1, request.describe()
            for message in [*request.iopub, *request.replies, *request.inputs]:
                check_schema(message)
                assert message["parent_header"]["msg_id"] == request.header["msg_id"]
                if message["msg_type"] == "error" or message["content"].get("status") == "error":
                    check_no_machine_path("\n".join([message["content"]["evalue"], *message["content"]["traceback"]]))


def check_schema(message: Message) -> None:
    if message["msg_type"] in UNCHECKED or message["msg_type"] not in schema_fragments:
        return
    if message["content"].get("status") == "aborted":
        return
    if message["msg_type"] == "is_complete_reply" and message["content"].get("status") == "error":
        return  # the schema forgets that any reply may be an error
    if message["msg_type"] == "input_request":
        return  # the schema wants a number for `password`, where the protocol says bool
    validate_message(message)


MACHINE_PATHS = re.compile(
    "|".join(
        [
            re.escape(str(REPOSITORY)),
            re.escape(str(Path.home())),
            "node_modules",
            r"node:internal",
            r"\.build",
            r"\bvm\.js",
        ]
    )
)


def check_no_machine_path(text: str) -> None:
    found = MACHINE_PATHS.search(text)
    assert not found, f"an error names {found[0]!r}, a place of this machine:\n{plain(text)}"


def new_kernel(name: str, folder: Path, kernelspecs: Path | None = None, **arguments: Any) -> KernelManager:
    """Starts a kernel with that working directory. `kernelspecs` is a folder to look in for its kernelspec alone."""
    settings: Content = {"kernel_name": name, "cache_ports": False}
    if kernelspecs:
        settings["kernel_spec_manager"] = KernelSpecManager(kernel_dirs=[str(kernelspecs)])
    # Its ports were free when they were chosen; before it has them, another test may have taken one.
    for _ in range(3):
        kernel = KernelManager(**settings, **{port: free_port() for port in port_names})
        kernel.start_kernel(cwd=str(folder), **arguments)
        if has_ports(kernel):
            break
    return kernel


def has_ports(kernel: KernelManager) -> bool:
    """Waits until the kernel listens on its five ports; whether it does, and has not ended."""
    assert isinstance(kernel.provisioner, LocalProvisioner) and kernel.provisioner.pid
    process = psutil.Process(kernel.provisioner.pid)
    deadline = time.monotonic() + HANG
    while kernel.is_alive() and time.monotonic() < deadline:
        with suppress(psutil.Error):
            listening = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            if len(listening) >= 5:
                return True
        time.sleep(0.02)
    return False


def history(**parts: object) -> Content:
    """Content of a history_request."""
    return {"output": False, "raw": True, **parts}


def package_version(name: str) -> str:
    """The version of an installed package of Node.js."""
    version: str = json.loads((REPOSITORY / "node_modules" / name / "package.json").read_text())["version"]
    return version
