# SPDX-License-Identifier: GPL-2.0-only
"""A capture of tcpdump's as a flow."""
import pathlib
import struct

from script import FTP, PPTP, Flow

# What precedes the IP header, by the link's type, and where its protocol is.
LINKS = {1: (14, 12), 101: (0, None), 113: (16, 14), 228: (0, None),
         229: (0, None), 276: (20, 0)}


def packets(path):
    """Seconds and octets of each IP packet; classic pcap, either byte order."""
    data = pathlib.Path(path).read_bytes()
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = 1e-9 if b"\x4d\x3c" in (magic[:2], magic[3:1:-1]) else 1e-6
    if magic not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1",
                     b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        raise ValueError(f"{path} is no pcap")
    link = struct.unpack(order + "I", data[20:24])[0] & 0xffff
    skip, proto = LINKS[link]
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, stored, length = struct.unpack(order + "IIII",
                                                          data[at:at + 16])
        frame = data[at + 16:at + 16 + stored]
        at += 16 + stored
        if stored < length:
            raise ValueError(f"{path} has packets cut short; capture with -s 0")
        if proto is None or frame[proto:proto + 2] in (b"\x08\x00",
                                                       b"\x86\xdd"):
            yield seconds + fraction * unit, trimmed(frame[skip:])


def trimmed(packet):
    """Without what the link added at its end."""
    if packet[0] >> 4 == 4:
        return packet[:struct.unpack("!H", packet[2:4])[0]]
    return packet[:40 + struct.unpack("!H", packet[4:6])[0]]


def flow(path):
    told = Flow("capture")
    last = None
    for when, packet in packets(path):
        if last is not None and when > last:
            told.wait(int((when - last) * 1000))
        last = when
        # As rules for these ports would: -j CT --helper ftp, pptp
        head = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
        proto = packet[9] if packet[0] >> 4 == 4 else packet[6]
        port = packet[head + 2:head + 4] if proto == 6 else b""
        told.packet(packet, {b"\0\x15": FTP, b"\6\xbb": PPTP}.get(port, 0))
    return told
