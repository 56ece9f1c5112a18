"""KEEP in Python: what programs/keep.ts is held against, as far as its client asks.

keep.py server|client [HOST] [-p PORT]
"""

import argparse
import socket
import socketserver

texts: dict[bytes, bytes] = {}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while line := self.rfile.readline():
            _, verb, name, *length = line.split()
            if verb == b"PUT":
                texts[name] = self.rfile.read(int(length[0]))
                self.wfile.write(b"KEEP/1 OK 0\n")
            elif name in texts:
                self.wfile.write(b"KEEP/1 OK %d\n%b" % (len(texts[name]), texts[name]))
            else:
                self.wfile.write(b"KEEP/1 ERROR not kept\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def client(address: tuple[str, int]) -> None:
    text = "café\nau lait".encode()
    with socket.create_connection(address) as sock, sock.makefile("rb") as replies:
        sock.sendall(b"KEEP/1 PUT menu %d\n%bKEEP/1 GET menu\nKEEP/1 GET moon\n" % (len(text), text))
        sock.shutdown(socket.SHUT_WR)
        while line := replies.readline():
            _, status, *words = line.split()
            kept = replies.read(int(words[0])) if status == b"OK" else b""
            print("The server said", line, kept)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("half", choices=["server", "client"])
    parser.add_argument("host", nargs="?", default="localhost")
    parser.add_argument("-p", dest="port", type=int, default=10900)
    arguments = parser.parse_args()
    if arguments.half == "client":
        client((arguments.host, arguments.port))
    else:
        with Server((arguments.host, arguments.port), Handler) as server:
            print("Listening at", server.server_address, flush=True)
            server.serve_forever()
