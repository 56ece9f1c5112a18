"""A kernel process from start to end, with nothing left of it afterwards."""

import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from lessons import LessonError
from marked import kill_marked
from network import use_own_networks

RUN_MARK = "NOTEBOOK_RUN"
"""A variable in the environment of a kernel, and so of every process that it starts."""

PORT_TAKEN = "Address already in use"
"""What a kernel says whose port was free when it was chosen, and not when the kernel was to have it."""

# The kernels that set-up installed beside this Python, whatever JUPYTER_* and the user's own folders say.
KERNELS = Path(sys.prefix, "share", "jupyter", "kernels")


@dataclass(frozen=True)
class Kernel:
    manager: AsyncKernelManager
    client: AsyncKernelClient
    log: Path

    def last_words(self) -> str:
        """The end of what the process itself wrote, which is where a crash explains itself."""
        return self.log.read_text(errors="replace").strip()[-2000:]


@asynccontextmanager
async def running_kernel(name: str, notebook: Path) -> AsyncIterator[Kernel]:
    """Starts the kernel `name` for a notebook, in the network of its lesson, and waits until it answers.

    On a normal exit the kernel is asked to shut down; on an error or a cancellation it is killed. Either way no
    process that it started is left.
    """
    use_own_networks()
    mark = uuid.uuid4().hex
    finder = KernelSpecManager(kernel_dirs=[str(KERNELS)], ensure_native_kernel=False)
    with TemporaryDirectory(prefix="notebook-run-") as folder, Path(folder, "kernel.log").open("wb") as output:
        log = Path(output.name)
        manager = AsyncKernelManager(
            kernel_name=name,
            kernel_spec_manager=finder,
            connection_file=str(Path(folder, "kernel.json")),
            cache_ports=False,  # those it would not choose anew
        )
        client: AsyncKernelClient | None = None
        kill = True
        try:
            # What npm thinks of this user's settings is no part of a lesson.
            environment = {
                **os.environ,
                RUN_MARK: mark,
                "JPY_SESSION_NAME": str(notebook),
                "NPM_CONFIG_LOGLEVEL": "error",
            }
            await manager.start_kernel(cwd=str(notebook.parent), env=environment, stdout=output, stderr=output)
            for attempts_left in (2, 1, 0):
                client = manager.client()
                client.start_channels()
                kernel = Kernel(manager, client, log)
                try:
                    await client.wait_for_ready()
                    break
                except RuntimeError as error:
                    said = kernel.last_words()
                    if not attempts_left or PORT_TAKEN not in said:
                        raise LessonError(f"the kernel {name!r} ended at its start:\n{said}") from error
                    client.stop_channels()
                    await manager.restart_kernel(now=True, newports=True)
            client.allow_stdin = False
            yield kernel
            kill = False
        except NoSuchKernel as error:
            raise LessonError(f"the kernel {name!r} is not installed in {KERNELS}: run `make setup`") from error
        finally:
            if client is not None:
                client.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel(now=kill)
            # A child in a session of its own outlives the kernel's process group.
            kill_marked(RUN_MARK, mark)
