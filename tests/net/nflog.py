#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Listen to group 0 of nfnetlink_log, each packet with its connection.

Prints "ready", then of each packet a line: "ct" or "no-ct", whether the kernel
told the connection, and the text that it was logged with.
"""
import errno
import socket
import struct

ULOG, PACKET, CONFIG = 4 << 8, 0, 1
PREFIX, CT = 10, 18
BIND = struct.pack("=B", 1)
WHOLE = struct.pack("!IBB", 128, 2, 0)
AT_ONCE = struct.pack("!I", 1)
WITH_CONNTRACK = struct.pack("!H", 4)


def attribute(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def request(*attributes):
    body = struct.pack("!BBH", 0, 0, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), ULOG | CONFIG, 5, 0, 0) + body


def parse(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3fff] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def show(data):
    """One datagram may hold several messages."""
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        if kind == ULOG | PACKET:
            told = parse(data[20:size])
            print("ct" if CT in told else "no-ct",
                  told.get(PREFIX, b"").rstrip(b"\0").decode(), flush=True)
        data = data[(size + 3) & ~3:]


def main():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    for wish in ((attribute(1, BIND),),
                 (attribute(2, WHOLE), attribute(5, AT_ONCE),
                  attribute(6, WITH_CONNTRACK))):
        sock.send(request(*wish))
        number = -struct.unpack_from("=i", sock.recv(4096), 16)[0]
        if number:
            raise SystemExit("nfnetlink_log: " + errno.errorcode[number])
    print("ready", flush=True)
    while True:
        show(sock.recv(65536))


if __name__ == "__main__":
    main()
