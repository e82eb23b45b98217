#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send netfilter's netlink subsystems what they should refuse.

netlink.py: first makes two flows and an expectation, as it should be done.
Each case is a message with an attribute missing, too short or at odds with
another, and the errno that the stock kernel answers it with.  Prints a line
for each: the answer, the one that is due, "same" or "changed" for all tables
before and after, and what was wrong with the message, separated by tabs.  Some
messages look odd and are taken ("ok"); what they made is deleted again.

netlink.py nat: prints the answer to a flow with a translation, no more.
"""
import errno
import socket
import struct
import sys

NETLINK_NETFILTER = 12
REQUEST, ACK, DUMP = 1, 4, 0x300
REPLACE, EXCL, CREATE = 0x100, 0x200, 0x400
CT, EXP, TIMEOUT, HELPER = 1, 2, 8, 9		# subsystems
NEW, GET, DELETE, ZERO = 0, 1, 2, 3
V4, V6 = socket.AF_INET, socket.AF_INET6
TCP, UDP, ICMP, DCCP, SCTP = 6, 17, 1, 33, 132

ORIG, REPLY, STATUS, PROTOINFO, HELP, NAT_SRC, LIFE, MARK = range(1, 9)
NAT_DST, MASTER, SEQ_ORIG = 13, 14, 15
ZONE, MARK_MASK, LABELS, LABELS_MASK, SYNPROXY = 18, 21, 22, 23, 24
NAMES = {0: "ok", errno.EOPNOTSUPP: "EOPNOTSUPP"}

# of an expectation
X_MASTER, X_TUPLE, X_MASK, X_LIFE, X_HELP, X_CLASS, X_NAT = 1, 2, 3, 4, 6, 9, 10


def attr(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def nest(kind, *parts):
    return attr(kind | 0x8000, b"".join(parts))


def u8(kind, number):
    return attr(kind, struct.pack("=B", number))


def u16(kind, number):
    return attr(kind, struct.pack("!H", number))


def u32(kind, number):
    return attr(kind, struct.pack("!I", number))


def text(kind, words):
    return attr(kind, words.encode() + b"\0")


def addresses(src, dst):
    if ":" in src:
        return nest(1, attr(3, socket.inet_pton(V6, src)),
                    attr(4, socket.inet_pton(V6, dst)))
    return nest(1, attr(1, socket.inet_aton(src)),
                attr(2, socket.inet_aton(dst)))


def ports(proto, src, dst):
    return nest(2, u8(1, proto), u16(2, src), u16(3, dst))


def echo(kind, ident=1):
    return nest(2, u8(1, ICMP), u16(4, ident), u8(5, kind), u8(6, 0))


A, B = "10.0.1.9", "10.0.2.9"
A6, B6 = "2001:db8::1", "2001:db8:1::1"
AB, BA = addresses(A, B), addresses(B, A)
THERE, BACK = ports(UDP, 10, 20), ports(UDP, 20, 10)
ORIGINAL, ANSWER = nest(ORIG, AB, THERE), nest(REPLY, BA, BACK)
MINUTE = u32(LIFE, 60)
FLOW = ORIGINAL + ANSWER + MINUTE


def flow(proto):
    return nest(ORIG, AB, ports(proto, 10, 20)) + \
        nest(REPLY, BA, ports(proto, 20, 10)) + MINUTE


def tcp_info(*parts):
    return flow(TCP) + nest(PROTOINFO, nest(1, *parts))


def sctp_info(*parts):
    return flow(SCTP) + nest(PROTOINFO, nest(3, *parts))


def dccp_info(*parts):
    return flow(DCCP) + nest(PROTOINFO, nest(2, *parts))


# What is there before: a UDP flow, and an IRC session with an expectation.
KNOWN = nest(ORIG, AB, ports(UDP, 1, 2))
KNOWN_BACK = nest(REPLY, BA, ports(UDP, 2, 1))
SESSION = nest(ORIG, AB, ports(TCP, 3, 6667))
SETUP = (
    (CT, NEW, KNOWN + KNOWN_BACK + u32(LIFE, 600) + u32(STATUS, 14)),
    (CT, NEW, SESSION + nest(REPLY, BA, ports(TCP, 6667, 3)) + u32(LIFE, 600) +
     nest(PROTOINFO, nest(1, u8(1, 3))) + nest(HELP, text(1, "irc"))),
    (EXP, NEW, nest(X_MASTER, AB, ports(TCP, 3, 6667)) +
     nest(X_TUPLE, BA, ports(TCP, 0, 5000)) +
     nest(X_MASK, addresses("255.255.255.255", "255.255.255.255"),
          ports(TCP, 0, 65535)) + u32(X_LIFE, 300)),
    (TIMEOUT, NEW, text(1, "known") + u16(2, V4) + u8(3, UDP) +
     nest(4, u32(1, 30))),
)

CONNTRACK = (
    # missing
    ("nothing at all", b"", "EINVAL"),
    ("no reply tuple", ORIGINAL + MINUTE, "EINVAL"),
    ("no original tuple", ANSWER + MINUTE, "EINVAL"),
    ("no timeout", ORIGINAL + ANSWER, "EINVAL"),
    ("no addresses", nest(ORIG, THERE) + ANSWER + MINUTE, "EINVAL"),
    ("no protocol part", nest(ORIG, AB) + ANSWER + MINUTE, "EINVAL"),
    ("no protocol number", nest(ORIG, AB, nest(2, u16(2, 1), u16(3, 2))) +
     ANSWER + MINUTE, "EINVAL"),
    ("no source port", nest(ORIG, AB, nest(2, u8(1, UDP), u16(3, 2))) +
     ANSWER + MINUTE, "EINVAL"),
    ("no destination port", nest(ORIG, AB, nest(2, u8(1, UDP), u16(2, 2))) +
     ANSWER + MINUTE, "EINVAL"),
    ("no source address", nest(ORIG, nest(1, attr(2, b"\1\2\3\4")), THERE) +
     ANSWER + MINUTE, "EINVAL"),
    ("an empty tuple", nest(ORIG) + ANSWER + MINUTE, "EINVAL"),
    ("a reply without ports", ORIGINAL + nest(REPLY, BA) + MINUTE, "EINVAL"),
    ("icmp without an id", nest(ORIG, AB, nest(2, u8(1, ICMP), u8(5, 8),
                                               u8(6, 0))) + ANSWER + MINUTE,
     "EINVAL"),
    # too short
    ("a tuple of two octets", attr(ORIG, b"\0\0") + ANSWER + MINUTE, "ERANGE"),
    ("an address of three octets", nest(ORIG, nest(1, attr(1, b"\1\2\3"),
     attr(2, b"\1\2\3\4")), THERE) + ANSWER + MINUTE, "ERANGE"),
    ("a port of one octet", nest(ORIG, AB, nest(2, u8(1, UDP), u8(2, 1),
                                                u16(3, 2))) + ANSWER + MINUTE,
     "ERANGE"),
    ("a protocol of no octets", nest(ORIG, AB, nest(2, attr(1, b""), u16(2, 1),
                                                    u16(3, 2))) + ANSWER +
     MINUTE, "ERANGE"),
    ("a timeout of two octets", ORIGINAL + ANSWER + u16(LIFE, 60), "ERANGE"),
    ("a mark of two octets", FLOW + u16(MARK, 1), "ERANGE"),
    ("a status of one octet", FLOW + u8(STATUS, 1), "ERANGE"),
    ("a zone of one octet", FLOW + u8(ZONE, 1), "ERANGE"),
    ("an attribute longer than the message", FLOW + b"\x40\0\x08\0\0\0\0\1",
     "ok"),
    # at odds
    ("IPv6 addresses in IPv4's family", nest(ORIG, addresses(A6, B6), THERE) +
     ANSWER + MINUTE, "EINVAL"),
    ("a reply with IPv6 addresses", ORIGINAL +
     nest(REPLY, addresses(B6, A6), BACK) + MINUTE, "EINVAL"),
    ("a reply with another protocol", ORIGINAL +
     nest(REPLY, BA, ports(TCP, 20, 10)) + MINUTE, "EINVAL"),
    ("an icmp type that asks nothing", nest(ORIG, AB, echo(3)) +
     nest(REPLY, BA, echo(0)) + MINUTE, "EINVAL"),
    ("an icmp type that is none", nest(ORIG, AB, echo(255)) +
     nest(REPLY, BA, echo(0)) + MINUTE, "EINVAL"),
    ("a protocol nobody knows, with ports", flow(253), "ok"),
    ("the answer of a flow there is", ORIGINAL + KNOWN_BACK + MINUTE,
     "EEXIST"),
    ("the answer to itself", ORIGINAL + nest(REPLY, AB, THERE) + MINUTE, "ok"),
    ("a zone, and another in the tuple", nest(ORIG, AB, THERE, u16(3, 5)) +
     ANSWER + MINUTE + u16(ZONE, 6), "EINVAL"),
    ("zones of two directions", nest(ORIG, AB, THERE, u16(3, 5)) +
     nest(REPLY, BA, BACK, u16(3, 6)) + MINUTE, "EINVAL"),
    # protocol information
    ("tcp: a state out of range", tcp_info(u8(1, 14)), "ERANGE"),
    ("tcp: state 255", tcp_info(u8(1, 255)), "ERANGE"),
    ("tcp: a window scale of 15", tcp_info(u8(1, 3), u8(2, 15)), "ERANGE"),
    ("tcp: the other window scale", tcp_info(u8(1, 3), u8(3, 255)), "ERANGE"),
    ("tcp: a state of no octets", tcp_info(attr(1, b"")), "ERANGE"),
    ("tcp: flags of one octet", tcp_info(u8(1, 3), u8(4, 1)), "ERANGE"),
    ("tcp: flags of three octets", tcp_info(u8(1, 3), attr(4, b"\1\1\1")),
     "ok"),
    ("tcp: nothing in it", flow(TCP) + nest(PROTOINFO), "ok"),
    ("tcp: two octets of it", flow(TCP) + attr(PROTOINFO, b"\0\0"), "ERANGE"),
    ("tcp: with what belongs to sctp", flow(TCP) +
     nest(PROTOINFO, nest(3, u8(1, 3), u32(2, 1), u32(3, 1))), "ok"),
    ("sctp: with what belongs to tcp", flow(SCTP) +
     nest(PROTOINFO, nest(1, u8(1, 3))), "ok"),
    ("udp: with what belongs to tcp", FLOW +
     nest(PROTOINFO, nest(1, u8(1, 200))), "ok"),
    ("sctp: no tags", sctp_info(u8(1, 3)), "EINVAL"),
    ("sctp: no state", sctp_info(u32(2, 1), u32(3, 1)), "EINVAL"),
    ("sctp: a state out of range", sctp_info(u8(1, 99), u32(2, 1), u32(3, 1)),
     "ERANGE"),
    ("sctp: a tag of two octets", sctp_info(u8(1, 3), u16(2, 1), u32(3, 1)),
     "ERANGE"),
    ("dccp: no role", dccp_info(u8(1, 3)), "EINVAL"),
    ("dccp: no state", dccp_info(u8(2, 0)), "EINVAL"),
    ("dccp: a state out of range", dccp_info(u8(1, 99), u8(2, 0)), "EINVAL"),
    ("dccp: a role out of range", dccp_info(u8(1, 3), u8(2, 9)), "EINVAL"),
    ("dccp: a role of no octets", dccp_info(u8(1, 3), attr(2, b"")),
     "ERANGE"),
    ("dccp: with what belongs to tcp", flow(DCCP) +
     nest(PROTOINFO, nest(1, u8(1, 3))), "ok"),
    # helpers, translation, sequence numbers, the rest
    ("a helper nobody knows", FLOW + nest(HELP, text(1, "nobody")),
     "EOPNOTSUPP"),
    ("a helper without a name", FLOW + nest(HELP), "EINVAL"),
    ("a helper with a name of 40 letters", FLOW + nest(HELP, text(1, "x" * 40)),
     "EINVAL"),
    ("a translation of two octets", FLOW + attr(NAT_SRC, b"\0\0"), "ERANGE"),
    ("a translation to half an address", FLOW +
     nest(NAT_SRC, attr(1, b"\1\2")), "ERANGE"),
    ("a translation to half a port", FLOW +
     nest(NAT_SRC, attr(1, b"\1\2\3\4"), nest(3, u8(1, 1))), "ERANGE"),
    ("a shift without a position", FLOW + u32(STATUS, 12) +
     nest(SEQ_ORIG, u32(2, 1), u32(3, 1)), "EINVAL"),
    ("synproxy without its numbers", FLOW + nest(SYNPROXY), "EINVAL"),
    ("labels of three octets", FLOW + attr(LABELS, b"\1\2\3"), "ok"),
    ("labels of 20 octets", FLOW + attr(LABELS, b"\1" * 20), "ERANGE"),
    ("a mask of labels of another length", FLOW + attr(LABELS, b"\1" * 16) +
     attr(LABELS_MASK, b"\1" * 8), "ok"),
    ("a master that is not there", FLOW +
     nest(MASTER, AB, ports(TCP, 9, 9)), "ENOENT"),
    ("a master without ports", FLOW + nest(MASTER, AB), "EINVAL"),
)

# of the flow that is there
CHANGES = (
    ("status: no more CONFIRMED", u32(STATUS, 6), "EBUSY"),
    ("status: no more SEEN_REPLY", u32(STATUS, 12), "EBUSY"),
    ("status: no more ASSURED", u32(STATUS, 10), "EBUSY"),
    ("status: DYING", u32(STATUS, 14 | 1 << 9), "EBUSY"),
    ("status: EXPECTED", u32(STATUS, 15), "EBUSY"),
    ("another translation", nest(NAT_DST, attr(1, b"\1\2\3\4")), "EOPNOTSUPP"),
    ("a master", nest(MASTER, AB, ports(TCP, 3, 6667)), "EOPNOTSUPP"),
    ("a helper nobody knows", nest(HELP, text(1, "nobody")), "EOPNOTSUPP"),
    ("a helper of tcp", nest(HELP, text(1, "ftp")), "EOPNOTSUPP"),
    ("labels of five octets", attr(LABELS, b"\1" * 5), "EINVAL"),
    ("a timeout of one octet", u8(LIFE, 1), "ERANGE"),
    ("protocol information of two octets", attr(PROTOINFO, b"\0\0"), "ERANGE"),
)

MASK = nest(X_MASK, addresses("255.255.255.255", "255.255.255.255"),
            ports(TCP, 0, 65535))
OF = nest(X_MASTER, AB, ports(TCP, 3, 6667))
WHAT = nest(X_TUPLE, BA, ports(TCP, 0, 5001))
FOR = u32(X_LIFE, 300)
EXPECT = (
    ("nothing at all", b"", "EINVAL"),
    ("no master", WHAT + MASK + FOR, "EINVAL"),
    ("no tuple", OF + MASK + FOR, "EINVAL"),
    ("no mask", OF + WHAT + FOR, "EINVAL"),
    ("no timeout", OF + WHAT + MASK, "ok"),
    ("a master that is not there", nest(X_MASTER, AB, ports(TCP, 9, 9)) +
     WHAT + MASK + FOR, "ENOENT"),
    ("a master without a helper", nest(X_MASTER, AB, ports(UDP, 1, 2)) +
     WHAT + MASK + FOR, "EOPNOTSUPP"),
    ("a tuple without ports", OF + nest(X_TUPLE, BA) + MASK + FOR, "EINVAL"),
    ("a mask without ports", OF + WHAT +
     nest(X_MASK, addresses("255.255.255.255", "255.255.255.255")) + FOR,
     "EINVAL"),
    ("a class the helper has not", OF + WHAT + MASK + FOR + u32(X_CLASS, 77),
     "EINVAL"),
    ("a helper nobody knows", OF + WHAT + MASK + FOR +
     text(X_HELP, "nobody"), "ok"),
    ("a timeout of one octet", OF + WHAT + MASK + u8(X_LIFE, 1), "ERANGE"),
    ("a translation without a direction", OF + WHAT + MASK + FOR +
     nest(X_NAT, nest(2, BA, ports(TCP, 1, 2))), "EINVAL"),
    ("one there is", OF + nest(X_TUPLE, BA, ports(TCP, 0, 5000)) + MASK + FOR,
     "EEXIST"),
    ("one that overlaps", OF + nest(X_TUPLE, BA, ports(TCP, 7, 5000)) +
     nest(X_MASK, addresses("255.255.255.255", "255.255.255.255"),
          ports(TCP, 65535, 65535)) + FOR, "EEXIST"),
)


def policy(name="new", l3=V4, l4=UDP, data=u32(1, 30)):
    return text(1, name) + u16(2, l3) + u8(3, l4) + nest(4, data)


TIMEOUTS = (
    ("nothing at all", b"", "EINVAL"),
    ("no name", u16(2, V4) + u8(3, UDP) + nest(4, u32(1, 30)), "EINVAL"),
    ("no family", text(1, "new") + u8(3, UDP) + nest(4, u32(1, 30)), "EINVAL"),
    ("no protocol", text(1, "new") + u16(2, V4) + nest(4, u32(1, 30)),
     "EINVAL"),
    ("no timeouts", text(1, "new") + u16(2, V4) + u8(3, UDP), "EINVAL"),
    ("a name of 40 letters", policy("x" * 40), "EINVAL"),
    ("no timeouts in it", policy(data=b""), "ok"),
    ("a timeout of no octets", policy(data=attr(1, b"")), "ERANGE"),
    ("a timeout of two octets", policy(data=u16(1, 30)), "ERANGE"),
    ("tcp: a timeout of one octet", policy(l4=TCP, data=u8(1, 30)), "ERANGE"),
    ("only one nobody knows", policy(data=u32(99, 30)), "ok"),
    ("one there is", policy("known"), "EEXIST"),
)
REPLACING = (
    ("the same for another protocol", policy("known", l4=TCP), "EINVAL"),
    ("the same for another family", policy("known", l3=V6), "EINVAL"),
    ("the same with a timeout of two octets", policy("known", data=u16(1, 9)),
     "ERANGE"),
)
DEFAULTS = (
    ("nothing at all", b"", "EINVAL"),
    ("no timeouts", u16(2, V4) + u8(3, UDP), "EINVAL"),
    ("a timeout of two octets", u16(2, V4) + u8(3, UDP) +
     nest(4, u16(1, 30)), "ERANGE"),
)


def helper(name="new", tuple_of=nest(2, u16(1, V4), u8(3, UDP)),
           policies=nest(4, u32(5, 1), nest(1, text(1, "new"), u32(2, 1),
                                            u32(3, 60))), more=b""):
    return text(1, name) + tuple_of + policies + more


HELPERS = (
    ("nothing at all", b"", "EINVAL"),
    ("no tuple", text(1, "new"), "EINVAL"),
    ("no policies", text(1, "new") + nest(2, u16(1, V4), u8(3, UDP)),
     "EINVAL"),
    ("a tuple without a protocol", helper(tuple_of=nest(2, u16(1, V4))),
     "EINVAL"),
    ("a tuple without a family", helper(tuple_of=nest(2, u8(3, UDP))),
     "EINVAL"),
    ("a name of 40 letters", helper("x" * 40), "EINVAL"),
    ("no number of policies", helper(policies=nest(4)), "EINVAL"),
    ("no policy of the number said", helper(policies=nest(4, u32(5, 1))),
     "EINVAL"),
    ("more policies than there may be", helper(policies=nest(4, u32(5, 99))),
     "EINVAL"),
    ("a policy without a name", helper(policies=nest(4, u32(5, 1), nest(
        1, u32(2, 1), u32(3, 60)))), "EINVAL"),
    ("a policy that expects too many", helper(policies=nest(4, u32(5, 1), nest(
        1, text(1, "new"), u32(2, 1000), u32(3, 60)))), "EINVAL"),
    ("a queue of one octet", helper(more=u8(3, 1)), "ERANGE"),
    ("more data than there is room", helper(more=u32(5, 4096)), "EINVAL"),
)

MISSING = nest(ORIG, AB, ports(UDP, 99, 98))
OTHERS = (
    ("get: nothing at all", CT, GET, 0, b"", "EINVAL"),
    ("get: what is not there", CT, GET, 0, MISSING, "ENOENT"),
    ("get: no ports", CT, GET, 0, nest(ORIG, AB), "EINVAL"),
    ("get and zero: what is not there", CT, ZERO, 0, MISSING, "ENOENT"),
    ("delete: what is not there", CT, DELETE, 0, MISSING, "ENOENT"),
    ("delete: no ports", CT, DELETE, 0, nest(ORIG, AB), "EINVAL"),
    ("delete: another id", CT, DELETE, 0, KNOWN + u32(12, 1), "ENOENT"),
    ("delete: an id of two octets", CT, DELETE, 0, KNOWN + u16(12, 1),
     "ERANGE"),
    ("delete: another zone", CT, DELETE, 0, KNOWN + u16(ZONE, 7), "ENOENT"),
    ("new, not to be made", CT, NEW, 0, FLOW, "ENOENT"),
    ("new, there already", CT, NEW, CREATE | EXCL, KNOWN + KNOWN_BACK + MINUTE,
     "EEXIST"),
    ("a message nobody knows", CT, 200, 0, FLOW, "EINVAL"),
    ("expect, get: nothing at all", EXP, GET, 0, b"", "EINVAL"),
    ("expect, get: what is not there", EXP, GET, 0, WHAT, "ENOENT"),
    ("expect, delete: what is not there", EXP, DELETE, 0, WHAT, "ENOENT"),
    ("expect, delete: another id", EXP, DELETE, 0,
     nest(X_TUPLE, BA, ports(TCP, 0, 5000)) + u32(5, 1), "ENOENT"),
    ("expect, delete: no ports", EXP, DELETE, 0, nest(X_TUPLE, BA), "EINVAL"),
    ("timeout, get: no name", TIMEOUT, GET, 0, b"", "EINVAL"),
    ("timeout, get: what is not there", TIMEOUT, GET, 0, text(1, "none"),
     "ENOENT"),
    ("timeout, delete: what is not there", TIMEOUT, DELETE, 0,
     text(1, "none"), "ENOENT"),
    ("helper, get: what is not there", HELPER, GET, 0, text(1, "none"),
     "ENOENT"),
    ("helper, delete: what is not there", HELPER, DELETE, 0, text(1, "none"),
     "ok"),
)


def all_cases():
    """name, subsystem, message, flags, attributes, errno, what undoes it"""
    for name, body, want in CONNTRACK:
        yield "new: " + name, CT, NEW, CREATE | EXCL, body, want
    for name, body, want in CHANGES:
        yield "change: " + name, CT, NEW, 0, KNOWN + body, want
    for name, body, want in EXPECT:
        yield "expect, new: " + name, EXP, NEW, CREATE | EXCL, body, want
    for name, body, want in TIMEOUTS:
        yield "timeout, new: " + name, TIMEOUT, NEW, CREATE | EXCL, body, want
    for name, body, want in REPLACING:
        yield "timeout, replace: " + name, TIMEOUT, NEW, REPLACE, body, want
    for name, body, want in DEFAULTS:
        yield "timeout, default: " + name, TIMEOUT, 3, 0, body, want
    for name, body, want in HELPERS:
        yield "helper, new: " + name, HELPER, NEW, CREATE | EXCL, body, want
    yield from OTHERS


class Netlink:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  NETLINK_NETFILTER)
        self.sock.settimeout(10)

    def send(self, subsys, kind, flags, body, family=V4):
        body = struct.pack("!BBH", family, 0, 0) + body
        self.sock.send(struct.pack("=IHHII", 16 + len(body),
                                   subsys << 8 | kind, flags | REQUEST, 1, 0) +
                       body)

    def ask(self, subsys, kind, flags, body):
        """The name of the errno of the answer, or "ok"."""
        self.send(subsys, kind, flags | ACK, body)
        while True:
            answer = self.sock.recv(65536)
            if struct.unpack_from("=H", answer, 4)[0] == 2:
                number = -struct.unpack_from("=i", answer, 16)[0]
                return NAMES.get(number) or errno.errorcode[number]

    def dump(self, subsys, unsteady):
        """All that a subsystem has, without attributes that change."""
        self.send(subsys, GET, DUMP, b"", 0)
        found = set()
        while True:
            data = self.sock.recv(65536)
            while len(data) >= 16:
                size, kind = struct.unpack_from("=IH", data)
                if kind in (2, 3):
                    return found
                found.add(steady(data[20:size], unsteady))
                data = data[(size + 3) & ~3:]

    def tables(self):
        return (self.dump(CT, (LIFE, 11)), self.dump(EXP, (X_LIFE,)),
                self.dump(TIMEOUT, ()), self.dump(HELPER, ()))


def steady(data, unsteady):
    kept = b""
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if kind & 0x3fff not in unsteady:
            kept += data[:size]
        data = data[(size + 3) & ~3:]
    return kept


def undo(netlink, subsys, body):
    if subsys == CT:
        netlink.ask(CT, DELETE, 0, body)
    elif subsys == EXP:
        netlink.ask(EXP, DELETE, 0, WHAT)
    elif subsys == TIMEOUT:
        netlink.ask(TIMEOUT, DELETE, 0, text(1, "new"))


def main():
    netlink = Netlink()
    if sys.argv[1:] == ["nat"]:
        print(netlink.ask(CT, NEW, CREATE | EXCL, FLOW + nest(
            NAT_SRC, attr(1, socket.inet_aton("10.0.2.1")))))
        return
    for subsys, kind, body in SETUP:
        said = netlink.ask(subsys, kind, CREATE | EXCL, body)
        if said != "ok":
            raise SystemExit(f"cannot set up: {said}")
    for name, subsys, kind, flags, body, want in all_cases():
        before = netlink.tables()
        said = netlink.ask(subsys, kind, flags, body)
        if said == "ok" and flags & CREATE:
            undo(netlink, subsys, body)
        state = "same" if netlink.tables() == before else "changed"
        print(said, want, state, name, sep="\t", flush=True)


if __name__ == "__main__":
    main()
