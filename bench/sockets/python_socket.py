"""The socket benchmark's programs on Python's `socket`: `server`, or `client PORT`.

../sockets.ts describes the lines they read and write.
"""

import socket
import sys
import threading
import time

MESSAGE = b"." * 16
CHUNK = b"." * 65536


def server():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        print(listening.getsockname()[1], flush=True)
        for line in sys.stdin:
            task, amount = line.split()
            print("ready", flush=True)
            serve(listening, task, int(amount))


def serve(listening, task, amount):
    if task == "connect":
        for _ in range(amount):
            listening.accept()[0].close()
        return
    with listening.accept()[0] as connection:
        while data := connection.recv(len(CHUNK)):
            if task != "send":
                connection.sendall(data)


def client(port):
    for line in sys.stdin:
        task, amount = line.split()
        start = time.perf_counter()
        run(port, task, int(amount))
        print(f"{time.perf_counter() - start:.9f}", flush=True)


def connected(port):
    connection = socket.socket()
    connection.connect(("127.0.0.1", port))
    return connection


def run(port, task, amount):
    if task == "connect":
        for _ in range(amount):
            with connected(port) as connection:
                connection.recv(1)
        return
    with connected(port) as connection:
        if task == "roundtrip":
            for _ in range(amount):
                connection.sendall(MESSAGE)
                received = 0
                while received < len(MESSAGE):
                    data = connection.recv(len(MESSAGE) - received)
                    if not data:
                        raise EOFError("the server closed the connection")
                    received += len(data)
            return
        sender = threading.Thread(target=send_amount, args=(connection, amount))
        sender.start()
        received = 0
        while data := connection.recv(len(CHUNK)):
            received += len(data)
        sender.join()
        if received != (amount if task == "echo" else 0):
            raise EOFError(f"{received} octets came back")


def send_amount(connection, amount):
    for left in range(amount, 0, -len(CHUNK)):
        connection.sendall(CHUNK[:left])
    connection.shutdown(socket.SHUT_WR)


match sys.argv[1:]:
    case ["server"]:
        server()
    case ["client", port]:
        client(int(port))
    case _:
        sys.exit("usage: python_socket.py server | python_socket.py client PORT")
