#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send one nfnetlink request, built from numbers, and say what comes of it.

nfnl.py SUBSYS TYPE FAMILY FLAGS ATTRIBUTE...

SUBSYS: conntrack, expect, timeout, helper.  TYPE: the message's number.
FLAGS: any of create, excl, replace, joined by commas, or none.
ATTRIBUTE: NUMBER=FORM:VALUE, FORM being s (text with its NUL), u8, u16, u32
(the machine's order), be16, be32, be64, ip, hex; or NUMBER={ ATTRIBUTE... },
each brace a word of its own.

Prints the attributes of what the kernel answers, NUMBER=HEX each, those of a
nest as NUMBER.NUMBER=HEX; then "ok", or the name of the errno.  Exits with 0
or 1.
"""
import errno
import socket
import struct
import sys

SUBSYS = {"conntrack": 1, "expect": 2, "timeout": 8, "helper": 9}
FLAGS = {"none": 0, "replace": 0x100, "excl": 0x200, "create": 0x400}
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLMSG_ERROR, NESTED = 2, 0x8000
NUMBERS = {"u8": "=B", "u16": "=H", "u32": "=I", "be16": "!H", "be32": "!I",
           "be64": "!Q"}


def attribute(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def value(form, text):
    if form in NUMBERS:
        return struct.pack(NUMBERS[form], int(text, 0))
    if form == "s":
        return text.encode() + b"\0"
    if form == "ip":
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        return socket.inet_pton(family, text)
    return bytes.fromhex(text)


def attributes(words):
    """All up to the closing brace, or the end."""
    data = b""
    while words:
        word = words.pop(0)
        if word == "}":
            break
        kind, _, rest = word.partition("=")
        if rest == "{":
            data += attribute(int(kind) | NESTED, attributes(words))
        else:
            data += attribute(int(kind), value(*rest.split(":", 1)))
    return data


def show(data, path=""):
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        name = f"{path}{kind & 0x3fff}"
        if kind & NESTED:
            show(data[4:size], name + ".")
        else:
            print(f"{name}={data[4:size].hex()}")
        data = data[(size + 3) & ~3:]


def main():
    subsys, kind, family, flags = sys.argv[1:5]
    body = struct.pack("!BBH", int(family), 0, 0) + attributes(sys.argv[5:])
    bits = NLM_F_REQUEST | NLM_F_ACK
    for flag in flags.split(","):
        bits |= FLAGS[flag]
    head = struct.pack("=IHHII", 16 + len(body),
                       SUBSYS[subsys] << 8 | int(kind), bits, 1, 0)
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    sock.settimeout(10)
    sock.send(head + body)
    while True:
        answer = sock.recv(65536)
        size, kind = struct.unpack_from("=IH", answer)
        if kind == NLMSG_ERROR:
            break
        show(answer[20:size])
    number = -struct.unpack_from("=i", answer, 16)[0]
    print(errno.errorcode[number] if number else "ok")
    sys.exit(1 if number else 0)


if __name__ == "__main__":
    main()
