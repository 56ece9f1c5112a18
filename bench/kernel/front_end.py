"""A front end for the benchmark: it starts kernels, and does what it is told line by line.

Usage: front_end.py FOLDER COMMAND..., where {connection_file} in COMMAND stands for the file of that name.

    launch CODE   ends the kernels before and starts another, whose first cell is CODE, a JSON string; answers with the
                  seconds until it answered kernel_info, with those until it had run the cell, and with the seconds of
                  processor time that this took
    further CODE  starts one more kernel beside them, and answers alike; the cells to come are run by this one
    run CODE      runs a cell; answers with the seconds until its reply and its idle status
    print CODE    runs a cell; answers with what it printed
    memory        answers with the octets of memory that the kernels hold, with all that they have started: of pages
                  that several processes share, each one's part (PSS, where the system tells it)

The folder for temporary files is the kernels' own. By it their processes are known, also those that are no longer a
kernel's children; and they share nothing with kernels that are not measured.

It ends, and the kernels with it, when its standard input does.
"""

import json
import os
import queue
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

PATIENCE = 60.0


class FrontEnd:
    def __init__(self, temporary: str, folder: str) -> None:
        self.temporary = temporary
        self.kernelspecs = KernelSpecManager(kernel_dirs=[temporary])
        self.folder = folder
        self.kernels: list[KernelManager] = []
        self.client: BlockingKernelClient | None = None

    def launch(self, code: str) -> str:
        self.end()
        return self.further(code)

    def further(self, code: str) -> str:
        context = zmq.Context()
        # A socket that comes before the kernel tries again this often, in milliseconds: part of what is measured.
        context.setsockopt(zmq.RECONNECT_IVL, 5)
        begun = time.perf_counter()
        before = self.processor_time()
        kernel = KernelManager(kernel_name="measured", kernel_spec_manager=self.kernelspecs, context=context)
        self.kernels.append(kernel)
        kernel.start_kernel(cwd=self.folder, env={**os.environ, "TMPDIR": self.temporary})
        if self.client:
            self.client.stop_channels()
        self.client = kernel.client()
        self.client.start_channels()
        self.client.kernel_info()
        self.client.get_shell_msg(timeout=PATIENCE)
        ready = time.perf_counter() - begun
        self.subscribe(self.client)
        self.run(code)
        return f"{ready} {time.perf_counter() - begun} {self.processor_time() - before}"

    def subscribe(self, client: BlockingKernelClient) -> None:
        """Returns once what the kernel publishes arrives here: the subscription may come later than the answer."""
        while True:
            try:
                client.get_iopub_msg(timeout=0.02)
                break
            except queue.Empty:
                client.kernel_info()
        while client.shell_channel.msg_ready():
            client.get_shell_msg()

    def run(self, code: str, heard: Callable[[Any], None] = lambda message: None) -> str:
        assert self.client
        begun = time.perf_counter()
        reply = self.client.execute_interactive(code, timeout=PATIENCE, allow_stdin=False, output_hook=heard)
        seconds = time.perf_counter() - begun
        if reply["content"]["status"] != "ok":
            raise SystemExit(f"the cell failed: {code}\n{reply['content']}")
        return str(seconds)

    def print(self, code: str) -> str:
        printed = []
        self.run(code, lambda message: printed.append(message["content"].get("text", "")))
        return "".join(printed).strip()

    def memory(self) -> str:
        return str(sum(map(memory, self.processes())))

    def processor_time(self) -> float:
        return sum(map(processor_time, self.processes()))

    def processes(self) -> list[psutil.Process]:
        """Those of the kernels, and all that they have started."""
        return [process for process in psutil.process_iter() if temporary_folder(process) == self.temporary]

    def end(self) -> None:
        if self.client:
            self.client.stop_channels()
        self.client = None
        for kernel in self.kernels:
            kernel.shutdown_kernel(now=True)
        self.kernels = []
        psutil.wait_procs(self.processes(), PATIENCE)


def temporary_folder(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("TMPDIR")
    except psutil.Error:
        return None


def processor_time(process: psutil.Process) -> float:
    """Seconds, with those of children that have ended."""
    times = process.cpu_times()
    return times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)


def memory(process: psutil.Process) -> int:
    """Octets."""
    info = process.memory_full_info()
    return getattr(info, "pss", info.rss)


def main(folder: str, *command: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        spec = Path(temporary) / "measured" / "kernel.json"
        spec.parent.mkdir()
        spec.write_text(json.dumps({"argv": command, "display_name": "Measured", "language": "any"}))
        front_end = FrontEnd(temporary, folder)
        try:
            for line in sys.stdin:
                task, _, code = line.strip().partition(" ")
                arguments = [json.loads(code)] if code else []
                print(getattr(front_end, task)(*arguments), flush=True)
        finally:
            front_end.end()


main(*sys.argv[1:])
