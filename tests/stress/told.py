#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hear of every entry's beginning and end, until told to end, then add up.

An entry that dies before its beginning was told is only told to end; that is
seldom.  One that began must end.
"""
import collections
import signal
import socket
import struct
import sys

SO_RCVBUFFORCE, SOL_NETLINK, ADD_MEMBERSHIP = 33, 270, 1
NEW_GROUP, DESTROY_GROUP = 1, 3
NEW, DELETE = 1 << 8, 1 << 8 | 2
CTA_ID = 12


def ident(data):
    """The entry's number, among the attributes."""
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if kind & 0x3fff == CTA_ID:
            return data[4:size]
        data = data[(size + 3) & ~3:]
    sys.exit("an event without an entry's number")


def main():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 512 << 20)
    sock.bind((0, 0))
    for group in NEW_GROUP, DESTROY_GROUP:
        sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
    sock.settimeout(1)
    interrupted = []
    signal.signal(signal.SIGTERM, lambda *_: interrupted.append(1))
    print("ready", flush=True)

    alive = collections.Counter()
    began = ended = 0
    while True:
        try:
            data = sock.recv(1 << 16)
        except TimeoutError:
            if interrupted:
                break
            continue
        except OSError as error:
            sys.exit(f"events were lost: {error}")
        kind = struct.unpack_from("=H", data, 4)[0]
        number = ident(data[20:])
        if kind == NEW:
            began += 1
            alive[number] += 1
        elif kind == DELETE:
            ended += 1
            alive[number] -= 1
    left = sum(n for n in alive.values() if n > 0)
    untold = -sum(n for n in alive.values() if n < 0)
    told = f"{began} entries began, {ended} ended, {untold} of them untold: "
    if not began or left or untold > began // 10 + 10:
        sys.exit(told + f"{left} are left")
    print(told + "none is left", flush=True)


if __name__ == "__main__":
    main()
