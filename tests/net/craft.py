#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send hand-made packets, IPv4 or IPv6 as their addresses say.

Each line of the standard input is a packet; "sent" answers it:

tcp  SRC SPORT DST DPORT FLAGS [NAME=VALUE...]
udp  SRC SPORT DST DPORT       [NAME=VALUE...]
udplite SRC SPORT DST DPORT    [NAME=VALUE...]
icmp SRC DST TYPE CODE         [NAME=VALUE...] [about PACKET...]
sctp SRC SPORT DST DPORT VTAG CHUNK...
dccp SRC SPORT DST DPORT TYPE  [NAME=VALUE...]
gre  SRC DST                   [NAME=VALUE...]
ip   SRC DST PROTOCOL          [NAME=VALUE...]

FLAGS is of the letters SAFRPU, or 0 for none.  CHUNK is TYPE, or TYPE:TAG for
the tag that an INIT or INIT-ACK gives, or TYPE:T for one with the T bit.  Names:
seq, ack, win, off (tcp); seq, ack (dccp); coverage (udplite); id, seq (icmp
queries); rest (the second word of an ICMP error, such as the MTU of the next
hop); call (gre: PPTP's, with that call id); data; hex (tcp: data in hexadecimal);
ttl; sum (a checksum in place
of the right one); cut (send only so many octets of the transport part).
"about" makes an ICMP error quote another packet, told in the same way.
"""
import socket
import struct
import sys

SCTP = {"DATA": 0, "INIT": 1, "INIT-ACK": 2, "SACK": 3, "HEARTBEAT": 4,
        "HEARTBEAT-ACK": 5, "ABORT": 6, "SHUTDOWN": 7, "SHUTDOWN-ACK": 8,
        "ERROR": 9, "COOKIE-ECHO": 10, "COOKIE-ACK": 11,
        "SHUTDOWN-COMPLETE": 14}
# Each with the 32-bit words of its header (RFC 4340, 5.1 to 5.7).
DCCP = {"REQUEST": (0, 5), "RESPONSE": (1, 7), "DATA": (2, 4), "ACK": (3, 6),
        "DATAACK": (4, 6), "CLOSEREQ": (5, 6), "CLOSE": (6, 6),
        "RESET": (7, 7), "SYNC": (8, 6), "SYNCACK": (9, 6)}
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "0": 0}


def checksum(data):
    """RFC 1071, over any number of octets."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    total += total >> 16
    return ~total & 0xffff


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    return socket.inet_pton(family(address), address)


def sealed(body, at, proto, src, dst, pseudo, opt):
    """Put the checksum of body at its place, or the one asked for."""
    head = b""
    if pseudo:
        head = packed(src) + packed(dst) + struct.pack("!II", len(body), proto)
    value = int(opt["sum"], 0) if "sum" in opt else checksum(head + body)
    body = body[:at] + struct.pack("!H", value) + body[at + 2:]
    return body[:int(opt.get("cut", len(body)))]


def tcp(args, opt):
    src, sport, dst, dport, letters = args
    flags = sum(FLAGS[c] for c in letters)
    number = {"seq": 0, "ack": 0, "win": 1000, "off": 5}
    number.update((k, int(v)) for k, v in opt.items() if k in number)
    body = struct.pack("!HHIIBBHHH", int(sport), int(dport), number["seq"],
                       number["ack"], number["off"] << 4, flags,
                       number["win"], 0, 0)
    body += bytes.fromhex(opt.get("hex", "")) or opt.get("data", "").encode()
    return src, dst, 6, sealed(body, 16, 6, src, dst, True, opt)


def udp(args, opt):
    src, sport, dst, dport = args
    data = opt.get("data", "x").encode()
    body = struct.pack("!HHHH", int(sport), int(dport), 8 + len(data), 0)
    return src, dst, 17, sealed(body + data, 6, 17, src, dst, True, opt)


def udplite(args, opt):
    src, sport, dst, dport = args
    data = opt.get("data", "x").encode()
    coverage = int(opt.get("coverage", 0))
    body = struct.pack("!HHHH", int(sport), int(dport), coverage, 0) + data
    if "sum" not in opt:
        head = packed(src) + packed(dst) + struct.pack("!II", len(body), 136)
        opt["sum"] = str(checksum(head + body[:coverage or len(body)]))
    return src, dst, 136, sealed(body, 6, 136, src, dst, True, opt)


def crc32c(data):
    """RFC 9260, appendix A, bit by bit."""
    crc = 0xffffffff
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def chunk(word):
    kind, _, extra = word.partition(":")
    body = b"xxxx"
    if kind in ("INIT", "INIT-ACK"):
        body = struct.pack("!IIHHI", int(extra or "1", 0), 65536, 1, 1, 1)
    return struct.pack("!BBH", SCTP.get(kind, 63), extra == "T",
                       4 + len(body)) + body


def sctp(args, opt):
    src, sport, dst, dport, tag = args[:5]
    head = struct.pack("!HHI", int(sport), int(dport), int(tag, 0))
    body = b"".join(chunk(word) for word in args[5:])
    seal = int(opt.get("sum", crc32c(head + b"\0\0\0\0" + body)))
    body = head + struct.pack("<I", seal) + body
    return src, dst, 132, body[:int(opt.get("cut", len(body)))]


def dccp(args, opt):
    src, sport, dst, dport, kind = args
    number, words = DCCP[kind]
    seq, ack = (int(opt.get(k, 1)) for k in ("seq", "ack"))
    body = struct.pack("!HHBBHBBHI", int(sport), int(dport), words, 0, 0,
                       number << 1 | 1, 0, seq >> 32, seq & 0xffffffff)
    if kind not in ("REQUEST", "DATA"):
        body += struct.pack("!HHI", 0, ack >> 32, ack & 0xffffffff)
    body += b"\0" * (4 * words - len(body))
    return src, dst, 33, sealed(body, 6, 33, src, dst, True, opt)


def gre(args, opt):
    src, dst = args
    data = opt.get("data", "xxxx").encode()
    head = struct.pack("!HH", 0, 0x0800)
    if "call" in opt:		# RFC 2637, 4.1: with a sequence number
        head = struct.pack("!HHHHI", 0x3001, 0x880b, len(data),
                           int(opt["call"]), int(opt.get("seq", 0)))
    body = head + data
    return src, dst, 47, body[:int(opt.get("cut", len(body)))]


def plain(args, opt):
    src, dst, number = args
    return src, dst, int(number), opt.get("data", "x" * 20).encode()


def icmp(args, opt, about):
    src, dst, kind, code = args
    v6 = family(src) == socket.AF_INET6
    proto = 58 if v6 else 1
    rest = struct.pack("!HH", int(opt.get("id", 0)), int(opt.get("seq", 0)))
    if "rest" in opt:
        rest = struct.pack("!I", int(opt["rest"]))
    body = struct.pack("!BBH", int(kind), int(code), 0) + rest
    body += build(about) if about else opt.get("data", "x" * 12).encode()
    return src, dst, proto, sealed(body, 2, proto, src, dst, v6, opt)


def network(src, dst, proto, body, ttl):
    """The IP header before the transport part."""
    if family(src) == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(body), proto, ttl) + \
            packed(src) + packed(dst) + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, ttl,
                       proto, 0, packed(src), packed(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


MAKERS = {"tcp": tcp, "udp": udp, "udplite": udplite, "sctp": sctp,
          "dccp": dccp, "gre": gre, "ip": plain}


def build(words):
    """From the words of the command line to the octets on the wire."""
    about = []
    if "about" in words:
        at = words.index("about")
        words, about = words[:at], words[at + 1:]
    opt = dict(w.split("=", 1) for w in words if "=" in w)
    args = [w for w in words[1:] if "=" not in w]
    if words[0] == "icmp":
        made = icmp(args, opt, about)
    else:
        made = MAKERS[words[0]](args, opt)
    return network(*made, int(opt.get("ttl", 64)))


def main():
    raw = {f: socket.socket(f, socket.SOCK_RAW, socket.IPPROTO_RAW)
           for f in (socket.AF_INET, socket.AF_INET6)}
    for line in sys.stdin:
        words = line.split()
        dst = words[2] if words[0] in ("icmp", "gre", "ip") else words[3]
        raw[family(dst)].sendto(build(words), (dst, 0))
        print("sent", flush=True)


if __name__ == "__main__":
    main()
