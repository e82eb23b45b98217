#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send mutated requests to nfnetlink_conntrack, cttimeout and cthelper.

ctnetlink.py SEED SECONDS

Each request begins as a valid tree of attributes about a flow of those that
ct_push makes, and is then mutated in up to three places: an attribute
missing, doubled, of another number, length or content, nested or not, and
lengths that are a lie.  Request n of a seed is always the same.

Prints, for each subsystem, how many requests were accepted and with what
errors the others were refused, then takes away what is left.
"""
import collections
import copy
import errno
import random
import socket
import struct
import sys
import time

CONNTRACK, EXPECT, TIMEOUT, HELPER = 1, 2, 8, 9
NAMES = {CONNTRACK: "conntrack", EXPECT: "expect", TIMEOUT: "timeout",
         HELPER: "helper"}
REQUEST, MULTI, ACK, ROOT, EXCL, CREATE = 1, 2, 4, 0x100, 0x200, 0x400
DUMP = 0x300
NESTED, BIG_ENDIAN = 0x8000, 0x4000
TCP, UDP, ICMP, SCTP, DCCP, GRE, ICMP6 = 6, 17, 1, 132, 33, 47, 58

be16 = struct.Struct("!H").pack
be32 = struct.Struct("!I").pack


class Maker:
    """Valid requests: lists of [number, bytes or list]."""

    def __init__(self, rnd):
        self.rnd = rnd

    def any(self, *choices):
        return self.rnd.choice(choices)

    def maybe(self, *attributes):
        return [a for a in attributes if self.rnd.random() < 0.3]

    def flow(self):
        """Both tuples of a flow, and its protocol."""
        number = self.rnd.randrange(200)
        v6 = self.rnd.random() < 0.3
        if v6:
            ends = [socket.inet_pton(socket.AF_INET6, a) for a in
                    (f"fd00:1::{100 + number % 100:x}", "fd00:2::1")]
        else:
            ends = [socket.inet_aton(f"10.0.0.{100 + number % 100}"),
                    socket.inet_aton("10.0.1.1")]
        proto = self.any(TCP, TCP, UDP, UDP, ICMP6 if v6 else ICMP, SCTP, DCCP,
                         GRE, 250)
        ports = [be16(1024 + number), be16(self.any(21, 2000))]
        return [self.tuple(v6, ends, proto, ports, False),
                self.tuple(v6, ends[::-1], proto, ports[::-1], True)], proto, v6

    def tuple(self, v6, ends, proto, ports, reply):
        ip = [[3 if v6 else 1, ends[0]], [4 if v6 else 2, ends[1]]]
        l4 = [[1, bytes([proto])]]
        if proto == ICMP:
            l4 += [[4, b"\1\2"], [5, bytes([0 if reply else 8])], [6, b"\0"]]
        elif proto == ICMP6:
            l4 += [[7, b"\1\2"], [8, bytes([128 + reply])], [9, b"\0"]]
        else:
            l4 += [[2, ports[0]], [3, ports[1]]]
        return [[1, ip], [2, l4]] + self.maybe([3, be16(self.any(0, 1, 7))])

    def protoinfo(self, proto):
        u8 = bytes([self.rnd.randrange(12)])
        if proto == SCTP:
            return [[3, [[1, u8], [2, be32(7)], [3, be32(7)]]]]
        if proto == DCCP:
            return [[2, [[1, u8], [2, bytes([self.any(0, 1)])], [3, b"\0" * 8]]]]
        return [[1, [[1, u8], [2, b"\7"], [3, b"\7"], [4, b"\x0a\x0a"],
                     [5, b"\x0a\x0a"]]]]

    def seqadj(self):
        return [[1, be32(1)], [2, be32(0)], [3, be32(self.any(0, 1, 5))]]

    def nat(self, v6):
        address = b"\xfd" + b"\0" * 15 if v6 else b"\x0a\x09\0\1"
        return [[4 if v6 else 1, address], [5 if v6 else 2, address],
                [3, [[1, be16(5000)], [2, be16(6000)]]]]

    def conntrack(self):
        kind = self.any(0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7)
        flags = self.any(0, CREATE, CREATE | EXCL, DUMP) if kind in (0, 1) else \
            self.any(0, 0, DUMP)
        tuples, proto, v6 = self.flow()
        tree = [[1, tuples[0]]]
        if kind == 0:
            flags &= ~ROOT
            tree += [[2, tuples[1]], [7, be32(self.any(0, 5, 600, 2**32 - 1))]]
        tree += self.maybe(
            [3, be32(self.any(0, 4, 10, 14, 0x200, 0x40e, 0xffff))],
            [4, self.protoinfo(proto)], [5, [[1, b"ftp\0"]]], [6, self.nat(v6)],
            [8, be32(7)], [13, self.nat(v6)], [18, be16(self.any(0, 1, 7))],
            [21, be32(255)], [22, b"\1" * 16], [23, b"\xff" * 16],
            [24, [[1, be32(1)], [2, be32(1)], [3, be32(0)]]],
            [15, self.seqadj()], [16, self.seqadj()], [12, be32(1)],
            [25, [[1, be32(self.any(0, 3, 0xff))], [2, be32(self.any(0, 3))]]],
            [26, be32(1)])
        if self.rnd.random() < 0.1:
            tree += [[14, self.flow()[0][0]]]
        if kind == 2 and self.rnd.random() < 0.05:
            tree = []	# all of them
        return kind, flags, 10 if v6 else 2, tree

    def expect(self):
        kind = self.any(0, 0, 0, 1, 1, 2, 3)
        flags = self.any(0, CREATE, CREATE | EXCL) if kind == 0 else \
            self.any(0, 0, DUMP)
        tuples, proto, v6 = self.flow()
        mask = [[1, [[3 if v6 else 1, b"\xff" * (16 if v6 else 4)],
                     [4 if v6 else 2, b"\xff" * (16 if v6 else 4)]]],
                [2, [[1, bytes([proto])], [2, b"\0\0"], [3, b"\xff\xff"]]]]
        tree = [[2, tuples[1]]]
        if kind == 0:
            tree += [[1, tuples[0]], [3, mask],
                     [4, be32(self.any(0, 5, 600))]]
        tree += self.maybe(
            [5, be32(1)], [6, b"ftp\0"], [7, be16(self.any(0, 1))],
            [8, be32(self.any(0, 1, 2, 4, 7))], [9, be32(self.any(0, 1, 9))],
            [10, [[1, be32(self.any(0, 1, 2))], [2, tuples[1]]]],
            [11, self.any(b"nat-follow-master\0", b"ftp\0")])
        return kind, flags, 10 if v6 else 2, tree

    def timeout(self):
        kind = self.any(0, 0, 1, 2, 3, 4)
        flags = CREATE | self.any(0, EXCL) if kind == 0 else \
            self.any(0, 0, DUMP if kind == 1 else 0)
        tree = [[2, be16(self.any(2, 10))],
                [3, bytes([self.any(TCP, UDP, ICMP, SCTP, DCCP, GRE, ICMP6, 136,
                                    250)])],
                [4, [[n, be32(self.any(0, 1, 60, 2**31, 2**32 - 1))]
                     for n in range(1, self.rnd.randrange(2, 16))]]]
        if kind in (0, 1, 2) and flags != DUMP:
            tree.insert(0, [1, self.any(b"a\0", b"b\0", b"c" * 31 + b"\0")])
        return kind, flags, 0, tree

    def helper(self):
        kind = self.any(0, 0, 0, 1, 2)
        flags = CREATE | self.any(0, EXCL) if kind == 0 else self.any(0, DUMP)
        policy = [[1, b"p\0"], [2, be32(self.any(0, 1, 8, 300))], [3, be32(60)]]
        tree = [[1, self.any(b"u1\0", b"u2\0", b"ftp\0")],
                [2, [[1, be16(self.any(2, 10))], [2, bytes([self.any(TCP, UDP)])]]],
                [3, be32(self.any(0, 5))],
                [4, [[1, be32(self.any(1, 1, 2, 4))]] +
                 [[n, policy] for n in range(2, self.rnd.randrange(3, 7))]],
                [5, be32(self.any(0, 8, 512))], [6, be32(self.any(0, 1))]]
        return kind, flags, 0, tree


def nodes(tree):
    """Every attribute, with the list it is in."""
    found = []
    for node in tree:
        found.append((tree, node))
        if isinstance(node[1], list):
            found += nodes(node[1])
    return found


def mutate(rnd, tree):
    """Change one attribute; it may get a third element, a false length."""
    found = nodes(tree)
    if not found:
        tree.append([rnd.randrange(32), rnd.randbytes(rnd.randrange(20))])
        return
    around, node = rnd.choice(found)
    how = rnd.randrange(9)
    if how == 0:
        around.remove(node)
    elif how == 1:
        around.append(copy.deepcopy(node))
    elif how == 2:
        node[0] = rnd.randrange(32)
    elif how == 3:
        node[1] = rnd.randbytes(rnd.choice((0, 1, 2, 3, 4, 5, 8, 16, 17, 128)))
    elif how == 4 and isinstance(node[1], bytes) and node[1]:
        at = rnd.randrange(len(node[1]))
        node[1] = node[1][:at] + rnd.randbytes(1) + node[1][at + 1:]
    elif how == 5:
        node[1] = [[node[0], node[1]]]
    elif how == 6 and isinstance(node[1], list):
        rnd.shuffle(node[1])
    elif how == 7:
        node[2:] = [rnd.choice((0, 3, 4, 5, 8, 0xffff))]
    elif how == 8:
        around.append([rnd.randrange(40), copy.deepcopy(rnd.choice(found)[1][1])])


def pack(tree):
    data = b""
    for kind, value, *lie in tree:
        if isinstance(value, list):
            value, kind = pack(value), kind | NESTED
        value = value[:4000]
        data += struct.pack("=HH", lie[0] if lie else 4 + len(value), kind)
        data += value + b"\0" * (-len(value) % 4)
    return data[:8000]


def request(subsys, kind, flags, family, body, seq):
    body = struct.pack("!BBH", family, 0, 0) + body
    return struct.pack("=IHHII", 16 + len(body), subsys << 8 | kind,
                       REQUEST | ACK | flags, seq, 0) + body


def ask(sock, message):
    """Send; read all that comes; return the errno."""
    sock.send(message)
    seq = struct.unpack_from("=I", message, 8)[0]
    while True:
        data = sock.recv(1 << 17)
        while len(data) >= 16:
            size, kind, _, got = struct.unpack_from("=IHHI", data)
            if got == seq and kind in (2, 3):	# NLMSG_ERROR, NLMSG_DONE
                return -struct.unpack_from("=i", data, 16)[0]
            data = data[(size + 3) & ~3:]


def clear(sock):
    # Whoever uses a policy or a helper goes first.
    for subsys in CONNTRACK, EXPECT, TIMEOUT, HELPER:
        error = ask(sock, request(subsys, 2, 0, 0, b"", 1))
        if error not in (0, errno.ENOENT):
            sys.exit(f"{NAMES[subsys]}: cannot delete: {errno.errorcode[error]}")


def main():
    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)	# SO_RCVBUFFORCE
    sock.bind((0, 0))
    sock.settimeout(120)
    answers = collections.defaultdict(collections.Counter)
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        rnd = random.Random(f"{seed} {number}")
        maker = Maker(rnd)
        subsys, make = rnd.choice(((CONNTRACK, maker.conntrack),) * 4 +
                                  ((EXPECT, maker.expect),) * 2 +
                                  ((TIMEOUT, maker.timeout),
                                   (HELPER, maker.helper)))
        kind, flags, family, tree = make()
        for _ in range(rnd.randrange(4)):
            mutate(rnd, tree)
        if rnd.random() < 0.05:
            kind, flags = rnd.randrange(16), rnd.randrange(0x1000) & ~MULTI
        if rnd.random() < 0.05:
            family = rnd.choice((0, 1, 2, 7, 10, 255))
        error = ask(sock, request(subsys, kind, flags & ~2, family, pack(tree), number))
        answers[subsys][errno.errorcode.get(error, error)
                        if error else "accepted"] += 1
    for subsys, name in NAMES.items():
        print(f"{name}: " + ", ".join(f"{count} {what}" for what, count in
                                      answers[subsys].most_common()))
    clear(sock)
    print(f"{number} requests")
    missing = [name for subsys, name in NAMES.items()
               if not answers[subsys]["accepted"]]
    if missing:
        sys.exit(f"nothing was accepted: {missing}")


if __name__ == "__main__":
    main()
