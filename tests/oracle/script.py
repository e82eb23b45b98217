# SPDX-License-Identifier: GPL-2.0-only
"""The script that tests/oracle/oracle.c plays, see struct record there."""
import struct

from packets import words

FORWARD, OUTPUT, INPUT = range(3)
DROP, HOLD, FTP, PPTP = 4, 8, 16, 32
NO_LOOSE, LIBERAL, IGNORE_RST, NO_CHECKSUM = 1, 2, 4, 8


def record(op, flags=0, arg=0, data=b""):
    return struct.pack("<cBHI", op, flags, len(data), arg & 0xffffffff) + data


class Flow:
    """A flow's packets and what happens between them."""

    def __init__(self, kind, conf=0):
        self.kind = kind
        self.conf = conf
        self.steps = []
        self.packets = 0

    def packet(self, data, flags=0, zone=0):
        self.steps.append((b"P", flags, zone, data))
        self.packets += 1

    def wait(self, msecs):
        self.steps.append((b"T", 0, msecs, b""))

    def shift(self, by):
        self.steps.append((b"S", 0, by, b""))

    def release(self):
        self.steps.append((b"R", 0, 0, b""))

    def octets(self, number):
        return record(b"F", self.conf, number) + b"".join(
            record(*step) for step in self.steps)

    def octets_of(self, index):
        """The packet of that number."""
        return [step[3] for step in self.steps if step[0] == b"P"][index]

    def told(self):
        """What happens up to and with each packet: a list of texts for each."""
        told, waiting = [], []
        if self.conf:
            waiting.append(f"settings {self.conf:#x}")
        for op, flags, arg, data in self.steps:
            if op == b"P":
                text = words(data) + ("", " (output)", " (input)")[flags & 3]
                for bit, name in ((DROP, "dropped by a rule"), (HOLD, "held"),
                                  (FTP, "helper ftp"), (PPTP, "helper pptp")):
                    text += f" ({name})" if flags & bit else ""
                if arg:
                    text += f" (zone {arg & 0xffff}/{arg >> 16})"
                told.append(waiting + [text])
                waiting = []
            elif op == b"R":
                waiting.append("those held go on")
            elif op == b"T":
                waiting.append(f"{arg} ms pass")
            else:
                waiting.append(f"the next packet's numbers shift by {arg}")
        if waiting:
            told.append(waiting)
        return told
