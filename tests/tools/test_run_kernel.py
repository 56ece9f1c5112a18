"""Kernels of lessons that run without a browser."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import network
import pytest
from jupyter_client import connect
from jupyter_client.connect import write_connection_file
from run_kernel import running_kernel

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_port_that_another_program_has_taken_costs_another_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the network of the machine a kernel's ports are chosen, free, before it is started."""

    def refuse() -> None:
        raise network.NetworkError("not here")

    monkeypatch.setattr(network, "Network", refuse)
    taken: list[socket.socket] = []

    def take_one(*args: Any, **arguments: Any) -> Any:
        file, information = write_connection_file(*args, **arguments)
        if not taken:
            taken.append(socket.create_server(("127.0.0.1", information["shell_port"])))
        return file, information

    monkeypatch.setattr(connect, "write_connection_file", take_one)

    async def shell_port() -> int:
        async with running_kernel("tslab", REPOSITORY / "notebooks" / "01-echo-client.ipynb") as kernel:
            assert await kernel.manager.is_alive()
            return kernel.manager.shell_port

    port = asyncio.run(shell_port())
    assert port != taken[0].getsockname()[1]
    taken[0].close()
