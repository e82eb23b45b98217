#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sends a datagram and tells which ICMP error came back about it.

udp_told.py ADDRESS PORT [SIZE]: prints the errno's name, who reported it, and
the MTU that the report names (0 for none), as the socket's error queue has
them.  The kernel queues an error only when the datagram it quotes is one that
this socket sent.  Fragmentation is forbidden.
"""
import errno
import os
import select
import socket
import struct
import sys

IP_MTU_DISCOVER, IP_RECVERR = 10, 11
IPV6_MTU_DISCOVER, IPV6_RECVERR = 23, 25


def options(sock):
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, 2)
    else:
        sock.setsockopt(socket.SOL_IP, IP_RECVERR, 1)
        sock.setsockopt(socket.SOL_IP, IP_MTU_DISCOVER, 2)


def told(sock):
    """What struct sock_extended_err and the address after it say."""
    _, control, _, _ = sock.recvmsg(2000, 512, socket.MSG_ERRQUEUE)
    for _, kind, data in control:
        if kind not in (IP_RECVERR, IPV6_RECVERR):
            continue
        number, _, _, _, _, info, _ = struct.unpack_from("=IBBBBII", data)
        family, = struct.unpack_from("=H", data, 16)
        if family == socket.AF_INET6:
            who = socket.inet_ntop(family, data[24:40])
        else:
            who = socket.inet_ntop(family, data[20:24])
        return f"{errno.errorcode[number]} {who} {info}"
    return "nothing"


def main():
    address, port = sys.argv[1], int(sys.argv[2])
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        options(sock)
        sock.connect((address, port))
        sock.send(os.urandom(size))
        queue = select.poll()
        queue.register(sock, select.POLLERR)
        if not queue.poll(10000):
            sys.exit("nothing came")
        print(told(sock))


if __name__ == "__main__":
    main()
