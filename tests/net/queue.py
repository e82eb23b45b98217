#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hold packets in NFQUEUE, over a bare netlink socket.

queue.py NUMBER [ip|ip6]

Packets of that queue are held until a line of the standard input says what
becomes of them.  Each command is answered by one line:

hold N              wait for N packets to be held: prints them, "; " between
accept|drop [NAME=VALUE...]
                    the oldest goes; prints "done", or the error
accept-all, drop-all [NAME=VALUE...]
                    all that are held, oldest first

Names: mark (of the packet), ctmark (of its connection).  A packet is
printed as what is known of its connection: ctinfo, status, both tuples.
"""
import errno
import select
import socket
import struct
import sys
import time

NFNL_SUBSYS_QUEUE = 3
PACKET, VERDICT, CONFIG = 0, 1, 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4
(NFQA_PACKET_HDR, NFQA_VERDICT_HDR, NFQA_MARK, NFQA_PAYLOAD, NFQA_CT,
 NFQA_CT_INFO) = 1, 2, 3, 10, 11, 12
CFG_CMD, CFG_PARAMS, CFG_MASK, CFG_FLAGS = 1, 2, 4, 5
CFG_CMD_BIND, COPY_PACKET, CFG_F_CONNTRACK = 1, 2, 2
(CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_STATUS, CTA_PROTOINFO, CTA_HELP,
 CTA_MARK, CTA_ID, CTA_ZONE) = 1, 2, 3, 4, 5, 8, 12, 18
NF_DROP, NF_ACCEPT = 0, 1
NESTED = 0x8000
CTINFO = {0: "ESTABLISHED", 1: "RELATED", 2: "NEW", 3: "ESTABLISHED_REPLY",
          4: "RELATED_REPLY", 7: "UNTRACKED"}


def attr(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def attrs(data):
    """The attributes of a message or a nest, by number."""
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind & 0x3fff] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def address(data):
    family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, data)


def number(data):
    return int.from_bytes(data, "big")


def tuple_text(nest):
    ip, proto = attrs(nest[1]), attrs(nest[2])
    src, dst = ip.get(1) or ip[3], ip.get(2) or ip[4]
    words = [str(number(proto[1])), address(src), address(dst)]
    words += [str(number(proto[k])) for k in sorted(proto) if k > 1]
    return ",".join(words)


def connection_text(found):
    if NFQA_CT not in found:
        return "no connection"
    ct = attrs(found[NFQA_CT])
    info = struct.unpack("!I", found[NFQA_CT_INFO])[0]
    text = f"{CTINFO.get(info, info)} status={number(ct[CTA_STATUS]):#x}"
    text += " orig=" + tuple_text(attrs(ct[CTA_TUPLE_ORIG]))
    text += " reply=" + tuple_text(attrs(ct[CTA_TUPLE_REPLY]))
    if CTA_MARK in ct:
        text += f" mark={number(ct[CTA_MARK])}"
    if CTA_ZONE in ct:
        text += f" zone={number(ct[CTA_ZONE])}"
    if CTA_HELP in ct:
        text += " helper=" + attrs(ct[CTA_HELP])[1].rstrip(b"\0").decode()
    if CTA_PROTOINFO in ct:
        text += " protoinfo=" + attrs(ct[CTA_PROTOINFO]).popitem()[1].hex()
    return text


class Queue:
    def __init__(self, num, family):
        self.num, self.family, self.seq = num, family, 0
        self.held = []
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        # SOL_NETLINK, NETLINK_NO_ENOBUFS: a full queue drops, we go on.
        self.sock.setsockopt(270, 5, 1)
        self.sock.bind((0, 0))
        self.config(attr(CFG_CMD, struct.pack("!BBH", CFG_CMD_BIND, 0, 0)))
        self.config(attr(CFG_PARAMS, struct.pack("!IB", 0xffff, COPY_PACKET)))
        self.config(attr(CFG_FLAGS, struct.pack("!I", CFG_F_CONNTRACK)) +
                    attr(CFG_MASK, struct.pack("!I", CFG_F_CONNTRACK)))

    def ask(self, kind, body):
        """Send a request; return the errno it is answered with."""
        self.seq += 1
        message = struct.pack("=BBH", self.family, 0, socket.htons(self.num))
        message += body
        self.sock.send(struct.pack("=IHHII", 16 + len(message),
                                   NFNL_SUBSYS_QUEUE << 8 | kind,
                                   NLM_F_REQUEST | NLM_F_ACK, self.seq, 0) +
                       message)
        while True:
            answer = self.read()
            if answer is not None:
                return answer

    def config(self, body):
        error = self.ask(CONFIG, body)
        if error:
            sys.exit(f"queue {self.num}: {errno.errorcode[error]}")

    def read(self):
        """Take what has come; return the errno if it was an answer."""
        data, answer = self.sock.recv(1 << 17), None
        while len(data) >= 16:
            size, kind, _, seq, _ = struct.unpack_from("=IHHII", data)
            if kind == 2 and seq == self.seq:
                answer = -struct.unpack_from("=i", data, 16)[0]
            elif kind == NFNL_SUBSYS_QUEUE << 8 | PACKET:
                found = attrs(data[20:size])
                mark = struct.unpack_from("!I", found[NFQA_PACKET_HDR])[0]
                self.held.append((mark, connection_text(found)))
            data = data[(size + 3) & ~3:]
        return answer

    def hold(self, count, patience):
        end = time.monotonic() + patience
        while len(self.held) < count:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                break
            self.read()
        return "; ".join(text for _, text in self.held) or "nothing"

    def verdict(self, verdict, names):
        if not self.held:
            return "nothing"
        ident, _ = self.held.pop(0)
        body = attr(NFQA_VERDICT_HDR, struct.pack("!II", verdict, ident))
        ct = b""
        if "mark" in names:
            body += attr(NFQA_MARK, struct.pack("!I", int(names["mark"])))
        if "ctmark" in names:
            ct += attr(CTA_MARK, struct.pack("!I", int(names["ctmark"])))
        if ct:
            body += attr(NFQA_CT | NESTED, ct)
        error = self.ask(VERDICT, body)
        return errno.errorcode[error] if error else "done"


def main():
    family = socket.AF_INET6 if "ip6" in sys.argv[2:] else socket.AF_INET
    queue = Queue(int(sys.argv[1]), family)
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        names = dict(w.split("=", 1) for w in words if "=" in w)
        said = "done"
        if words[0] == "hold":
            said = queue.hold(int(words[1]), float(names.get("within", 30)))
        elif words[0].endswith("-all"):
            while queue.held and said == "done":
                said = queue.verdict(words[0] == "accept-all", names)
        else:
            said = queue.verdict(words[0] == "accept", names)
        print(said, flush=True)


if __name__ == "__main__":
    main()
