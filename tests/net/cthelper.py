#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A connection tracking helper in user space, over a bare netlink socket.

cthelper.py QUEUE LOG

Reads the packets of its flow from that queue, with what the kernel knows of
the flow.  A datagram "EXPECT PORT" from the client lets the client connect to
that TCP port of the server: the expectation goes with the verdict.  All
packets are accepted.  A datagram "WAIT FILE" is held until that file exists.
The log has a line for each packet and for each error that the kernel reports.
"""
import errno
import os
import select
import socket
import struct
import sys

NFNL_SUBSYS_QUEUE = 3
PACKET, VERDICT, CONFIG = 0, 1, 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLMSG_ERROR, NESTED = 2, 0x8000
(NFQA_PACKET_HDR, NFQA_VERDICT_HDR, NFQA_PAYLOAD, NFQA_CT, NFQA_CT_INFO,
 NFQA_EXP) = 1, 2, 10, 11, 12, 15
CFG_CMD, CFG_PARAMS, CFG_MASK, CFG_FLAGS = 1, 2, 4, 5
CFG_CMD_BIND, COPY_PACKET, CFG_F_CONNTRACK = 1, 2, 2
CTA_TUPLE_ORIG, CTA_HELP, CTA_HELP_NAME = 1, 5, 1
CTA_TUPLE_IP, CTA_TUPLE_PROTO = 1, 2
CTA_PROTO_NUM, CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT = 1, 2, 3
CTA_EXPECT_TUPLE, CTA_EXPECT_MASK, CTA_EXPECT_TIMEOUT = 2, 3, 4
CTA_EXPECT_CLASS = 9
NF_ACCEPT = 1


def attr(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def nest(kind, *parts):
    return attr(kind | NESTED, b"".join(parts))


def attrs(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind & 0x3fff] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def message(kind, number, flags, *parts):
    body = struct.pack("!BBH", 0, 0, number) + b"".join(parts)
    return struct.pack("=IHHII", 16 + len(body), NFNL_SUBSYS_QUEUE << 8 | kind,
                       NLM_F_REQUEST | flags, 1, 0) + body


def flow(kind, addresses, protocol, sport, dport):
    """A tuple; the numbers of addresses are those of the family."""
    return nest(kind,
                nest(CTA_TUPLE_IP, *(attr(n, a) for n, a in addresses)),
                nest(CTA_TUPLE_PROTO,
                     attr(CTA_PROTO_NUM, bytes([protocol])),
                     attr(CTA_PROTO_SRC_PORT, struct.pack("!H", sport)),
                     attr(CTA_PROTO_DST_PORT, struct.pack("!H", dport))))


def expectation(ct, port):
    ends = sorted(attrs(attrs(ct[CTA_TUPLE_ORIG])[CTA_TUPLE_IP]).items())
    ones = [(number, b"\xff" * len(address)) for number, address in ends]
    return nest(NFQA_EXP,
                flow(CTA_EXPECT_TUPLE, ends, socket.IPPROTO_TCP, 0, port),
                flow(CTA_EXPECT_MASK, ones, 255, 0, 65535),
                attr(CTA_EXPECT_CLASS, struct.pack("!I", 0)),
                attr(CTA_EXPECT_TIMEOUT, struct.pack("!I", 100)))


def text_of(payload):
    """What a datagram says, behind its IPv4 or IPv6 and its UDP header."""
    at = 40 if payload[0] >> 4 == 6 else (payload[0] & 15) * 4
    return payload[at + 8:].decode("latin-1").split()


def answer(sock, queue, packet, log):
    header = packet[NFQA_PACKET_HDR]
    ct = attrs(packet.get(NFQA_CT, b""))
    helper = attrs(ct.get(CTA_HELP, b"")).get(CTA_HELP_NAME, b"-")
    words = text_of(packet[NFQA_PAYLOAD])
    log(helper.decode().strip("\0"), *words)
    extra = b""
    if words[:1] == ["EXPECT"]:
        # The kernel looks for expectations only beside the connection.
        extra = nest(NFQA_CT) + expectation(ct, int(words[1]))
    while words[:1] == ["WAIT"] and not os.path.exists(words[1]):
        select.select([], [], [], 0.1)
    sock.send(message(VERDICT, queue, NLM_F_ACK,
                      attr(NFQA_VERDICT_HDR,
                           struct.pack("!I", NF_ACCEPT) + header[:4]), extra))


def main():
    queue, out = int(sys.argv[1]), open(sys.argv[2], "a")

    def log(*words):
        print(*words, file=out, flush=True)

    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    flags = struct.pack("!I", CFG_F_CONNTRACK)
    for part in (attr(CFG_CMD, struct.pack("!BBH", CFG_CMD_BIND, 0, 0)),
                 attr(CFG_PARAMS, struct.pack("!IB", 65535, COPY_PACKET)),
                 attr(CFG_MASK, flags) + attr(CFG_FLAGS, flags)):
        sock.send(message(CONFIG, queue, NLM_F_ACK, part))
    while True:
        data = sock.recv(65536)
        while len(data) >= 20:
            size, kind = struct.unpack_from("=IH", data)
            if kind == NLMSG_ERROR:
                number = -struct.unpack_from("=i", data, 16)[0]
                log("says", errno.errorcode[number] if number else "ok")
            elif kind == NFNL_SUBSYS_QUEUE << 8 | PACKET:
                answer(sock, queue, attrs(data[20:size]), log)
            data = data[(size + 3) & ~3:]


if __name__ == "__main__":
    main()
