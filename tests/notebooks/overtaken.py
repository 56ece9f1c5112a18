"""What a busy machine does to TIME_WAIT, at every chance, while a command runs: for root of a network.

    python overtaken.py COMMAND...

Linux may acknowledge a FIN a little later. Where the other end closes meanwhile, that acknowledgement may come after
the FIN which says the same: another processor sends it, and has something else to do first. The end in TIME_WAIT
answers it, the other end, which is gone, answers that by a reset, and TIME_WAIT is over (RFC 1337). Here such an
acknowledgement is sent after each FIN that could have overtaken one.
"""

import os
import struct
import subprocess
import sys
from socket import AF_INET, AF_PACKET, IPPROTO_RAW, SOCK_DGRAM, SOCK_RAW, inet_ntoa, socket
from threading import Thread

ETH_P_IP = 0x0800
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
TCP = 6
FIN = 1
ACK = 16
IP_HEAD, TCP_HEAD = 20, 20


def checksum(octets: bytes) -> int:
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def acknowledgement(packet: bytes) -> bytes:
    """What this segment acknowledges, in one of its own, without its FIN."""
    addresses, ports, numbers = packet[12:20], packet[20:24], packet[24:32]
    head = ports + numbers + struct.pack("!BBH", TCP_HEAD // 4 << 4, ACK, 512)
    sum_of = addresses + struct.pack("!HH", TCP, TCP_HEAD) + head + bytes(4)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, IP_HEAD + TCP_HEAD, 0, 0, 64, TCP, 0) + addresses
    return ip + head + struct.pack("!HH", checksum(sum_of), 0)


def overtake(seen: socket, out: socket) -> None:
    """Sends an acknowledgement after each FIN that is the first to acknowledge the other end's."""
    awaited: dict[tuple[bytes, bytes], int] = {}
    """The number that acknowledges a FIN, by the two ends of the segment that is to have it."""
    while True:
        packet = seen.recv(2**16)
        if packet[9] != TCP:
            continue
        ends = packet[12:16] + packet[20:22], packet[16:20] + packet[22:24]
        sequence, acknowledged = struct.unpack("!II", packet[24:32])
        head, flags = packet[32] >> 4 << 2, packet[33]
        if flags & ACK and acknowledged == awaited.get(ends):
            del awaited[ends]
            if flags & FIN:
                out.sendto(acknowledgement(packet), (inet_ntoa(packet[16:20]), 0))
        elif flags & FIN:
            data = struct.unpack("!H", packet[2:4])[0] - IP_HEAD - head
            awaited[ends[::-1]] = (sequence + data + 1) % 2**32


def main(command: list[str]) -> int:
    """The exit status of the command."""
    seen = socket(AF_PACKET, SOCK_DGRAM, 0)
    # On `lo` each packet goes out and comes in, and once is enough.
    seen.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    seen.bind(("lo", ETH_P_IP))
    out = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)
    Thread(target=overtake, args=(seen, out), daemon=True).start()
    return subprocess.call(command, env={**os.environ, "NETWORK": "host"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
