# SPDX-License-Identifier: GPL-2.0-only
"""What ours does differently from stock on purpose, as narrowly as it goes.

A rule is a function named for the difference; docs/differences.md has a row for
each.  It sees the case and tells whether it is the one.
"""
import re

from packets import (ACK, DCCP, GRE, ICMP, ICMP6, RST, SCTP, SYN, TCP, UDPLITE,
                     words)

EXPECT = re.compile(r"expect 6 \S+ mask=\S+")
LOG = re.compile(r' log "([^"]*)"')


def transport(packet):
    """Protocol, what follows the IP headers, and what fragments share."""
    if packet[0] >> 4 == 4:
        ident = packet[4:6] if packet[6] & 0x3f or packet[7] else None
        return packet[9], packet[(packet[0] & 15) * 4:], ident
    proto, at, ident = packet[6], 40, None
    while proto in (0, 43, 44, 60) and at + 8 <= len(packet):
        step = 8 if proto == 44 else (packet[at + 1] + 1) * 8
        if proto == 44:
            ident = packet[at + 4:at + 8]
        proto, at = packet[at], at + step
    return proto, packet[at:], ident


def first_fragment(packet):
    if packet[0] >> 4 == 4:
        return not packet[6] & 0x1f and not packet[7]
    return not packet[42] and not packet[43] & 0xf8


class Case:
    """A packet after which the two disagree."""

    def __init__(self, theirs, mine, packet, flow, before):
        self.before = before
        self.theirs, self.mine = theirs, mine
        self.packet, self.flow = packet, flow
        self.log = [self._log(line) for line in (theirs, mine)]
        self.same_but_log = LOG.sub("", theirs) == LOG.sub("", mine)
        self.proto, self.body = self._transport()
        self.head = self.body.ljust(40, b"\0")

    @staticmethod
    def _log(line):
        found = LOG.search(line)
        return found[1] if found else ""

    def _transport(self):
        """The protocol and what follows the IP headers.

        Of a fragment the first one's, which came before."""
        proto, body, ident = transport(self.packet)
        if ident is not None:
            for step in self.flow.steps:
                if step[0] == b"P" and transport(step[3])[2] == ident and \
                        first_fragment(step[3]):
                    return proto, transport(step[3])[1]
        return proto, body

    def says(self, theirs, mine):
        """Do the lines begin so, after the packet's number?"""
        return all(re.match(rf"\d+ ({what})", line) for what, line in
                   ((theirs, self.theirs), (mine, self.mine)))

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

    def shifted(self):
        return re.search(r" adj=\d+,(0,[1-9-]|[1-9-])",
                         self.theirs + self.mine)


def log_for_every_reason(c):
    """Where stock says nothing; how a packet is told apart is not the same."""
    return c.same_but_log and not c.log[0] and re.search(
        r"^nf_ct_proto_\d+: (invalid new|reply without a query|short packet|"
        r"error quotes no whole header|error about an unknown flow|"
        r"outer daddr \S+ != inner \S+|invalid icmp type|malformed chunk|"
        r"nf_ct_sctp: short packet |verification tag|chunk invalid in this state|"
        r"INIT ACK of an older handshake|"
        r"invalid saddr or hoplimit for redirect)", c.log[1])


def sctp_log_words(c):
    return c.same_but_log and c.logs(
        r"^nf_ct_proto_132: (do_basic_checks failed|verification tag check|"
        r"Invalid, old_state)",
        r"^nf_ct_proto_132: (malformed chunk|invalid new|verification tag check|"
        r"chunk invalid in this state)")


def dccp_log_words(c):
    return c.same_but_log and c.logs(
        r"^nf_ct_proto_33: nf_ct_dccp: (truncated/malformed packet|bad checksum) ",
        r"^nf_ct_proto_33: (nf_ct_dccp: reserved packet type|"
        r"nf_ct_dccp: type lacks 48bit|nf_ct_dccp: bad checksum coverage|"
        r"invalid state transition)")


def both_speak_first(c):
    return c.proto not in (TCP, SCTP, DCCP, ICMP, ICMP6) and \
        c.says("accept NEW", "accept ESTABLISHED_REPLY")


def clash_between_zones(c):
    return c.says("accept NEW", "dropped at the end") and \
        any(step[2] for step in c.flow.steps if step[0] == b"P")


def udplite_checksum(c):
    return c.proto == UDPLITE and c.says("accept.* INVALID", "accept") and \
        c.logs("^nf_ct_proto_136: bad checksum ;$", "^$")


def dccp_short(c):
    return c.proto == DCCP and c.says("dropped ?", "accept") and \
        (len(c.body) < 24 or "INVALID" in c.mine)


def dccp_header_cut(c):
    return c.proto == DCCP and c.says("accept", "accept.* INVALID") and \
        "truncated/malformed packet" in c.log[1]


def dccp_assured_by_dataack(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 4 and \
        c.without(r"status=\w+")


def dccp_close_again(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 6 and \
        c.says("accept.* INVALID", "accept.* ESTABLISHED") and \
        "invalid state transition" in c.log[0]


def dccp_coverage(c):
    if c.proto != DCCP or not c.head[5] & 15:
        return False
    return c.says("accept", "accept.* INVALID") and \
        "bad checksum coverage" in c.log[1] or \
        c.says("accept.* INVALID", "accept") and \
        "nf_ct_dccp: bad checksum " in c.log[0]


def dccp_reopened(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 0 and \
        c.says("accept.* ESTABLISHED", "accept.* NEW")


def dccp_response_again(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 1 and \
        c.without(r"handshake=\d+")


def gre_short(c):
    return c.says("accept", "accept.* INVALID") and \
        (c.proto == GRE and len(c.body) < 8 or
         c.proto in (ICMP, ICMP6) and "about (gre" in words(c.packet))


def ftp_partial(c):
    """No newline yet: stock is content with a number that seems complete."""
    return b"\n" not in c.text() and \
        c.says("accept", "dropped at the end") and \
        "partial matching" in c.log[1]


def ftp_malformed(c):
    """A line that is no command after all: stock waits for its rest.

    Of a packet in fragments the text is not at hand."""
    whole = b"\n" in c.text() or transport(c.packet)[2] is not None or \
        not re.match(rb"(?i)(port|eprt) |22[79] ", c.text())
    return whole and c.says("dropped at the end", "accept") and \
        "partial matching" in c.log[0] and "ftp" not in c.log[1]


def ftp_strict(c):
    """Stock expects, ours expects nothing that it did not before."""
    text = c.text()
    return b"\n" in text and \
        re.match(rb"(?i)port|eprt|227|229", text) and \
        c.without(r" \| expect 6 [^|]*") and \
        set(EXPECT.findall(c.mine)) <= set(EXPECT.findall(c.before))


def expectation_kept(c):
    """Rubbish does not use an expectation up."""
    spent = re.compile(LOG.pattern + r"| \| expect [^|]*")
    return c.says("accept.* INVALID", "accept.* INVALID") and \
        len(EXPECT.findall(c.mine)) == len(EXPECT.findall(c.theirs)) + 1 and \
        spent.sub("", c.theirs) == spent.sub("", c.mine)


def sctp_shutdown_ack_blue(c):
    """RFC 9260, 8.4, 5: the tag is kept where the answer reflects it."""
    return c.proto == SCTP and c.says("accept.* NEW", "accept.* NEW") and \
        "SHUTDOWN_ACK" in words(c.packet) and c.without(r"vtag=\w+,\w+")


def sctp_shutdown_ack_tag(c):
    return c.proto == SCTP and "SHUTDOWN_ACK" in words(c.packet) and \
        c.says("accept.* (ESTABLISHED|NEW)", "accept.* INVALID") and \
        "verification tag check failed" in c.log[1]


def sctp_malformed_chunk(c):
    return c.proto == SCTP and c.says("accept|dropped at the end", "accept.* INVALID") and \
        c.logs("^$", "^nf_ct_proto_132: malformed chunk ;$")


def sctp_no_beginning(c):
    return c.proto == SCTP and c.says("accept.* NEW", "accept.* INVALID") and \
        c.logs("^$", "^nf_ct_proto_132: invalid new ;$")


def sctp_strange_heartbeat_bundled(c):
    if c.proto != SCTP or "HEARTBEAT" not in words(c.packet) or \
            len(re.findall(" length ", words(c.packet))) < 2:
        return False
    return c.says("accept.* ESTABLISHED", "accept.* INVALID") and \
        "verification tag" in c.log[1] or \
        c.says("accept.* INVALID", "accept.* ESTABLISHED") and \
        words(c.packet).count("HEARTBEAT/") > 1


def sctp_new_tag_in_init_ack(c):
    return c.proto == SCTP and "INIT_ACK" in words(c.packet) and \
        c.says("accept.* INVALID", "accept.* ESTABLISHED") and \
        not c.log[0]


def sctp_refused_whole(c):
    """Stock has moved, or learned a tag, when a later chunk makes it refuse."""
    learned = re.compile(LOG.pattern + r"|status=\w+|sctp=\d|vtag=\w+,\w+")
    return c.proto == SCTP and c.says("accept.* INVALID", "accept.* INVALID") \
        and len(re.findall(" length ", words(c.packet))) > 1 and \
        learned.sub("", c.theirs) == learned.sub("", c.mine)


def sctp_bundled_abort(c):
    """What is bundled with an ABORT is not looked at."""
    return c.proto == SCTP and "ABORT/1" in words(c.packet) and \
        len(re.findall(" length ", words(c.packet))) > 1 and \
        (c.says("accept.* INVALID", "accept.* ESTABLISHED") or
         c.says("accept.* ESTABLISHED", "accept.* ESTABLISHED") and
         c.without(r"vtag=\w+,\w+"))


def tcp_syn_without_options(c):
    return c.proto == TCP and c.head[13] & SYN and \
        c.head[12] >> 4 == 5 and c.without(r"maxack=\d+,scale=\d+,flags=\w+")


def tcp_shifted_answer(c):
    """What answers a segment whose numbers were shifted on the way."""
    return c.proto == TCP and c.shifted() and \
        (c.head[13] & RST or c.head[13] & (SYN | ACK) == SYN | ACK)


def tcp_shifted_options(c):
    """Options that cannot be read do not keep a segment from going on."""
    return c.proto == TCP and c.shifted() and c.head[12] >> 4 > 5 and \
        c.says("dropped at the end", "accept")


def icmp_error_shifted(c):
    return c.proto in (ICMP, ICMP6) and c.shifted() and \
        c.says("(accept.* RELATED|dropped at the end)", "accept.* RELATED")


RULES = [
    log_for_every_reason, sctp_log_words, dccp_log_words, both_speak_first,
    clash_between_zones, udplite_checksum, dccp_short, dccp_header_cut, dccp_coverage,
    dccp_assured_by_dataack, dccp_close_again,
    dccp_reopened, dccp_response_again, gre_short, ftp_partial, ftp_malformed,
    ftp_strict, expectation_kept, sctp_shutdown_ack_blue, sctp_shutdown_ack_tag,
    sctp_malformed_chunk, sctp_no_beginning, sctp_bundled_abort,
    sctp_strange_heartbeat_bundled, sctp_new_tag_in_init_ack,
    sctp_refused_whole,
    tcp_syn_without_options, tcp_shifted_answer, tcp_shifted_options,
    icmp_error_shifted,
]


def find(theirs, mine, packet, flow, before):
    """The name of the deliberate difference, or None; and whether to go on."""
    case = Case(theirs, mine, packet, flow, before)
    for rule in RULES:
        if rule(case):
            return rule.__name__.replace("_", "-"), case.same_but_log
    return None, False
