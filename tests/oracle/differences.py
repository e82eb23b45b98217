# SPDX-License-Identifier: GPL-2.0-only
"""What ours does differently from stock on purpose, as narrowly as it goes.

A rule is a function named for the difference; docs/differences.md has a row for
each.  It sees the case and tells whether it is the one: the circumstance, and
what each of the two makes of it.
"""
import ipaddress
import re
import struct

from case import (EXPECT, LOG, SHIFT, Case, end_and_ack, ends, entries,
                  transport)
from packets import (ACK, DCCP, GRE, ICMP, ICMP6, RST, SCTP, SYN, TCP, UDPLITE,
                     words)


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
        r"verification tag mismatch|chunk invalid in this state|"
        r"INIT ACK of an older handshake)")


def dccp_log_words(c):
    return c.same_but_log and c.logs(
        r"^nf_ct_proto_33: nf_ct_dccp: (truncated/malformed packet|bad checksum) ",
        r"^nf_ct_proto_33: (nf_ct_dccp: reserved packet type|"
        r"nf_ct_dccp: type lacks 48bit|nf_ct_dccp: bad checksum coverage|"
        r"invalid state transition)")


def both_speak_first(c):
    return c.proto not in (TCP, SCTP, DCCP, ICMP, ICMP6) and c.held() and \
        c.says("accept NEW", "accept ESTABLISHED_REPLY")


def clash_between_zones(c):
    return c.says("accept NEW", "dropped at the end") and \
        c.same_tables() and c.has_zones()


def udplite_checksum(c):
    return c.proto == UDPLITE and c.says("accept.* INVALID", "accept") and \
        c.sum_is_right(struct.unpack("!H", c.head[4:6])[0] or None) and \
        c.logs("^nf_ct_proto_136: bad checksum ;$", "^$")


def dccp_short(c):
    """Stock wants room for the longest header whatever the type."""
    if c.proto != DCCP or not c.says("dropped(?! at)", "accept"):
        return False
    if len(c.body) < 12:
        return c.same_tables() and "INVALID" in c.mine and \
            "nf_ct_proto_33: short packet ;" in c.log[1]
    kind, long = c.head[8] >> 1 & 15, c.head[8] & 1
    if len(c.body) >= 12 + 4 * long + 8 or kind in (0, 2):
        return False
    # An Ack with a short number, which is whole.
    if not long and kind in (3, 4) and c.head[4] == 4 and len(c.body) >= 16:
        return c.log[1] == "" or "invalid state transition" in c.log[1]
    return c.same_tables() and "INVALID" in c.mine and re.search(
        "truncated/malformed|reserved packet type|lacks 48bit", c.log[1])


def dccp_header_cut(c):
    kind, long = c.head[8] >> 1 & 15, c.head[8] & 1
    need = 16 if long else 12           # RFC 4340, 5.1 to 5.6
    if kind not in (0, 2):
        need += 8 if long else 4
    if kind in (0, 1, 7):
        need += 4
    return c.proto == DCCP and c.is_refused_by_ours() and \
        "truncated/malformed packet" in c.log[1] and \
        not need <= c.head[4] * 4 <= len(c.body)


def dccp_assured_by_dataack(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 4 and \
        c.without(r"status=\w+")


def dccp_close_again(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 6 and \
        c.says("accept.* INVALID", "accept.* ESTABLISHED") and \
        "invalid state transition" in c.log[0]


def dccp_coverage(c):
    # Of IPv4, stock sums up the pseudo header of short packets only.
    long = c.packet[0] >> 4 == 4 and len(c.body) > 255
    if c.proto != DCCP or not c.head[5] & 15 and not long:
        return False
    # RFC 4340, 9.2: the header and so many words of the data less one.
    cover = c.head[4] * 4 + ((c.head[5] & 15) - 1) * 4
    if not c.head[5] & 15:
        cover = len(c.body)
    right = cover <= len(c.body) and c.sum_is_right(cover)
    return not right and c.is_refused_by_ours() and \
        "nf_ct_dccp: bad checksum" in c.log[1] or \
        right and c.says("accept.* INVALID", "accept") and \
        "nf_ct_dccp: bad checksum " in c.log[0]


def dccp_reopened(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 0 and \
        c.says("accept.* ESTABLISHED", "accept.* NEW") and \
        any(entry.number("dccp") == 7
            for entry in filter(c.is_own, entries(c.before)))


def dccp_response_again(c):
    return c.proto == DCCP and c.head[8] >> 1 & 15 == 1 and \
        c.without(r"handshake=\d+")


def gre_short(c):
    return c.is_refused_by_ours() and \
        (c.proto == GRE and len(c.body) < 8 or
         c.proto in (ICMP, ICMP6) and "about (gre" in words(c.packet))


def ftp_host_port(text):
    """RFC 959, 5.3.2: address and port."""
    numbers = text.split(b",")
    if len(numbers) != 6 or \
            not all(re.fullmatch(rb"\d{1,3}", n) for n in numbers):
        return None
    numbers = [int(n) for n in numbers]
    port = numbers[4] * 256 + numbers[5]
    if max(numbers) > 255 or not port:
        return None
    return ".".join(map(str, numbers[:4])), port


def ftp_extended_port(text):
    """RFC 2428, 2: address and port."""
    if not re.match(rb"[!-/:-~]", text):
        return None
    parts = text.split(text[:1])
    if len(parts) != 5 or parts[0] or parts[4] or \
            not re.fullmatch(rb"\d{1,5}", parts[3]) or \
            not 0 < int(parts[3]) < 65536:
        return None
    try:
        address = ipaddress.ip_address(parts[2].decode())
    except ValueError:
        return None
    if parts[1] != (b"1" if address.version == 4 else b"2"):
        return None
    return str(address), int(parts[3])


def ftp_names(c):
    """The address and port that a line names, by the RFCs' grammar."""
    line, newline, _ = c.text().partition(b"\n")
    line = line.removesuffix(b"\r")
    word, rest = line[:4].upper(), line[5:].lstrip(b" ")
    if not newline or len(line) > 511:
        return None
    if c.own(c.mine)[1] == 0:       # from whom the flow takes for the client
        if word == b"PORT" and line[4:5] == b" ":
            return ftp_host_port(rest)
        if word == b"EPRT" and line[4:5] == b" ":
            return ftp_extended_port(rest)
        return None
    if word == b"227 ":         # RFC 1123, 4.1.2.6: anywhere in the text
        for run in re.findall(rb"[\d,]+", line[4:]):
            if ftp_host_port(run):
                return ftp_host_port(run)
    if word == b"229 ":
        for found in re.finditer(rb"(?=\(([!-/:-~])\1\1(\d{1,5})\1\))",
                                 line[4:]):
            if 0 < int(found[2]) < 65536:
                return ends(c.packet)[0], int(found[2])
    return None


def ftp_as_it_should(c):
    """Ours expects what the line names, if that is the sender's address."""
    names = ftp_names(c)
    if not names or names[0] != ends(c.packet)[0]:
        return not c.expected()
    return f"{names[0]}.{names[1]}" in EXPECT.findall(c.mine) and \
        len(c.expected()) <= 1


def ftp_begins(text):
    return re.match(rb"(?i)(port|eprt|22[79]) ", text)


def ftp_partial(c):
    """No newline yet: stock is content with a number that seems complete."""
    return ftp_begins(c.text()) and b"\n" not in c.text() and \
        c.says("accept", "dropped at the end") and \
        "partial matching" in c.log[1] and not c.expected()


def ftp_malformed(c):
    """Stock waits for the rest of what is whole, or of what is no command."""
    whole = b"\n" in c.text() or not ftp_begins(c.text())
    return whole and c.says("dropped at the end", "accept") and \
        "partial matching" in c.log[0] and "ftp" not in c.log[1] and \
        ftp_as_it_should(c)


def ftp_strict(c):
    """Stock expects, by a line that names no port; ours does not."""
    text = c.text()
    return b"\n" in text and not ftp_names(c) and \
        re.match(rb"(?i)port|eprt|227|229", text) and \
        c.without(r" \| expect 6 [^|]*") and not c.expected() and \
        len(EXPECT.findall(c.theirs)) == 1


def helper_of_the_dead(c):
    """Stock has a helper read what was held until after its entry's death."""
    if not c.held() or not c.died_while_held() or c.log[1]:
        return False
    established = "accept ESTABLISHED"
    return c.says("dropped at the end", established) and c.same_tables() and \
        "partial matching" in c.log[0] or \
        c.says(established, established) and \
        c.without(r" \| expect 6 [^|]*") and \
        len(EXPECT.findall(c.theirs)) == len(EXPECT.findall(c.mine)) + 1 and \
        bool(ftp_begins(c.text()))


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
        c.strange_tag() and "verification tag check failed" in c.log[1]


def sctp_malformed_chunk(c):
    return c.proto == SCTP and c.is_refused_by_ours() and \
        c.logs("^$", "^nf_ct_proto_132: malformed chunk ;$") and \
        c.has_malformed_chunk()


def sctp_no_beginning(c):
    return c.proto == SCTP and c.is_refused_by_ours() and \
        c.logs("^$", "^nf_ct_proto_132: invalid new ;$") and \
        not {"INIT", "HEARTBEAT", "HEARTBEAT_ACK",
             "SHUTDOWN_ACK"}.issuperset(c.kinds())


def sctp_strange_heartbeat_bundled(c):
    answers = "HEARTBEAT_ACK" in c.kinds() and c.is_offered()
    return c.proto == SCTP and ("HEARTBEAT" in c.kinds() or answers) and \
        len(c.kinds()) > 1 and c.strange_tag() and \
        c.says("accept.* (ESTABLISHED|NEW)", "accept.* INVALID") and \
        "verification tag" in c.log[1]


def sctp_new_tag_in_init_ack(c):
    return c.proto == SCTP and "INIT_ACK" in words(c.packet) and \
        c.says("accept.* INVALID", "accept.* ESTABLISHED") and \
        not c.log[0]


# Where a chunk can lead to, before the one for which stock refuses.
SCTP_LEADS = {"COOKIE_ECHO": (3,), "COOKIE_ACK": (4, 1), "ERROR": (1,),
              "SHUTDOWN": (5, 6, 1), "SHUTDOWN_ACK": (7,), "ABORT": (1,),
              "HEARTBEAT_ACK": (4,)}


def sctp_refused_whole(c):
    """Stock has moved, or learned a tag, when a later chunk makes it refuse."""
    pair = c.proto == SCTP and c.differing()
    if not pair or not c.says("accept.* INVALID", "accept.* INVALID") or \
            not c.kept(pair[1]) or not c.is_own(pair[1]):
        return False
    theirs, mine = pair
    way = mine.tuples.index(c.tuple())
    tags = list(mine.tags())
    moved = theirs.number("sctp") != mine.number("sctp")
    if tags[way] == "00000000" and theirs.tags() != mine.tags():
        tags[way] = c.head[4:8].hex()
    learned = r" vtag=\S+|(?<=\w) offer=\d"
    if moved:
        learned += r"| sctp=\d+| status=\w+"
    if re.search(r" offer=\d", theirs.text) and not c.strange_tag():
        return False
    if "COOKIE_ACK" in c.kinds():
        learned += r"|(?<=\w) init=\d,\d"
    learned = re.compile(learned)
    return learned.sub("", theirs.text) == learned.sub("", mine.text) and \
        theirs.tags() == tuple(tags) and \
        (not moved or any(theirs.number("sctp") in SCTP_LEADS.get(kind, ())
                          for kind in c.kinds()[:-1]))


def sctp_offer_kept(c):
    """For stock the second heartbeat of a packet has the tag of the first."""
    pair = c.proto == SCTP and c.differing()
    entry, way = c.own(c.before)
    return pair and entry and entry.tags()[way] == "00000000" and \
        len([kind for kind in c.kinds() if "HEARTBEAT" in kind]) > 1 and \
        pair[0].text == re.sub(r" offer=\d", "", pair[1].text)


def sctp_bundled_abort(c):
    """What is bundled with an ABORT is not looked at."""
    known = "accept.* (ESTABLISHED|NEW)"
    return c.proto == SCTP and ("ABORT", 1) in c.chunks() and \
        len(c.kinds()) > 1 and \
        (c.says("accept.* INVALID", known) or
         c.says(known, known) and c.without(
             r" left=\d+|vtag=\w+,\w+| offer=\d"))


def tcp_syn_without_options(c):
    return c.proto == TCP and c.head[13] & SYN and \
        c.head[12] >> 4 == 5 and c.without(r"maxack=\d+,scale=\d+,flags=\w+")


def tcp_sack_edges(c):
    """The right edges of the blocks, and the acknowledgment before them."""
    ack, options = c.head[8:12], c.body[20:(c.head[12] >> 4) * 4]
    edges = []
    while len(options) > 1 and options[0]:
        length = 1 if options[0] == 1 else max(options[1], 2)
        if options[0] == 5 and length <= len(options):
            edges += [options[i + 4:i + 8] for i in range(2, length - 7, 8)]
        options = options[length:]
    return [int.from_bytes(number, "big") for number in (ack, *edges)]


def tcp_sack_far_beyond(c):
    """Two or more edges of which one is half of all numbers beyond another or
    beyond ack, so that it matters what each is compared with."""
    if c.proto != TCP or not c.head[13] & ACK:
        return False
    ack, *edges = tcp_sack_edges(c)
    highest = ours = ack
    for edge in edges:
        if 0 < (edge - highest) % 2**32 < 2**31:
            highest = edge
        if (ours - ack) % 2**32 < (edge - ack) % 2**32 < 2**31:
            ours = edge
    return highest != ours


def tcp_answers(c, taken, other, way, from_taken):
    """Is this the number of the answer, for the side that took it for one?

    Stock takes it if the number is the one that was sent, ours if it is the
    one that arrived; from_taken is the shift that this side takes off."""
    seq, ack = struct.unpack("!II", c.head[4:12])
    # Without the flag it is no acknowledgment, and neither shifts it.
    shift = c.head[13] & ACK and other.offset(1 - way, ack - 1)
    ack -= from_taken * shift
    if c.head[13] & (SYN | ACK) == SYN | ACK:       # to a SYN let by
        return shift and taken.end(1 - way) == ack % 2**32
    if not c.head[13] & RST or taken.number("tcp") != 8:
        return False
    # To a segment let by, or to an ACK that challenges a SYN.
    end, asked = c.let_by()
    if shift and end == ack % 2**32:
        return True
    # That ACK is of the reply's direction, whoever resets.
    shift = other.offset(0, asked - 1)
    return shift and seq == (asked - from_taken * shift) % 2**32


def tcp_shifted_answer(c):
    """What answers a segment whose numbers were shifted on the way."""
    pair = c.proto == TCP and c.shifted() and c.differing()
    if not pair or not c.is_own(pair[1]) or \
            not any(SHIFT.search(entry.text) for entry in pair):
        return False
    theirs, mine = pair
    way = mine.tuples.index(c.tuple())
    if re.sub(" retrans=1", " retrans=0", mine.text) == theirs.text:
        # What was let by, sent again: its number is the one that arrived.
        return c.let_by() == end_and_ack(c.body) and \
            mine.offset(1 - way, c.let_by()[1] - 1)
    passed = " ignored, state |(SEQ|ACK) is (over|under)|more than expected"
    # A RST may end the flow without being an answer, too.
    ended = theirs.number("tcp") == mine.number("tcp") == 8
    return (ended or re.search(passed, c.log[1]) and
            (c.kept(mine) or "more than expected" in c.log[1])) and \
        tcp_answers(c, theirs, mine, way, 0) or \
        (ended or re.search(passed, c.log[0])) and \
        tcp_answers(c, mine, theirs, way, 1)


def tcp_options_broken(c):
    """RFC 9293, 3.1: a list of options that leads nowhere."""
    options = c.body[20:(c.head[12] >> 4) * 4]
    while options and options[0]:
        length = 1 if options[0] == 1 else \
            options[1] if len(options) > 1 else 0
        if not length or options[0] != 1 and length < 2 or \
                length > len(options):
            return True
        options = options[length:]
    return False


def tcp_shifted_options(c):
    """Options that cannot be read do not keep a segment from going on."""
    if c.proto != TCP or not c.shifted() or not tcp_options_broken(c):
        return False
    # Of a flow's first packet there is no entry if it is dropped.
    return c.says("dropped at the end", "accept") and c.same_tables() or \
        c.says("dropped at the end", "accept NEW") and \
        c.is_own_more(c.mine, c.theirs)


def icmp_error_shifted(c):
    """Where both let it go on, the packet is another; the entry is the same."""
    return c.proto in (ICMP, ICMP6) and c.shifted() and c.same_tables() and \
        "about (tcp" in words(c.packet) and \
        (c.says("dropped at the end", "accept.* RELATED") or
         c.without(r"(?<=RELATED )\w{8}|(?<=RELATED_REPLY )\w{8}") and
         c.says("accept.* RELATED", "accept.* RELATED"))


def extension_header_cut(c):
    """Stock takes what is behind it for there, or for short."""
    if c.proto == ICMP6 and len(c.body) >= 48 and c.has_all_headers:
        cut = not transport(c.body[8:])[2] and \
            "error quotes no whole header" in c.log[1]
    else:
        cut = not c.has_all_headers and c.log[1] == ""
    return cut and c.is_refused_by_ours() and \
        all(c.kept(entry) for entry in entries(c.mine))


def clash_loser_listed(c):
    """IPS_NAT_CLASH: what stock hides."""
    listed = [entry.text for entry in entries(c.mine)
              if re.search(" status=1[0-9a-f]{3} left=[01]( |$)", entry.text)]
    theirs, mine = (line.split(" | ") for line in (c.theirs, c.mine))
    return len(listed) == 1 and theirs == [x for x in mine if x not in listed]


def expired_in_the_way(c):
    """Stock meets one that the packet's lookup did not: it has been held since,
    or is of another zone."""
    known = any(c.own(line)[0] for line in c.lines)
    return (c.held() or c.has_zones()) and known and \
        c.says("accept NEW|dropped at the end", "accept NEW") and \
        c.is_own_more(c.mine, c.theirs) and \
        c.is_alone(c.mine, c.theirs)


RULES = [
    log_for_every_reason, sctp_log_words, dccp_log_words, both_speak_first,
    clash_between_zones, udplite_checksum, dccp_short, dccp_header_cut,
    dccp_coverage, dccp_assured_by_dataack, dccp_close_again, dccp_reopened,
    dccp_response_again, gre_short, ftp_partial, ftp_malformed,
    ftp_strict, helper_of_the_dead, expectation_kept,
    sctp_shutdown_ack_blue, sctp_shutdown_ack_tag,
    sctp_malformed_chunk, sctp_no_beginning, sctp_bundled_abort,
    sctp_strange_heartbeat_bundled, sctp_new_tag_in_init_ack,
    sctp_refused_whole, sctp_offer_kept,
    tcp_syn_without_options, tcp_sack_far_beyond, tcp_shifted_answer,
    tcp_shifted_options,
    icmp_error_shifted, extension_header_cut, clash_loser_listed,
    expired_in_the_way,
]


def find(theirs, mine, packet, flow, lines):
    """The name of the deliberate difference, or None; and whether to go on."""
    case = Case(theirs, mine, packet, flow, lines)
    for rule in RULES:
        if rule(case):
            return rule.__name__.replace("_", "-"), case.same_but_log
    return None, False
