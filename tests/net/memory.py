#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do a thing again and again, its first allocation failing, its second, ...

memory.py load FILE [NAME=VALUE]    load a module, and unload it
memory.py space                     make a network namespace
memory.py write FILE VALUE VALUE    write one value or the other
memory.py send ADDRESS PORT         send a datagram, each from a port of its own
memory.py entry                     make an entry by netlink, and delete it

The kernel fails the allocation whose number stands in /proc/self/fail-nth, and
has a 0 there afterwards: what needed fewer has been through all of its own.
Prints, for each of the outcomes, how often it came, and what is wrong with what
is left behind.  Exits with 1 if anything is, if the thing never failed, or if it
fails with all the memory it wants.
"""
import collections
import ctypes
import errno
import os
import socket
import sys

CLONE_NEWNET = 0x40000000
FINIT_MODULE, DELETE_MODULE = 313, 176
LAST = 150          # of hundreds of allocations: ours come late

libc = ctypes.CDLL(None, use_errno=True)


def call(function, *args):
    """The name of the errno, or "ok"."""
    ctypes.set_errno(0)
    if function(*args) >= 0:
        return "ok"
    return errno.errorcode[ctypes.get_errno()]


class Nth:
    """The allocation of this thread that fails."""

    def __init__(self):
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def set(self, number):
        os.pwrite(self.file, str(number).encode(), 0)

    def came(self):
        """Whether it was reached; none fails from here on."""
        try:
            left = int(os.pread(self.file, 32, 0).split(b"\0")[0])
        except OSError:
            left = 0        # it was this very read's
        self.set(0)
        return left == 0


def is_loaded(name):
    with open("/proc/modules") as modules:
        return any(line.split()[0] == name for line in modules)


class Thing:
    enough = 1000       # allocations
    only_last = False

    def prepare(self):
        """Before each time, with memory enough."""


class Load(Thing):
    """Either it is there and can be unloaded, or there is no trace of it."""
    only_last = True

    def __init__(self, path, params=""):
        self.file = os.open(path, os.O_RDONLY)
        self.params = params.encode()
        self.name = os.path.basename(path).removesuffix(".ko")

    def do(self):
        return call(libc.syscall, FINIT_MODULE, self.file,
                    ctypes.c_char_p(self.params), 0)

    def undo(self, outcome):
        if is_loaded(self.name) != (outcome == "ok"):
            return "a module half loaded"
        if outcome == "ok":
            said = call(libc.syscall, DELETE_MODULE,
                        ctypes.c_char_p(self.name.encode()), os.O_NONBLOCK)
            if said != "ok":
                return f"a module that stays: {said}"
        return None


class Space(Thing):
    """A namespace, which the next one takes the place of."""
    only_last = True

    def do(self):
        return call(libc.unshare, CLONE_NEWNET)

    def undo(self, outcome):
        there = [os.path.exists(path) for path in (
            "/proc/thread-self/net/nf_conntrack",
            "/proc/thread-self/net/stat/nf_conntrack_invalid",
            "/proc/sys/net/netfilter/nf_conntrack_count")]
        return None if all(there) else "a namespace without its files"


class Write(Thing):
    """Either the new value is there or the old one."""
    enough = 40

    def __init__(self, path, one, other):
        self.file = os.open(path, os.O_RDWR)
        self.values = [one.encode(), other.encode()]

    def prepare(self):
        self.before = os.pread(self.file, 64, 0)

    def do(self):
        try:
            os.pwrite(self.file, self.values[0], 0)
        except OSError as err:
            return errno.errorcode[err.errno]
        return "ok"

    def undo(self, outcome):
        now = os.pread(self.file, 64, 0)
        if (now != self.before) != (outcome == "ok"):
            return "a value that is neither"
        if outcome == "ok":
            self.values.reverse()
        return None


class Send(Thing):
    """A first packet of a flow: sent or not, it leaks no entry."""

    def __init__(self, address, port):
        self.to = (address, int(port))
        self.port = 20000
        self.next()

    def next(self):
        family = socket.AF_INET6 if ":" in self.to[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.port += 1
        self.sock.bind(("", self.port))
        try:        # for the route, and whatever else comes but once
            self.sock.connect(self.to)
        except OSError:
            pass

    def do(self):
        try:
            self.sock.send(b"x")
        except OSError as err:
            return errno.errorcode[err.errno]
        return "ok"

    def undo(self, outcome):
        self.sock.close()
        self.next()


class Entry(Thing):
    """With a good part of what an entry can be given."""

    def __init__(self):
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import netlink as nl
        self.nl = nl
        there, back = nl.ports(nl.TCP, 5000, 21), nl.ports(nl.TCP, 21, 5000)
        self.body = (nl.nest(nl.ORIG, nl.AB, there) +
                     nl.nest(nl.REPLY, nl.BA, back) + nl.MINUTE +
                     nl.nest(nl.HELP, nl.text(1, "ftp")) + nl.u32(nl.MARK, 7))
        self.start()

    def start(self):
        self.netlink = self.nl.Netlink()

    def dump(self):
        return self.netlink.dump(self.nl.CT, (self.nl.LIFE, 11))

    def prepare(self):
        self.before = self.dump()

    def do(self):
        try:
            return self.netlink.ask(self.nl.CT, self.nl.NEW,
                                    self.nl.CREATE | self.nl.EXCL, self.body)
        except OSError as err:
            return errno.errorcode.get(err.errno, "no answer")

    def undo(self, outcome):
        self.start()
        said = self.netlink.ask(self.nl.CT, self.nl.DELETE, 0, self.body)
        if outcome == "ENOMEM" and said == "ok":
            return "an entry that was refused"
        now = self.dump()
        if now == self.before:
            return None
        return (f"another table: {len(self.before - now)} gone, "
                f"{len(now - self.before)} more")


nth = Nth()


def attempt(thing, number):
    """What came of it, whether the allocation was reached, what is wrong."""
    thing.prepare()
    nth.set(number)
    outcome = thing.do()
    came = nth.came()
    return outcome, came, thing.undo(outcome)


def first(thing):
    """The number of the first of the last allocations."""
    low, high = 1, 1
    while attempt(thing, high)[1]:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if attempt(thing, middle)[1]:
            low = middle
        else:
            high = middle
    return max(1, low - LAST)


def main():
    kind, *args = sys.argv[1:]
    thing = {"load": Load, "space": Space, "write": Write, "send": Send,
             "entry": Entry}[kind](*args)
    attempt(thing, 0)               # what is made but once
    outcomes = collections.Counter()
    faults = set()
    start = first(thing) if thing.only_last else 1
    for number in range(start, start + thing.enough):
        outcome, came, fault = attempt(thing, number)
        if fault:
            faults.add(f"{fault}: {outcome}, allocation {number}")
        if not came:
            break
        outcomes[outcome] += 1
    last = attempt(thing, 0)[0]
    print(*(f"{name}: {times}" for name, times in outcomes.items()), sep="\n")
    print(*sorted(faults), sep="\n")
    print(f"with all memory: {last}")
    failed = sum(outcomes.values()) - outcomes["ok"]
    sys.exit(bool(faults) or last != "ok" or not failed)


main()
