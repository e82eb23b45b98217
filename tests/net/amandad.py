#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The machine to be backed up: amandad.py REPLY-FILE PORT...

Answers every datagram to port 10080 with the file's content at that moment.
At each of the TCP ports it says "ADDRESS PORT", to which one has connected.
"""
import selectors
import socket
import sys


def opened(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    return sock


def answer(sock, reply):
    """From the address that was asked, which may be one of several."""
    _, control, _, peer = sock.recvmsg(4096, 512)
    sock.sendmsg([open(reply, "rb").read()], control, 0, peer)


def accept(sock):
    stream, _ = sock.accept()
    address, port = stream.getsockname()[:2]
    stream.sendall(f"{address.removeprefix('::ffff:')} {port}\n".encode())
    stream.close()


def main():
    ready = selectors.DefaultSelector()
    for port in sys.argv[2:]:
        sock = opened(socket.SOCK_STREAM, int(port))
        sock.listen()
        ready.register(sock, selectors.EVENT_READ, accept)
    udp = opened(socket.SOCK_DGRAM, 10080)
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    ready.register(udp, selectors.EVENT_READ,
                   lambda sock: answer(sock, sys.argv[1]))
    while True:
        for key, _ in ready.select():
            key.data(key.fileobj)


if __name__ == "__main__":
    main()
