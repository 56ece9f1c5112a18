"""A cable that is made of datagrams: what IP has for the other end goes there in UDP, one packet in each.

    python3 tunnel.py NAME ADDRESS PORT [HOST PORT]

The interface NAME has this address, and all of its /24 is behind it. Datagrams come at the first port. They go to the
host and port, or where these are left out, to where the last one has come from. It needs the rights to a network of its
own. When it carries, it goes on in the background.

A veth(4) pair serves as the interface, since not everybody may open /dev/net/tun: the stack has one end, this program
reads and writes the other one.
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
from socket import AF_PACKET, SOCK_DGRAM, SOCK_RAW, socket

MTU = 1400
"""Octets of a packet. With the heads of IP and UDP around it, it fits a cable of 1,500."""

# <linux/if_ether.h>, <linux/if_packet.h>, <linux/sockios.h>, <linux/ethtool.h>
ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17

STACK = "02:00:00:00:00:03"
END = "02:00:00:00:00:04"
HEAD = bytes.fromhex((STACK + END).replace(":", "")) + struct.pack("!H", ETH_P_IP)
"""Of a frame for the stack."""


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


def lay(name: str, address: str) -> socket:
    """Makes the interface, and returns a socket for what goes out and comes in there."""
    end = f"{name}-end"
    ip(f"link add {name} mtu {MTU} address {STACK} type veth peer name {end} mtu {MTU} address {END}")
    for interface in (name, end):
        ip(f"link set {interface} addrgenmode none arp off up")
    cut_before_sending(name)
    ip(f"address add {address}/24 dev {name}")
    packets = socket(AF_PACKET, SOCK_RAW, 0)
    packets.bind((end, ETH_P_IP))
    return packets


def cut_before_sending(name: str) -> None:
    """Has the system cut TCP's data into packets and compute their checksums by itself: there is no card that would."""
    value = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_STXCSUM, 0))
    with socket(type=SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP", name.encode(), ctypes.addressof(value)))


def carry(packets: socket, datagrams: socket, peer: tuple[str, int] | None) -> None:
    while True:
        for ready in select.select([packets, datagrams], [], [])[0]:
            if ready is datagrams:
                packet, peer = datagrams.recvfrom(2**16)
                packets.send(HEAD + packet)
            else:
                frame, sender = packets.recvfrom(2**16)
                # What this program has put there comes by, too.
                if sender[2] != PACKET_OUTGOING and peer:
                    datagrams.sendto(frame[len(HEAD) :], peer)


def main(name: str, address: str, port: str, *peer: str) -> None:
    packets = lay(name, address)
    datagrams = socket(type=SOCK_DGRAM)
    datagrams.bind(("", int(port)))
    if os.fork() == 0:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(1, 2)
        carry(packets, datagrams, (peer[0], int(peer[1])) if peer else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
