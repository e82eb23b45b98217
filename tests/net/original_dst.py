#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A TCP server that tells each client whom it meant to speak to.

original_dst.py ADDRESS PORT: IPv4 or IPv6; asks the kernel for SO_ORIGINAL_DST,
which the address translation kept in the connection's entry.
"""
import socket
import struct
import sys

SO_ORIGINAL_DST = 80


def original(peer):
    if peer.family == socket.AF_INET6:
        raw = peer.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), raw[2:4]
    raw = peer.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
    return socket.inet_ntop(socket.AF_INET, raw[4:8]), raw[2:4]


def main():
    address, port = sys.argv[1], int(sys.argv[2])
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        while True:
            peer, _ = server.accept()
            with peer:
                host, raw_port = original(peer)
                port = struct.unpack("!H", raw_port)[0]
                peer.sendall(f"{host} {port}\n".encode())


if __name__ == "__main__":
    main()
