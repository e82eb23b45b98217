#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A listener for the end of entries that stops listening for a while.

ct_events.py plain|reliable GO COUNT: joins the group of DESTROY events with
a buffer for a handful, says "ready", reads nothing until the file GO exists,
then makes room and reads until COUNT different events have come or none came
for three seconds.  Says how many.

"reliable" asks the kernel to consider an event lost when it does not fit, so
that the sender knows, and may send it again.
"""
import os
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
SOL_NETLINK = 270
ADD_MEMBERSHIP, BROADCAST_ERROR, NO_ENOBUFS = 1, 4, 5
GROUP_DESTROY = 3
DELETE = 1 << 8 | 2  # nfnetlink_conntrack's message of that name
CTA_ID = 12


def attributes(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            return
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]


def identities(data):
    """The ids of the entries that a datagram says have ended."""
    while len(data) >= 20:
        size, kind = struct.unpack_from("=IH", data)
        if kind == DELETE:
            for name, value in attributes(data[20:size]):
                if name == CTA_ID:
                    yield value
        data = data[(size + 3) & ~3:]


def collect(sock, count):
    seen = set()
    while len(seen) < count:
        try:
            seen.update(identities(sock.recv(65536)))
        except socket.timeout:
            break
        except OSError:  # ENOBUFS: some were lost, go on
            continue
    return seen


def main():
    how, go, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_NETFILTER) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if how == "reliable":
            sock.setsockopt(SOL_NETLINK, BROADCAST_ERROR, 1)
            sock.setsockopt(SOL_NETLINK, NO_ENOBUFS, 1)
        sock.bind((0, 0))
        sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, GROUP_DESTROY)
        print("ready", flush=True)
        while not os.path.exists(go):
            time.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
        sock.settimeout(3)
        print(len(collect(sock, count)), flush=True)


if __name__ == "__main__":
    main()
