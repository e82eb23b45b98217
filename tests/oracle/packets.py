# SPDX-License-Identifier: GPL-2.0-only
"""Packets as octets, and octets in words."""
import socket
import struct

ICMP, TCP, UDP, GRE, DCCP, ICMP6, SCTP, UDPLITE = 1, 6, 17, 47, 33, 58, 132, 136
NAMES = {ICMP: "icmp", TCP: "tcp", UDP: "udp", GRE: "gre", DCCP: "dccp",
         ICMP6: "icmpv6", SCTP: "sctp", UDPLITE: "udplite"}
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << i for i in range(8))

DCCP_TYPES = ("REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ",
              "CLOSE", "RESET", "SYNC", "SYNCACK")
SCTP_CHUNKS = {0: "DATA", 1: "INIT", 2: "INIT_ACK", 3: "SACK", 4: "HEARTBEAT",
               5: "HEARTBEAT_ACK", 6: "ABORT", 7: "SHUTDOWN",
               8: "SHUTDOWN_ACK", 9: "ERROR", 10: "COOKIE_ECHO",
               11: "COOKIE_ACK", 14: "SHUTDOWN_COMPLETE"}


def checksum(data):
    """RFC 1071; the sum of 16-bit words is what remains modulo 65535."""
    if len(data) % 2:
        data += b"\0"
    return 0xffff - (int.from_bytes(data, "big") % 65535 or 0xffff)


def _crc32c_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


CRC32C = _crc32c_table()


def crc32c(data):
    crc = 0xffffffff
    for octet in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ octet) & 255]
    return crc ^ 0xffffffff


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def seal(body, at, src, dst, proto, cover=None):
    """body with its checksum put at that place."""
    total = checksum(pseudo(src, dst, proto, len(body)) + body[:cover])
    if proto in (UDP, UDPLITE) and not total:
        total = 0xffff
    return body[:at] + struct.pack("!H", total) + body[at + 2:]


def ip(src, dst, proto, body, ident=0, frag=0, ttl=64, options=b""):
    """An IPv4 or IPv6 packet; options: IPv6 extension headers, ready-made,
    the first of which proto names, or IPv4 options."""
    if len(src) == 16:
        return struct.pack("!IHBB", 6 << 28, len(options) + len(body), proto,
                           ttl) + src + dst + options + body
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(body), ident, frag, ttl, proto,
                       0) + src + dst + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def fragment6(nxt, ident, offset, more):
    return struct.pack("!BBHI", nxt, 0, offset | more, ident)


def tcp(src, dst, sport, dport, seq, ack, flags, win, options=b"", data=b"",
        offset=None):
    options += b"\0" * (-len(options) % 4)
    if offset is None:
        offset = 5 + len(options) // 4
    body = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff,
                       ack & 0xffffffff, (offset & 15) << 4, flags, win, 0,
                       0) + options + data
    return seal(body, 16, src, dst, TCP)


def udp(src, dst, sport, dport, data, length=None):
    if length is None:
        length = 8 + len(data)
    return seal(struct.pack("!HHHH", sport, dport, length, 0) + data, 6, src,
                dst, UDP)


def udplite(src, dst, sport, dport, data, cover=0):
    return seal(struct.pack("!HHHH", sport, dport, cover, 0) + data, 6, src,
                dst, UDPLITE, cover or None)


def icmp(src, dst, kind, code, rest, data=b""):
    body = struct.pack("!BBHI", kind, code, 0, rest) + data
    if len(src) == 16:
        return seal(body, 2, src, dst, ICMP6)
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def sctp(sport, dport, vtag, chunks):
    head = struct.pack("!HHI", sport, dport, vtag)
    return head + struct.pack("<I", crc32c(head + b"\0\0\0\0" + chunks)) + chunks


def chunk(kind, flags=0, data=b"", length=None):
    if length is None:
        length = 4 + len(data)
    return struct.pack("!BBH", kind, flags, length) + data + \
        b"\0" * (-len(data) % 4)


def dccp(src, dst, sport, dport, kind, seq, ack=0, data=b"", doff=None,
         short=False, cover=0, service=0):
    """RFC 4340, 5.1: with 48-bit sequence numbers unless short."""
    seq &= (1 << 48) - 1
    ack &= (1 << 48) - 1
    if short:
        rest = struct.pack("!I", kind << 25 | seq & 0xffffff)
    else:
        rest = struct.pack("!BBHI", kind << 1 | 1, 0, seq >> 32,
                           seq & 0xffffffff)
    if kind not in (0, 2):
        rest += struct.pack("!I", ack & 0xffffff) if short else \
            struct.pack("!HHI", 0, ack >> 32, ack & 0xffffffff)
    if kind in (0, 1, 7):
        rest += struct.pack("!I", service)
    if doff is None:
        doff = (8 + len(rest)) // 4
    body = struct.pack("!HHBBH", sport, dport, doff & 255, cover, 0) + rest + data
    return seal(body, 6, src, dst, DCCP)


def gre(version, flags=0, protocol=0x800, data=b"", call=0):
    if version == 1:
        return struct.pack("!HHHH", flags | 0x2001, 0x880b, len(data),
                           call) + data
    return struct.pack("!HH", flags | version, protocol) + data


def words(packet):
    """One line that tells what a packet is, as far as it can be read."""
    try:
        return _words(packet)
    except (struct.error, IndexError, ValueError):
        return "cut short: " + packet.hex()


def _words(packet, inner=False):
    if packet[0] >> 4 == 4:
        head, proto = (packet[0] & 15) * 4, packet[9]
        src, dst = (socket.inet_ntop(socket.AF_INET, packet[i:i + 4])
                    for i in (12, 16))
        frag = struct.unpack("!H", packet[6:8])[0] & 0x3fff
    else:
        head, proto, frag = 40, packet[6], 0
        src, dst = (socket.inet_ntop(socket.AF_INET6, packet[i:i + 16])
                    for i in (8, 24))
        while proto in (0, 43, 44, 60):
            step = 8 if proto == 44 else (packet[head + 1] + 1) * 8
            if proto == 44:
                frag = struct.unpack("!H", packet[head + 2:head + 4])[0]
            proto, head = packet[head], head + step
    body = packet[head:]
    text = f"{NAMES.get(proto, proto)} {src} > {dst}"
    if frag:
        text += f" fragment {frag:#x}"
    if len(body) < 4:
        return f"{text} only {body.hex()}"
    if proto in (TCP, UDP, UDPLITE, SCTP, DCCP):
        text += " ports {} > {}".format(*struct.unpack("!HH", body[:4]))
    return f"{text} {_transport(proto, body, inner)}"


def _transport(proto, body, inner):
    if len(body) < 8:
        return "rest " + body.hex()
    if proto == TCP and len(body) >= 16:
        seq, ack, offset, flags, win = struct.unpack("!IIBBH", body[4:16])
        flags = "".join(c for i, c in enumerate("FSRPAUEC") if flags >> i & 1)
        offset = (offset >> 4) * 4
        return (f"[{flags}] seq {seq} ack {ack} win {win} options "
                f"{body[20:offset].hex()} {len(body) - offset} bytes "
                f"{body[offset:offset + 60]}")
    if proto in (UDP, UDPLITE):
        return "length {} {} bytes".format(
            struct.unpack("!H", body[4:6])[0], len(body) - 8)
    if proto in (ICMP, ICMP6):
        kind, code, _, rest = struct.unpack("!BBHI", body[:8])
        text = f"type {kind} code {code} rest {rest:#x}"
        if len(body) > 8 and not inner and (
                kind in (3, 4, 5, 11, 12) if proto == ICMP else kind < 128):
            try:
                return f"{text} about ({_words(body[8:], True)})"
            except (struct.error, IndexError, ValueError):
                pass
        return f"{text} {body[8:].hex()}"
    if proto == SCTP:
        text, at = f"vtag {body[4:8].hex()}", 12
        while at + 4 <= len(body):
            kind, flags, length = struct.unpack("!BBH", body[at:at + 4])
            text += f" {SCTP_CHUNKS.get(kind, kind)}/{flags} length {length}"
            if kind in (1, 2):
                text += f" tag {body[at + 4:at + 8].hex()}"
            at += max(length + 3 & ~3, 4)
        return text
    if proto == DCCP and len(body) >= 12:
        kind = body[8] >> 1 & 15
        name = DCCP_TYPES[kind] if kind < 10 else kind
        return f"{name} x{body[8] & 1} doff {body[4]} {body[8:].hex()}"
    return body.hex()
