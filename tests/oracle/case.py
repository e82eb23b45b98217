# SPDX-License-Identifier: GPL-2.0-only
"""A packet after which the two disagree, and what their lines say of it."""
import re
import socket
import struct

from packets import (DCCP, FIN, SCTP, SCTP_CHUNKS, SYN, TCP, UDP, UDPLITE,
                     checksum, pseudo)
from script import HOLD

EXPECT = re.compile(r"expect 6 \S+>(\S+) mask=\S+")
LOG = re.compile(r' log "([^"]*)"')
# Of an entry whose numbers NAT's helpers have shifted.
SHIFT = re.compile(r" adj=\d+,(0,[1-9-]|[1-9-])")
# What changes in an entry though a packet moves nothing: time, SEEN_REPLY, and
# by how much NAT's helpers shift from this packet on.
AGED = re.compile(r" left=-?\d+|(?<= status=)\w+| adj=\S+")


def transport(packet):
    """Protocol and what follows the IP headers; do these end in the packet?"""
    if packet[0] >> 4 == 4:
        proto, at = packet[9], (packet[0] & 15) * 4
    else:
        proto, at = packet[6], 40
        while proto in (0, 43, 60) and at + 2 <= len(packet):
            proto, at = packet[at], at + (packet[at + 1] + 1) * 8
    return proto, packet[at:], at <= len(packet)


def fragment(packet):
    """Identification, place in the whole, data; None if it is the whole."""
    if packet[0] >> 4 == 4:
        at = (packet[6] & 0x3f) * 256 + packet[7]
        return at and (packet[4:6], (at & 0x1fff) * 8,
                       packet[(packet[0] & 15) * 4:])
    if packet[6] != 44:
        return None
    return packet[44:48], packet[42] * 256 + (packet[43] & 0xf8), packet[48:]


def put_together(packet, flow):
    """The packet of which this is a fragment; an empty one goes by itself."""
    piece = fragment(packet)
    if not piece:
        return packet
    whole = bytearray()
    for step in flow.steps:
        other = step[0] == b"P" and fragment(step[3])
        if piece[2] and other and other[0] == piece[0]:
            _, at, data = other
            whole.extend(bytes(max(0, at + len(data) - len(whole))))
            whole[at:at + len(data)] = data
    if packet[0] >> 4 == 4:
        return packet[:6] + b"\0\0" + packet[8:(packet[0] & 15) * 4] + whole
    return packet[:6] + packet[40:41] + packet[7:40] + whole


def ends(packet):
    """Source and destination as the lines name them, without the ports."""
    if packet[0] >> 4 == 4:
        return [socket.inet_ntop(socket.AF_INET, packet[i:i + 4])
                for i in (12, 16)]
    return [socket.inet_ntop(socket.AF_INET6, packet[i:i + 16])
            for i in (8, 24)]


def tuple_of(packet, body):
    """The tuple of what has ports, as the lines have it."""
    return ">".join(f"{address}.{port}" for address, port in
                    zip(ends(packet), struct.unpack("!HH", body[:4])))


def end_and_ack(body):
    """Of a TCP segment."""
    end, ack = struct.unpack("!II", body[4:12])
    end += len(body) - (body[12] >> 4) * 4 + bool(body[13] & SYN) + \
        bool(body[13] & FIN)
    return end % 2**32, ack


class Entry:
    """An entry of the table, from its text."""

    def __init__(self, text):
        self.text = text
        self.tuples = text.split(" ")[1:3]
        zone = re.search(r" zone=\S+", text)
        self.zone = zone and zone[0]

    def number(self, name):
        found = re.search(rf"[ ,:]{name}=(\d+)", self.text)
        return int(found[1]) if found else None

    def has_reply(self):
        """IPS_SEEN_REPLY."""
        return int(re.search(r" status=(\w+)", self.text)[1], 16) & 2

    def tags(self):
        """SCTP's verification tags, by direction."""
        return re.search(r" vtag=(\w+),(\w+)", self.text).groups()

    def end(self, way):
        """TCP: td_end of a direction."""
        return int(re.search(rf" {'or'[way]}:end=(\d+)", self.text)[1])

    def offset(self, way, seq):
        """By how much NAT's helpers shifted that number of a direction."""
        adjust = re.findall(r" adj=(\d+),(-?\d+),(-?\d+)", self.text)
        if not adjust:
            return 0
        at, before, after = map(int, adjust[way])
        return after if (at - seq) % 2**32 >= 2**31 else before


def entries(line):
    """Those of a line."""
    return [Entry(text) for text in line.split(" | ")[1:]
            if not text.startswith("expect ")]


class Case:
    """A packet after which the two disagree."""

    def __init__(self, theirs, mine, packet, flow, lines):
        self.lines = lines              # ours, those before
        self.before = lines[-1] if lines else ""
        self.theirs, self.mine = theirs, mine
        self.packet, self.flow = put_together(packet, flow), flow
        # Its place in the flow's steps.
        number = int(mine.split(" ", 1)[0])
        self.step = [n for n, step in enumerate(flow.steps)
                     if step[0] == b"P"][number]
        self.log = [self._log(line) for line in (theirs, mine)]
        self.same_but_log = LOG.sub("", theirs) == LOG.sub("", mine)
        self.proto, self.body, self.has_all_headers = transport(self.packet)
        self.head = self.body.ljust(40, b"\0")

    @staticmethod
    def _log(line):
        found = LOG.search(line)
        return found[1] if found else ""

    def says(self, theirs, mine):
        """Do the lines begin so, after the packet's number?"""
        return all(re.match(rf"\d+ ({what})", line) for what, line in
                   ((theirs, self.theirs), (mine, self.mine)))

    def is_refused_by_ours(self):
        """INVALID; an entry that stock makes may clash in another zone."""
        return self.says("accept", "accept.* INVALID") or \
            self.says("dropped at the end", "accept.* INVALID") and \
            self.has_zones()

    def has_zones(self):
        """Are there packets of more than one zone in the flow, maybe?"""
        return any(step[2] for step in self.flow.steps if step[0] == b"P")

    def logs(self, theirs, mine):
        return bool(re.search(theirs, self.log[0]) and
                    re.search(mine, self.log[1]))

    def without(self, pattern):
        """Are the lines the same but for this?"""
        return re.sub(pattern, "", self.theirs) == \
            re.sub(pattern, "", self.mine)

    def text(self):
        """The data of a TCP segment to or from an FTP server."""
        if self.flow.kind != "ftp" or self.proto != TCP or len(self.body) < 20:
            return b""
        return self.body[(self.body[12] >> 4) * 4:]

    def tuple(self):
        """The packet's tuple as the lines have it, if it has ports."""
        return tuple_of(self.packet, self.head)

    def is_own(self, entry):
        """Has it the packet's tuple?  Without ports, its addresses?"""
        if self.proto not in (TCP, UDP, UDPLITE, SCTP, DCCP):
            return ">".join(ends(self.packet)) in (
                re.sub(r"\.\d+(?=>|$)", "", tuple) for tuple in entry.tuples)
        return len(self.body) >= 4 and self.tuple() in entry.tuples

    def own(self, line):
        """The packet's entry in a line and its direction there."""
        for entry in filter(self.is_own, entries(line)):
            return entry, entry.tuples[0] != self.tuple()
        return None, 0

    def differing(self):
        """The one entry in which the tables differ, theirs and mine."""
        pairs = list(zip(self.theirs.split(" | ")[1:],
                         self.mine.split(" | ")[1:]))
        if self.theirs.count(" | ") != self.mine.count(" | "):
            return None
        pairs = [pair for pair in pairs if pair[0] != pair[1]]
        if len(pairs) != 1 or any(x.startswith("expect ") for x in pairs[0]):
            return None
        return [Entry(text) for text in pairs[0]]

    def is_own_more(self, line, other):
        """Is all that the line has more an entry of this packet?"""
        here, there = (line.split(" | ")[1:] for line in (line, other))
        more = [text for text in here if text not in there]
        return len(more) == 1 and self.is_own(Entry(more[0])) and \
            [text for text in here if text not in more] == there

    @staticmethod
    def is_alone(line, other):
        """Has nothing else of its zone a tuple of what the line has more?"""
        there = other.split(" | ")
        new = [entry for entry in entries(line) if entry.text not in there]
        rest = [entry for entry in entries(line) if entry.text in there]
        return not any(a.zone == b.zone and set(a.tuples) & set(b.tuples)
                       for a in new for b in rest)

    def kept(self, entry):
        """Is this entry of ours as it was before?"""
        return any(AGED.sub("", old.text) == AGED.sub("", entry.text)
                   for old in entries(self.before))

    def same_tables(self):
        return self.theirs.split(" | ")[1:] == self.mine.split(" | ")[1:]

    def expected(self):
        """What ours expects now that it did not before: addresses."""
        return set(EXPECT.findall(self.mine)) - \
            set(EXPECT.findall(self.before))

    def chunks(self):
        """SCTP's chunks: their kinds and flags."""
        found, at = [], 12
        while at + 4 <= len(self.body):
            kind, flags, length = struct.unpack("!BBH", self.body[at:at + 4])
            found.append((SCTP_CHUNKS.get(kind, "OTHER"), flags))
            at += max(length + 3 & ~3, 4)
        return found

    def has_malformed_chunk(self):
        """RFC 9260, 3.2, 3.3.2 and 6.10."""
        at, alone = 12, False
        while at < len(self.body):
            if at + 4 > len(self.body) or alone:
                return True
            kind, _, length = struct.unpack("!BBH", self.body[at:at + 4])
            if not 4 <= length <= len(self.body) - at or \
                    at > 12 and kind in (1, 2, 10, 11, 14):
                return True
            if kind in (1, 2) and (length < 20 or
                                   not any(self.body[at + 4:at + 8])):
                return True
            alone = kind in (1, 2, 14)
            at += length + 3 & ~3
        return at == 12

    def kinds(self):
        return [kind for kind, flags in self.chunks()]

    def let_by(self):
        """End and acknowledgment of the last TCP segment that was let by."""
        numbers = [int(line.split(" ", 1)[0]) for line in self.lines
                   if " ignored, state " in line]
        if not numbers:
            return 0, 0
        packet = put_together(self.flow.octets_of(numbers[-1]), self.flow)
        return end_and_ack(transport(packet)[1])

    def is_offered(self):
        """Waits a heartbeat's tag of the other side to be believed?"""
        entry, way = self.own(self.before)
        return entry and entry.number("offer") == 1 - way

    def strange_tag(self):
        """Is the tag not the one that its direction had before?"""
        entry, way = self.own(self.before)
        return entry and entry.tags()[way] != self.head[4:8].hex()

    def shifted(self):
        """Of the packet's own flow, also if it has been held since."""
        number = self.mine.split(" ", 1)[0]
        lines = [line for line in self.lines if line.startswith(number + " ")]
        return SHIFT.search("".join([self.theirs, self.mine, self.before,
                                     *lines])) or self.about_to_be_shifted()

    def held(self):
        return self.flow.steps[self.step][1] & HOLD

    def died_while_held(self):
        """Was there a time since when no entry of its tuple had a reply?

        The one of which it was a part, ESTABLISHED, had."""
        number = self.mine.split(" ", 1)[0]
        since = [n for n, line in enumerate(self.lines)
                 if line.startswith(number + " ") and "then held" in line]
        return bool(since) and not all(
            any(self.is_own(entry) and entry.has_reply()
                for entry in entries(line)) for line in self.lines[since[0]:])

    def sum_is_right(self, cover):
        """Of the first bytes of the body; the checksum is among them."""
        src, dst = (socket.inet_pton(socket.AF_INET6 if ":" in address else
                                     socket.AF_INET, address)
                    for address in ends(self.packet))
        return checksum(pseudo(src, dst, self.proto, len(self.body)) +
                        self.body[:cover]) == 0

    def about_to_be_shifted(self):
        for step in reversed(self.flow.steps[:self.step]):
            if step[0] in b"PS":
                return step[0] == b"S"
        return False
