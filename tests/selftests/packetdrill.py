#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Play packetdrill scripts: as much of the language as conntrack's need.

Debian has no package of packetdrill, which the kernel's selftest
nf_conntrack_packetdrill.sh runs its scripts with.  A script is a list of events,
each at a time: a packet that arrives on the device tun0 (<), one that the
kernel is to send there (>), a system call, or a shell command in backquotes,
which must succeed.

Of what the kernel sends, flags, numbers and length are compared; windows,
options and the exact time are not, being TCP's affair and not connection
tracking's.  The sequence numbers of a script are relative to the first of their
direction, except that a SYN from outside names the script's first in full.
"""
import argparse
import errno
import fcntl
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time

PORT = 8080			# of the end that listens
PEER_PORT = 40123		# of an outsider that connects
PEER_ISN = 1000000		# where what arrives is counted from
PATIENCE = 5			# seconds to wait for a packet of the kernel's
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16}
WORDS = {"O_RDWR": os.O_RDWR, "O_NONBLOCK": os.O_NONBLOCK}
FAMILIES = {
    "ipv4": (socket.AF_INET, "192.168.0.1", "192.0.2.1", 16, 24),
    "ipv6": (socket.AF_INET6, "fd3d:a0b:17d6::1", "2001:db8::1", 48, 32)}

EVENT = re.compile(r"(?P<time>\+?\s*[0-9]*\.?[0-9]+)?\s*(?P<what>\S.*)")
PACKET = re.compile(
    r"(?P<way>[<>])\s*(?P<flags>[FSRP.]+)\s+(?P<seq>\d+):\d+\((?P<len>\d+)\)"
    r"(?:\s+ack\s+(?P<ack>\d+))?(?:\s+win\s+(?P<win>\d+))?"
    r"(?:\s+<(?P<options>[^>]*)>)?$")
CALL = re.compile(r"(?P<name>\w+)\((?P<args>.*)\)\s*=\s*(?P<value>-?\d+)"
                  r"(?:\s+(?P<errno>E\w+).*)?$")


class Failure(Exception):
    """The kernel did something else than the script says."""


def checksum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


class Stage:
    """The device, its addresses and the packets that pass there."""

    def __init__(self, version, mtu):
        self.family, self.local, self.peer, own, far = FAMILIES[version]
        self.tun = os.open("/dev/net/tun", os.O_RDWR)
        # TUNSETIFF with IFF_TUN | IFF_NO_PI
        fcntl.ioctl(self.tun, 0x400454ca, struct.pack("16sH22x", b"tun0", 0x1001))
        for words in (f"link set tun0 mtu {mtu} up",
                      f"addr add {self.local}/{own} dev tun0"
                      + (" nodad" if version == "ipv6" else ""),
                      f"route add {self.peer}/{far} dev tun0"):
            words = words.replace("2.1/24", "2.0/24").replace("::1/32", "::/32")
            subprocess.run(["ip", f"-{version[3]}"] + words.split(), check=True)

    def packed(self, *addresses):
        return b"".join(socket.inet_pton(self.family, a) for a in addresses)

    def arrive(self, segment):
        """Let the peer send a TCP segment, without its checksum yet."""
        ends = self.packed(self.peer, self.local)
        value = checksum(ends + struct.pack("!II", len(segment), 6) + segment)
        segment = segment[:16] + struct.pack("!H", value) + segment[18:]
        if self.family == socket.AF_INET:
            head = struct.pack("!BBHIBBH", 0x45, 0, 20 + len(segment), 0, 255,
                               6, 0) + ends
            head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        else:
            head = struct.pack("!IHBB", 6 << 28, len(segment), 6, 255) + ends
        os.write(self.tun, head + segment)

    def sent(self):
        """Wait for a TCP segment of the kernel's; None if there comes none."""
        end = time.monotonic() + PATIENCE
        while True:
            left = end - time.monotonic()
            if left < 0 or not select.select([self.tun], [], [], left)[0]:
                return None
            packet = os.read(self.tun, 65536)
            if packet[0] >> 4 == 4 and packet[9] == 6:
                return packet[(packet[0] & 15) * 4:]
            if packet[0] >> 4 == 6 and packet[6] == 6:
                return packet[40:]


class Script:
    """One connection, as its script tells it."""

    def __init__(self, stage):
        self.stage = stage
        self.files = {}		# the script's number of a socket: the socket
        self.ports = None	# of the peer, of this host
        self.isn = None		# this host's first sequence number
        self.peer_isn = None	# the peer's, as the script has it
        self.stamps = {}	# the script's time stamps of this host: the real

    # What arrives.

    def options(self, text):
        """Encode TCP options; time stamps echo what was really sent."""
        data = b""
        for word in filter(None, (w.strip() for w in (text or "").split(","))):
            name, *values = word.split()
            if name == "mss":
                data += struct.pack("!BBH", 2, 4, int(values[0]))
            elif name == "wscale":
                data += struct.pack("!BBB", 3, 3, int(values[0]))
            elif name == "sackOK":
                data += b"\4\2"
            elif name == "nop":
                data += b"\1"
            elif name == "TS":
                echo = int(values[3])
                data += struct.pack("!BBII", 8, 10, int(values[1]),
                                    self.stamps.get(echo, echo))
            else:
                raise Failure(f"unknown option {word}")
        return data + b"\0" * (-len(data) % 4)

    def arrival(self, packet):
        flags = sum(FLAGS[c] for c in packet["flags"])
        seq, ack = int(packet["seq"]), int(packet["ack"] or 0)
        if flags & FLAGS["S"]:
            if self.peer_isn is None:
                self.peer_isn = seq
            seq -= self.peer_isn
        self.ports = self.ports or (PEER_PORT, PORT)
        if packet["ack"]:
            ack += self.isn or 0
        options = self.options(packet["options"])
        self.stage.arrive(struct.pack(
            "!HHIIBBHHH", *self.ports, (PEER_ISN + seq) % 2**32, ack % 2**32,
            5 + len(options) // 4 << 4, flags, int(packet["win"] or 0), 0, 0)
            + options + b"\0" * int(packet["len"]))

    # What the kernel sends.

    def remember_stamp(self, options, text):
        """Note which time stamp stands for the script's."""
        want = re.search(r"TS val (\d+)", text or "")
        while want and options and options[0] != 8:
            options = options[options[1] if options[0] > 1 else 1:]
        if want and options:
            self.stamps[int(want[1])] = struct.unpack("!I", options[2:6])[0]

    def departure(self, packet):
        segment = self.stage.sent()
        if segment is None:
            raise Failure("the kernel sent nothing")
        source, target, seq, ack, offset, flags = struct.unpack(
            "!HHIIBB", segment[:14])
        if self.isn is None:
            self.isn = seq
        self.ports = self.ports or (target, source)
        head = (offset >> 4) * 4
        got = {"flags": flags, "seq": (seq - self.isn) % 2**32,
               "ack": (ack - PEER_ISN) % 2**32 if flags & 16 else 0,
               "len": len(segment) - head, "ports": (target, source)}
        want = {"flags": sum(FLAGS[c] for c in packet["flags"]),
                "seq": int(packet["seq"]), "ack": int(packet["ack"] or 0),
                "len": int(packet["len"]), "ports": self.ports}
        if packet["ack"]:
            want["flags"] |= 16
        if got != want:
            raise Failure(f"the kernel sent {got} and not {want}")
        self.remember_stamp(segment[20:head], packet["options"])

    # What the host's programs do.

    def system_call(self, call):
        """Make it; return what it returned, and the name of its error."""
        args = [a.strip() for a in call["args"].split(",")]
        name, local = call["name"], (self.stage.local, PORT)
        if name == "socket":
            self.files[int(call["value"])] = socket.socket(
                self.stage.family, socket.SOCK_STREAM)
            return int(call["value"])
        file = self.files[int(args[0])]
        if name == "accept":
            self.files[int(call["value"])] = file.accept()[0]
            return int(call["value"])
        if name == "write":
            return file.send(b"x" * int(args[2]))
        if name == "read":
            return len(file.recv(int(args[2])))
        effect = {
            "bind": lambda: file.bind(local),
            "listen": lambda: file.listen(int(args[1])),
            "connect": lambda: file.connect((self.stage.peer, PORT)),
            "close": file.close,
            "setsockopt": lambda: file.setsockopt(
                getattr(socket, args[1]), getattr(socket, args[2]),
                int(args[3].strip("[]"))),
            "fcntl": lambda: fcntl.fcntl(
                file, getattr(fcntl, args[1]),
                sum(WORDS[word] for word in args[2].split("|"))),
        }.get(name)
        if effect is None:
            raise Failure(f"unknown system call {name}")
        effect()
        return 0

    def call(self, call):
        try:
            value, name = self.system_call(call), None
        except OSError as error:
            value, name = -1, errno.errorcode[error.errno]
        if value != int(call["value"]) or name != call["errno"]:
            raise Failure(f"{call['name']} returned {value} {name or ''}")

    def event(self, what):
        packet, call = PACKET.match(what), CALL.match(what)
        if what.startswith("`"):
            status = subprocess.run(what.strip("`"), shell=True, check=False)
            if status.returncode:
                raise Failure(f"exit status {status.returncode}")
        elif packet and packet["way"] == "<":
            self.arrival(packet)
        elif packet:
            self.departure(packet)
        elif call:
            self.call(call)
        else:
            raise Failure("not understood")


def events(path):
    """Yield a script's events: line number, time, whether relative, what."""
    with open(path, encoding="utf-8") as script:
        for number, line in enumerate(script, 1):
            line = re.sub(r"^//.*|\s//.*", "", line).strip()
            if line:
                match = EVENT.match(line)
                when = match["time"] or "+0"
                yield (number, float(when.lstrip("+ ")), when[0] == "+",
                       match["what"])


def play(path, stage):
    script, begin, last = Script(stage), time.monotonic(), 0
    for number, when, relative, what in events(path):
        if relative:
            when += last
        time.sleep(max(0, begin + when - time.monotonic()))
        try:
            script.event(what)
        except Failure as failure:
            sys.exit(f"{path}:{number}: {what}: {failure}")
        last = time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ip_version", choices=FAMILIES, default="ipv4")
    parser.add_argument("--mtu", type=int, default=1500)
    parser.add_argument("--dry_run", action="store_true")
    for name in ("--tolerance_usecs", "--non_fatal"):	# always generous
        parser.add_argument(name)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("script")
    args = parser.parse_args()
    if args.dry_run:
        for number, _, _, what in events(args.script):
            if what[0] != "`" and not PACKET.match(what) and not CALL.match(what):
                sys.exit(f"{args.script}:{number}: not understood: {what}")
    else:
        play(args.script, Stage(args.ip_version, args.mtu))


if __name__ == "__main__":
    main()
