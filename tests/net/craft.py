#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Send hand-made packets, IPv4 or IPv6 as their addresses say.

Each line of the standard input is a packet; "sent" answers it:

tcp  SRC SPORT DST DPORT FLAGS [NAME=VALUE...]
udp  SRC SPORT DST DPORT       [NAME=VALUE...]
icmp SRC DST TYPE CODE         [NAME=VALUE...] [about PACKET...]

FLAGS is of the letters SAFRPU, or 0 for none.  Names: seq, ack, win, off
(tcp); id, seq (icmp queries); rest (the second word of an ICMP error, such as
the MTU of the next hop); data; ttl; sum (a checksum in place of the right one); cut (send
only so many octets of the transport part).  "about" makes an ICMP error
quote another packet, told in the same way.
"""
import socket
import struct
import sys

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
    body += opt.get("data", "").encode()
    return src, dst, 6, sealed(body, 16, 6, src, dst, True, opt)


def udp(args, opt):
    src, sport, dst, dport = args
    data = opt.get("data", "x").encode()
    body = struct.pack("!HHHH", int(sport), int(dport), 8 + len(data), 0)
    return src, dst, 17, sealed(body + data, 6, 17, src, dst, True, opt)


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
        made = {"tcp": tcp, "udp": udp}[words[0]](args, opt)
    return network(*made, int(opt.get("ttl", 64)))


def main():
    raw = {f: socket.socket(f, socket.SOCK_RAW, socket.IPPROTO_RAW)
           for f in (socket.AF_INET, socket.AF_INET6)}
    for line in sys.stdin:
        words = line.split()
        dst = words[2] if words[0] == "icmp" else words[3]
        raw[family(dst)].sendto(build(words), (dst, 0))
        print("sent", flush=True)


if __name__ == "__main__":
    main()
