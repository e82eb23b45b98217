# SPDX-License-Identifier: GPL-2.0-only
"""Flows as they occur, and as they should not: a seeded grammar.

flow(seed, number) is always the same flow.  Each kind is a function that walks
through the protocol, mostly as the hosts would, and mutates what it sends.
"""
import random
import socket
import struct

import packets as p
from packets import ACK, FIN, PSH, RST, SYN, URG
from script import (DROP, FORWARD, FTP, HOLD, IGNORE_RST, INPUT, LIBERAL,
                    NO_CHECKSUM, NO_LOOSE, OUTPUT, Flow)

M32 = 0xffffffff


class Scene:
    """Two hosts, a third one that should keep out, and the wire."""

    def __init__(self, rng, kind):
        r = self.r = rng
        conf = 0
        if r.random() < .15:
            conf = r.choice((NO_LOOSE, LIBERAL, IGNORE_RST, NO_CHECKSUM,
                             r.randrange(16)))
        self.flow = Flow(kind, conf)
        self.v6 = r.random() < .35
        self.a, self.b, self.c = (self.address(i) for i in (1, 2, 3))
        self.sent = []          # whole packets, oldest first
        self.late = None
        self.path = r.choice((FORWARD,) * 6 + (OUTPUT, INPUT))
        self.zone = 0
        if r.random() < .08:
            self.zone = r.choice((1, 7, 1 | 1 << 16, 1 | 2 << 16, 3 | 3 << 16))
        self.flags = 0
        # What goes wrong in this flow, from nothing to nearly everything.
        self.rate = r.choice((0, .05, .1, .1, .2, .4))

    def address(self, host):
        if self.v6:
            return bytes.fromhex("20010db8") + bytes([self.r.randrange(4)]) + \
                bytes(9) + bytes([self.r.randrange(256), host])
        return bytes([10, host, self.r.randrange(256), self.r.randrange(1, 255)])

    def odd(self, scale=1.0):
        return self.r.random() < self.rate * scale

    def wait(self, *seconds):
        """Mostly not at all; sometimes about as long as an entry lives."""
        r = self.r
        if r.random() < .06:
            r.choice((lambda: self.flow.wait(r.choice((1000, 2000, 3000, 5000))),
                      lambda: self.flow.wait(1000 * (r.choice(seconds or (30,))
                                                     + r.choice((-1, 1)))),
                      lambda: self.flow.wait(1000 * r.choice(
                          (3, 9, 11, 29, 31, 59, 61, 119, 121, 179, 181, 209,
                           211, 239, 241, 299, 301, 479, 481, 599, 601, 43199,
                           43201, 431999, 432001)))))()

    def emit(self, packet, path=None):
        """Onto the wire: lost, doubled, late, damaged, dropped, held."""
        r = self.r
        self.sent.append(packet)
        if self.odd(.3):
            return              # lost
        if self.late is None and self.odd(.3):
            self.late = packet
            return
        if self.odd(.15):
            packet = damaged(r, packet)
        flags = self.flags | (self.path if path is None else path)
        if self.odd(.1):
            flags |= r.choice((DROP, HOLD))
        zone = self.zone
        if zone and self.odd(.2):
            zone = 0
        if len(packet) > 80 and self.odd(.1):
            for piece in fragments(r, packet):
                self.flow.packet(piece, flags & ~HOLD, zone)
        else:
            self.flow.packet(packet, flags, zone)
        if self.odd(.2):
            self.flow.packet(packet, flags & ~HOLD, zone)
        if self.late and self.odd(1.5):
            self.flow.packet(self.late, flags & ~HOLD, zone)
            self.late = None
        if r.random() < .02:
            self.flow.release()
        if self.odd(.25):
            icmp_error(self, r.choice(self.sent))
        if self.odd(.1):
            self.flow.packet(r.choice(self.sent), self.flags | self.path, zone)

    def ends(self, way):
        return (self.a, self.b) if way == 0 else (self.b, self.a)

    def ip(self, way, proto, body):
        src, dst = self.ends(way)
        options = b""
        if self.v6 and self.odd(.05):
            options = struct.pack("!BBHI", proto, 0, 0x104, 0)
            proto = self.r.choice((0, 60, 43))
        elif not self.v6 and self.odd(.05):
            options = b"\1" * 4 * self.r.randrange(1, 4)
        return p.ip(src, dst, proto, body, self.r.randrange(65536),
                    options=options)

    def done(self):
        if self.late:
            self.flow.packet(self.late, self.flags | self.path, self.zone)
        self.flow.release()
        return self.flow


def body_of(packet):
    """Where the transport header begins, extension headers aside."""
    return (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40


def resized(packet, body):
    """The same IP header about another body."""
    at = body_of(packet)
    head = bytearray(packet[:at])
    if head[0] >> 4 == 4:
        head[2:4] = struct.pack("!H", at + len(body))
        head[10:12] = b"\0\0"
        head[10:12] = struct.pack("!H", p.checksum(bytes(head)))
    else:
        head[4:6] = struct.pack("!H", len(body))
    return bytes(head) + body


def damaged(r, packet):
    """A bit flipped, cut short, or lengthened."""
    at = body_of(packet)
    body = bytearray(packet[at:])
    how = r.randrange(4)
    if how == 0:
        return resized(packet, bytes(body[:r.randrange(len(body) + 1)]))
    if how == 1 and body:
        return resized(packet, bytes(body[:r.randrange(min(len(body), 21) + 1)]))
    if how == 2:
        return resized(packet, bytes(body) + b"x" * r.randrange(1, 9))
    if body:
        body[r.randrange(len(body))] ^= 1 << r.randrange(8)
    return resized(packet, bytes(body))


def fragments(r, packet):
    """Two or three pieces, in any order, sometimes with one missing."""
    at = body_of(packet)
    body = packet[at:]
    cuts = sorted({8 * r.randrange(1, max(2, len(body) // 8))
                   for _ in range(r.randrange(1, 3))})
    bounds = [0] + [c for c in cuts if c < len(body)] + [len(body)]
    pieces = []
    ident = r.randrange(1 << 16)
    for begin, end in zip(bounds, bounds[1:]):
        more = end < len(body)
        if packet[0] >> 4 == 4:
            pieces.append(p.ip(packet[12:16], packet[16:20], packet[9],
                               body[begin:end], ident,
                               (more << 13) | begin // 8,
                               options=packet[20:at]))
        else:
            pieces.append(p.ip(packet[8:24], packet[24:40], 44, body[begin:end],
                               options=p.fragment6(packet[6], ident, begin,
                                                   more)))
    if r.random() < .3:
        r.shuffle(pieces)
    if r.random() < .1:
        pieces.pop(r.randrange(len(pieces)))
    return pieces


ERRORS4 = ((3, 0), (3, 1), (3, 3), (3, 4), (3, 13), (4, 0), (5, 0), (5, 1),
           (11, 0), (11, 1), (12, 0))
ERRORS6 = ((1, 0), (1, 1), (1, 4), (2, 0), (3, 0), (4, 0), (4, 1), (137, 0),
           (127, 0), (101, 0), (5, 0))


def icmp_error(s, about):
    """An error about a packet, true or not; it goes back to who sent it."""
    r = s.r
    v6 = about[0] >> 4 == 6
    at = body_of(about)
    src, dst = (about[8:24], about[24:40]) if v6 else (about[12:16], about[16:20])
    quoted = about
    lie = r.randrange(10)
    if lie == 0:                # other ports or the like
        quoted = about[:at] + bytes([r.randrange(256)]) + about[at + 1:]
    elif lie == 1:              # the reverse, which nobody sent
        head = bytearray(about)
        where = 8 if v6 else 12
        head[where:where + 2 * len(src)] = dst + src
        quoted = bytes(head)
    elif lie == 2:
        quoted = about[:r.randrange(len(about) + 1)]
    elif lie == 3:
        quoted = about[:at + r.choice((0, 4, 7, 8))]
    sender = r.choice((dst, dst, s.c, s.c, s.c))
    receiver = src if r.random() < .9 else r.choice((dst, s.c))
    kind, code = r.choice(ERRORS6 if v6 else ERRORS4)
    if v6 and kind == 137:
        # Target and destination come before the options.
        quoted = s.c + dst + r.choice((b"", struct.pack(
            "!BBHI", 4, (8 + len(quoted) + 7) // 8 & 255, 0, 0))) + quoted
    if lie == 4:
        kind, code = r.randrange(256), r.randrange(256)
    if lie == 5:
        # An error about an error, RFC 1122, 3.2.2.
        inner = p.icmp(src, dst, *r.choice(ERRORS6 if v6 else ERRORS4), 0, quoted)
        quoted = p.ip(src, dst, p.ICMP6 if v6 else p.ICMP, inner)
    body = p.icmp(sender, receiver, kind, code, r.choice((0, 1500, 1 << 24)),
                  quoted[:r.choice((548, 548, 28 + 20))])
    packet = p.ip(sender, receiver, p.ICMP6 if v6 else p.ICMP, body, ttl=255)
    if r.random() < .05:
        packet = damaged(r, packet)
    s.flow.packet(packet, s.path, s.zone)


# TCP

class Host:
    """One end of a TCP connection."""

    def __init__(self, r):
        self.isn = r.choice((r.getrandbits(32), r.getrandbits(32), 0,
                             M32 - r.randrange(3000)))
        self.next = self.isn
        self.win = r.choice((0, 1, 1000, 8192, 29200, 65535, r.randrange(65536)))
        self.scale = r.choice((None, None, 0, 1, 2, 7, 7, 10, 14,
                               r.randrange(256)))
        self.sack = r.random() < .6
        self.stamps = r.random() < .4
        self.known = None       # what it got of the other's, None before a SYN
        self.scaling = 0


class Tcp:
    """A connection between the scene's hosts, as both see it."""

    def __init__(self, s, sport=None, dport=None):
        r = s.r
        self.s = s
        self.ports = [sport or r.randrange(1024, 65536),
                      dport or r.choice((22, 80, 443, r.randrange(1, 65536)))]
        self.host = [Host(r), Host(r)]

    def options(self, way, flags):
        r, me = self.s.r, self.host[way]
        text = b""
        if flags & SYN:
            text += struct.pack("!BBH", 2, 4, 1460)
            if me.scale is not None:
                text += b"\1" + bytes([3, 3, me.scale])
            if me.sack:
                text += b"\1\1" + bytes([4, 2])
        if me.stamps:
            text += b"\1\1" + struct.pack("!BBII", 8, 10, r.getrandbits(16), 0)
        if not flags & SYN and me.sack and r.random() < .1 and me.known is not None:
            edge = me.known + r.choice((0, 1, 1460, 3000, -3000, r.getrandbits(32)))
            count = r.randrange(1, 4)
            text += b"\1\1" + bytes([5, 2 + 8 * count]) + b"".join(
                struct.pack("!II", (edge + i * 2920) & M32,
                            (edge + i * 2920 + 1460) & M32)
                for i in range(count))
        if self.s.odd(.1):
            text = r.choice((b"\2", b"\3\3", b"\3\2", b"\3\0", b"\3\4\1\1",
                             b"\5\12\1\2\3", b"\0\3\3\7", b"\xfe\4zz",
                             b"\5\2", text[:-1], r.randbytes(r.randrange(41))))
        return text[:40]

    def edge(self, way):
        """A sequence or acknowledgment number near a bound of the window."""
        r, me, peer = self.s.r, self.host[way], self.host[1 - way]
        top = (peer.win << peer.scaling)
        mine = (me.win << me.scaling)
        base = r.choice((me.next, peer.known or me.isn, me.isn))
        return base + r.choice((0, top, -top, mine, -mine, 1, -mine - 1, 66000,
                                -66000, 1 << 31, 1 << 16)) + r.randrange(-2, 3)

    def send(self, way, flags, length=0, data=None, moves=True):
        s, r = self.s, self.s.r
        me, peer = self.host[way], self.host[1 - way]
        if data is None:
            data = bytes(length)
        seq, ack, win = me.next, 0, me.win
        if flags & ACK:
            ack = me.known if me.known is not None else r.getrandbits(32)
        options = self.options(way, flags)
        if moves:
            me.next = seq + len(data) + bool(flags & SYN) + bool(flags & FIN) & M32
        if s.odd():
            what = r.randrange(10)
            if what == 0:
                seq = self.edge(way)
            elif what == 1:
                ack = self.edge(1 - way)
            elif what == 2:
                seq += r.choice((-1, 1, 2, -2, 1000, -1000))
            elif what == 3:
                ack += r.choice((-1, 1, 2, -2, 1000, -1000, -66000, 100000))
            elif what == 4:
                win = r.choice((0, 1, 65535, r.randrange(65536)))
            elif what == 5:
                flags = r.getrandbits(8)
            elif what == 6:
                flags ^= r.choice((SYN, FIN, RST, ACK, PSH, URG, 64, 128))
            elif what == 7:
                seq = r.getrandbits(32)
            elif what == 8:
                ack = r.getrandbits(32)
            else:
                seq, ack = self.edge(way), self.edge(1 - way)
        offset = r.randrange(16) if s.odd(.03) else None
        src, dst = s.ends(way)
        packet = s.ip(way, p.TCP, p.tcp(src, dst, self.ports[way],
                                        self.ports[1 - way], seq, ack, flags,
                                        win, options, data, offset))
        before = len(s.flow.steps)
        s.emit(packet)
        if len(s.flow.steps) > before or r.random() < .5:
            peer.known = me.next
        if flags & SYN and flags & ACK and me.scale is not None and \
                peer.scale is not None:
            me.scaling, peer.scaling = min(me.scale, 14), min(peer.scale, 14)

    def shake(self):
        """The handshake, or something like it."""
        r = self.s.r
        how = r.random()
        if how < .1:            # midway
            for host, peer in zip(self.host, self.host[::-1]):
                host.known = peer.next
                host.scaling = r.choice((0, 0, 7))
        elif how < .18:         # both at once
            self.send(0, SYN)
            self.send(1, SYN)
            self.host[0].next, self.host[1].next = (h.isn for h in self.host)
            self.send(0, SYN | ACK)
            self.send(1, SYN | ACK)
        else:
            for _ in range(1 + self.s.odd()):
                self.host[0].next = self.host[0].isn
                self.send(0, SYN | r.choice((0, 0, 0, 0xc0)))
            for _ in range(1 + self.s.odd()):
                self.host[1].next = self.host[1].isn
                self.send(1, SYN | ACK)
            self.send(0, ACK)

    def again(self):
        """The same ports, numbers from ahead, behind or anywhere."""
        r = self.s.r
        for host in self.host:
            host.isn = host.next + r.choice((1, 64000, 250000, -1, -70000,
                                             r.getrandbits(32))) & M32
            host.next, host.known, host.scaling = host.isn, None, 0
        if r.random() < .3:
            self.ports.reverse()
            self.s.a, self.s.b = self.s.b, self.s.a
        self.shake()

    def close(self):
        r = self.s.r
        first = r.randrange(2)
        how = r.random()
        if how < .25:
            self.send(first, r.choice((RST, RST | ACK)))
        elif how < .35:
            self.send(first, FIN | ACK)
            self.send(1 - first, RST)
        elif how < .5:
            self.send(first, FIN | ACK)
            self.send(1 - first, FIN | ACK)
            self.send(first, ACK)
            self.send(1 - first, ACK)
        else:
            self.send(first, FIN | ACK)
            self.send(1 - first, ACK)
            if r.random() < .4:
                self.send(1 - first, ACK | PSH, r.randrange(1, 500))
            self.send(1 - first, FIN | ACK)
            self.send(first, ACK)

    def act(self):
        s, r = self.s, self.s.r
        way = r.randrange(2)
        me = self.host[way]
        s.wait(10, 60, 120, 300, 432000)
        what = r.randrange(16)
        if what < 6:
            self.send(way, ACK | r.choice((0, PSH)),
                      r.choice((1, 10, 536, 1000, r.randrange(1400))))
        elif what < 9:
            me.win = r.choice((me.win, 0, r.randrange(65536)))
            self.send(way, ACK)
        elif what == 9:         # keepalive
            keep, me.next = me.next, me.next - 1
            self.send(way, ACK, r.randrange(2), moves=False)
            me.next = keep
        elif what == 10 and s.sent:     # sent again
            for _ in range(r.choice((1, 1, 4))):
                s.emit(r.choice(s.sent[-6:]))
        elif what == 11:        # an answer to what was once sent
            self.send(way, r.choice((SYN, SYN | ACK, RST, RST | ACK, FIN | ACK,
                                     FIN, ACK, 0, SYN | FIN)), moves=False)
        elif what == 12:
            self.close()
        elif what == 13:
            self.again()
        elif what == 14:        # a challenge: SYN, then what answers it
            keep = me.next
            me.next = r.choice((me.next, me.isn, r.getrandbits(32)))
            self.send(way, SYN, moves=False)
            me.next = keep
            self.send(1 - way, ACK)
            self.send(way, r.choice((RST, ACK)))
        else:
            self.send(way, ACK | PSH | URG, 5)


def tcp(s):
    c = Tcp(s)
    c.shake()
    if s.r.random() < .05:
        s.flow.shift(s.r.choice((1, -1, 20, -20, 1000)))
    for _ in range(s.r.choice((2, 5, 10, 20))):
        c.act()
    if s.r.random() < .6:
        c.close()
    if s.r.random() < .3:
        s.wait(10, 60, 120)
        c.again()


def shifted(s):
    """A helper changes the length of what is said, several times."""
    c = Tcp(s)
    s.flow.shift(s.r.choice((0, 5, -5)))
    c.shake()
    for _ in range(s.r.choice((5, 10, 15))):
        if s.r.random() < .4:
            s.flow.shift(s.r.choice((1, -1, 3, -3, 20, -20)))
        c.act()


# FTP

def number(r, top):
    return r.choice((r.randrange(1, top + 1), r.randrange(1, top + 1), top,
                     top + 1, 0, 10 * top + 6, 1 << 32, (1 << 32) + 5))


def host_port(s, way):
    """h1,h2,h3,h4,p1,p2: mostly the sender's own."""
    r = s.r
    address = s.ends(way)[0][-4:] if r.random() < .9 else s.c[-4:]
    values = list(address) + [r.randrange(256), r.randrange(256)]
    if r.random() < .12:
        values[r.randrange(6)] = number(r, 255)
    text = ",".join(f"{'0' if r.random() < .03 else ''}{v}" for v in values)
    if r.random() < .06:
        text = r.choice((text[:-2], text + ",1", text.replace(",", ".", 1),
                         text.replace(",", ", ", 1), text + " ", "," + text,
                         text.replace(",", "x"), text + "x"))
    return text


def eprt(s, way):
    r = s.r
    address = s.ends(way)[0] if r.random() < .9 else s.c
    family = 2 if s.v6 else 1
    text = socket.inet_ntop(socket.AF_INET6 if s.v6 else socket.AF_INET, address)
    if r.random() < .1:
        family = r.choice((1, 2, 3, 11, 0))
    mark = r.choice("||||!#,1a\t ")
    port = r.randrange(1, 65536) if r.random() < .9 else number(r, 65535)
    text = f"{mark}{family}{mark}{text}{mark}{port}{mark}"
    if r.random() < .08:
        text = r.choice((text[:-1], text[1:], text + mark, text.upper(),
                         text.replace(str(family), "", 1),
                         text.replace(mark, "|", 1)))
    return text


def epsv(r):
    mark = r.choice("||||!#a1")
    port = r.randrange(1, 65536) if r.random() < .9 else number(r, 65535)
    text = f"({mark * 3}{port}{mark})"
    if r.random() < .1:
        text = r.choice((text[:-1], text[1:], text[:-2] + ")",
                         text.replace(mark, "", 1), "(" + text,
                         text.replace(")", "x)"), f"(|1||{port}|)"))
    return text


def cased(r, text):
    return r.choice((text, text, text, text.lower(), text.title()))


def utterance(s):
    """Who speaks, and what."""
    r = s.r
    what = r.randrange(9)
    end = r.choice(("\r\n",) * 6 + ("\n", "\r", "", " \r\n", "\0\r\n"))
    space = r.choice((" ",) * 8 + ("", "  ", "\t"))
    if what < 2:
        return 0, cased(r, "PORT") + space + host_port(s, 0) + end
    if what < 4:
        lead = r.choice(("227 Entering Passive Mode (", "227 Entering Passive Mode (",
                         "227 =", "227 ", "227-(", "227 Ok. ", "226 (",
                         "227 Entering Passive Mode 1 (", "227 a ((", "227"))
        return 1, lead + host_port(s, 1) + r.choice((")", ").", "", ")")) + end
    if what < 6:
        return 0, cased(r, "EPRT") + space + eprt(s, 0) + end
    if what < 8:
        lead = r.choice(("229 Entering Extended Passive Mode ",) * 4 +
                        ("229 ", "229", "228 ", "229 1 ", "229-x "))
        return 1, lead + epsv(r) + end
    return r.choice(((0, "USER anonymous\r\n"), (1, "220 Welcome\r\n"),
                     (0, "LIST\r\n"), (1, "150 Here it comes\r\n"),
                     (0, "RETR a\r\nPORT " + host_port(s, 0) + end),
                     (1, "PORT " + host_port(s, 1) + end),
                     (0, "227 (" + host_port(s, 0) + ")" + end),
                     (0, "XPORT " + host_port(s, 0) + end),
                     (0, "\r\n"), (1, "x"), (0, "PORT"), (0, "EPRT |1|"),
                     (1, "227 "), (1, "229 (|||")))


def ftp(s):
    r = s.r
    s.flags = FTP if r.random() < .97 else 0
    s.path = FORWARD
    s.rate = r.choice((0, 0, 0, .05, .1))
    c = Tcp(s, dport=21)
    c.shake()
    for _ in range(r.randrange(2, 8)):
        way, text = utterance(s)
        text = text.encode()
        at = 0
        while at < len(text):
            step = len(text) if r.random() < .75 else r.randrange(1, len(text) + 1)
            c.send(way, ACK | PSH, data=text[at:at + step])
            at += step
        if r.random() < .7:
            c.send(1 - way, ACK)
        if r.random() < .3:
            data_connection(s, c, text)
        if r.random() < .03:
            s.flow.wait(1000 * r.choice((299, 301)))


def data_connection(s, c, text):
    """What may have been agreed upon."""
    r = s.r
    digits = "".join(ch if ch.isdigit() else " " for ch in text.decode()).split()
    if not digits:
        return
    port = int(digits[-1]) & 65535
    if len(digits) >= 6 and "," in text.decode():
        port = (int(digits[-2]) & 255) * 256 + (int(digits[-1]) & 255)
    way = 1 if text[:1] in b"PEpe" else 0
    src, dst = s.ends(way)
    if r.random() < .1:
        src = s.c
    sport = r.choice((20, r.randrange(1024, 65536)))
    isn = r.getrandbits(32)
    flags = s.flags
    s.flags = 0
    s.emit(p.ip(src, dst, p.TCP, p.tcp(src, dst, sport, port, isn, 0, SYN, 1000)))
    s.emit(p.ip(dst, src, p.TCP, p.tcp(dst, src, port, sport, 7, isn + 1,
                                       SYN | ACK, 1000)))
    if r.random() < .2:         # once more: it is used up
        s.emit(p.ip(src, dst, p.TCP, p.tcp(src, dst, sport + 1 & 65535, port,
                                           isn, 0, SYN, 1000)))
    s.flags = flags


# The others

def udp(s, lite=False):
    r = s.r
    ports = [r.randrange(1, 65536), r.choice((53, 123, 500, r.randrange(65536)))]
    proto, make = (p.UDPLITE, p.udplite) if lite else (p.UDP, p.udp)
    if lite and r.random() < .7:
        s.flow.conf |= NO_CHECKSUM      # stock sums up another pseudo header
    if r.random() < .1:         # both speak first
        for way in 0, 1:
            src, dst = s.ends(way)
            s.flow.packet(s.ip(way, proto, make(src, dst, ports[way],
                                                ports[1 - way], b"hello")),
                          s.path | HOLD, s.zone)
        s.flow.release()
    for _ in range(r.choice((2, 4, 8, 12))):
        way = int(r.random() < .45)
        src, dst = s.ends(way)
        s.wait(30, 120, 2)
        data = bytes(r.choice((0, 1, 12, 100, 600)))
        extra = ()
        if s.odd(.3):
            extra = (r.choice((0, 1, 7, 8, 9, 12, 65535, 8 + len(data) + 1,
                               max(8 + len(data) - 1, 0))),)
        body = make(src, dst, ports[way], ports[1 - way], data, *extra)
        if s.odd(.2):
            body = body[:6] + r.choice((b"\0\0", b"\x12\x34")) + body[8:]
        s.emit(s.ip(way, proto, body))
        if s.odd(.1):
            ports[r.randrange(2)] = r.choice((0, r.randrange(65536)))


def udplite(s):
    udp(s, True)


def icmp(s):
    """Queries of all kinds, answers, answers to none, and what is neither."""
    r = s.r
    pairs = ((128, 129), (128, 129), (139, 140), (130, 131)) if s.v6 else \
        ((8, 0), (8, 0), (13, 14), (15, 16), (17, 18))
    ask, answer = r.choice(pairs)
    ident = r.randrange(65536)
    proto = p.ICMP6 if s.v6 else p.ICMP
    for n in range(r.choice((2, 4, 8, 12))):
        way = r.randrange(2)
        kind = answer if way else ask
        if s.odd(.4):
            kind = r.choice((ask, answer, r.randrange(256), 9, 10, 133, 134,
                             135, 136, 143, 151, 152, 153))
        s.wait(30)
        src, dst = s.ends(way)
        code = r.randrange(256) if s.odd(.2) else 0
        if s.odd(.2):
            ident ^= 1 << r.randrange(16)
        body = p.icmp(src, dst, kind, code, ident << 16 | n,
                      bytes(r.choice((0, 8, 56))))
        s.emit(s.ip(way, proto, body))


def sctp_chunk(r, kind, tag, flags=0):
    data = b""
    if kind in (1, 2):
        data = struct.pack("!IIHHI", tag, 65535, 10, 10, 1)
    elif kind == 0:
        data = struct.pack("!IHHI", 1, 0, 0, 0) + b"data"
        flags = 3
    elif kind in (4, 5, 10):
        data = b"\0\1\0\x0cheartbea"
    elif kind == 3:
        data = struct.pack("!IIHH", 1, 65535, 0, 0)
    elif kind == 7:
        data = struct.pack("!I", 1)
    return p.chunk(kind, flags, data)


def sctp(s):
    r = s.r
    ports = [r.randrange(1, 65536), r.choice((132, 36412, r.randrange(65536)))]
    tags = [r.getrandbits(32) or 1, r.getrandbits(32) or 1]  # each one's own
    story = [(0, 1), (1, 2), (0, 10), (1, 11)]
    for _ in range(r.choice((1, 4, 8))):
        way = r.randrange(2)
        story += r.choice(([(way, 0), (1 - way, 3)], [(way, 4), (1 - way, 5)],
                           [(way, 6)], [(way, 7), (1 - way, 8), (way, 14)],
                           [(way, 9)], [(way, r.randrange(17))],
                           [(0, 1), (1, 2), (0, 10), (1, 11)],
                           [(way, 1), (1 - way, 2)], [(way, 8), (1 - way, 14)],
                           [(way, 7), (1 - way, 7), (way, 8), (1 - way, 8)]))
    if r.random() < .2:
        story = story[r.randrange(4):]
    for way, kind in story:
        s.wait(3, 10, 30, 210)
        if s.odd(.3):
            way = 1 - way
        if s.odd(.3):
            kind = r.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14,
                             r.randrange(256)))
        if kind == 1 and s.odd(.3):
            tags[way] = r.getrandbits(32)
        flags, vtag = 0, tags[1 - way]
        if kind == 1:
            vtag = 0
        if kind in (6, 14) and r.random() < .35:
            flags, vtag = 1, r.choice((tags[way], tags[1 - way]))
        if s.odd(.25):
            vtag = r.choice((0, tags[0], tags[1], r.getrandbits(32)))
        body = sctp_chunk(r, kind, tags[way], flags)
        if r.random() < .12:    # several in one
            more = r.choice((0, 3, 5, 4, 6, 7, 9, 11, 1, 2, 14, 8))
            body = r.choice((body + sctp_chunk(r, more, tags[way]),
                             sctp_chunk(r, more, tags[way]) + body))
        if s.odd(.15):
            body = r.choice((p.chunk(kind, 0, b"", r.choice((0, 1, 3, 5, 65535))),
                             body + r.choice((b"\0", b"\0\0\0\0", b"\5\0\0\0",
                                              b"\3\0\xff\xff")), b""))
        packet = p.sctp(ports[way], ports[1 - way], vtag, body)
        if s.odd(.05):
            packet = packet[:8] + b"\1\2\3\4" + packet[12:]
        s.emit(s.ip(way, p.SCTP, packet))


def dccp(s):
    r = s.r
    ports = [r.randrange(1, 65536), r.randrange(1, 65536)]
    seqs = [r.getrandbits(48), r.getrandbits(48)]
    story = [(0, 0), (1, 1), (0, 3)]
    for _ in range(r.choice((1, 4, 8))):
        way = r.randrange(2)
        story += r.choice(([(way, 2)], [(way, 4), (1 - way, 3)], [(way, 3)],
                           [(way, 4)], [(way, 8), (1 - way, 9)],
                           [(1, 5), (0, 6), (1, 7)], [(0, 6), (1, 7)],
                           [(1, 6), (0, 7)], [(way, 7)],
                           [(0, 0), (1, 1), (0, 3)], [(way, r.randrange(10))]))
    if r.random() < .2:
        story = story[r.randrange(3):]
    for way, kind in story:
        s.wait(64, 240, 480, 43200)
        if s.odd(.3):
            way = 1 - way
        if s.odd(.3):
            kind = r.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, r.randrange(16)))
        seqs[way] += 1
        ack = seqs[1 - way]
        if s.odd(.2):
            ack = r.choice((ack - 1, ack + 1, r.getrandbits(48), 0))
        more = {}
        if s.odd(.2):
            more = r.choice(({"doff": r.randrange(256)}, {"cover": r.randrange(16)},
                             {"short": True}))
        src, dst = s.ends(way)
        body = p.dccp(src, dst, ports[way], ports[1 - way], kind, seqs[way], ack,
                      b"data" * r.choice((0, 1, 2, 1, 0, 2, 100)), **more)
        if s.odd(.1):
            body = body[:6] + b"\1\2" + body[8:]
        s.emit(s.ip(way, p.DCCP, body))


def gre(s):
    r = s.r
    version = r.choice((0, 0, 1, 1, 2))
    calls = r.randrange(65536), r.randrange(65536)
    for _ in range(r.choice((2, 5, 8))):
        way = r.randrange(2)
        s.wait(30, 180)
        flags = r.choice((0, 0, 0x1000, 0x2000, r.getrandbits(13) << 3))
        body = p.gre(version, flags, data=b"payload", call=calls[way])
        if s.odd(.1):
            body = p.gre(r.randrange(8), flags, r.getrandbits(16))
        s.emit(s.ip(way, p.GRE, body))


def generic(s):
    """Protocols without a tracker, and bodies that are none."""
    r = s.r
    proto = r.choice((2, 4, 41, 50, 51, 89, 103, 112, 253, 255, 59,
                      r.randrange(256)))
    if s.v6 and proto in (0, 43, 44, 51, 60):
        proto = 253
    for _ in range(r.choice((2, 5))):
        s.wait(600)
        s.emit(s.ip(r.randrange(2), proto, r.randbytes(r.choice((0, 1, 4, 8, 40)))))


def rubbish(s):
    """Random bodies under the protocols that have a tracker."""
    r = s.r
    for _ in range(r.randrange(2, 6)):
        proto = r.choice((p.ICMP, p.TCP, p.UDP, p.GRE, p.DCCP, p.SCTP,
                          p.UDPLITE, p.ICMP6))
        s.emit(s.ip(r.randrange(2), proto, r.randbytes(r.randrange(60))))


KINDS = ((tcp, 40), (shifted, 4), (ftp, 14), (udp, 8), (udplite, 3), (icmp, 8),
         (sctp, 12), (dccp, 8), (gre, 3), (generic, 2), (rubbish, 2))
KIND_OF = [kind for kind, weight in KINDS for _ in range(weight)]


def flow(seed, number):
    rng = random.Random(f"{seed}.{number}")
    kind = rng.choice(KIND_OF)
    scene = Scene(rng, kind.__name__)
    kind(scene)
    return scene.done()
