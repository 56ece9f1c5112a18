"""The text's easy client in Python: what programs/echo-client-easy.ts is held against.
Usage: echo_client_easy.py PORT"""

import socket
import sys

MESSAGE = b"This is the message.  It will be repeated."


def names(prefix: str) -> dict[int, str]:
    return {getattr(socket, name): name for name in sorted(dir(socket)) if name.startswith(prefix)}


with socket.create_connection(("localhost", int(sys.argv[1]))) as sock:
    print("Family  :", names("AF_")[sock.family])
    print("Type    :", names("SOCK_")[sock.type])
    print("Protocol:", names("IPPROTO_")[sock.proto])
    print()
    print(f"sending {MESSAGE}")
    sock.sendall(MESSAGE)
    received = 0
    while received < len(MESSAGE):
        data = sock.recv(16)
        received += len(data)
        print(f"received {data}")
    print("closing socket")
