# SPDX-License-Identifier: GPL-2.0-only
"""Play packets to the stock modules and to ours and compare.

Called by tests/oracle/run, which has made an initramfs for each.
"""
import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

import capture
import differences
import flows

CHUNK = 100000                  # packets in one run of the kernel
SHOWN = 10                      # differences told in full
COMPLAINTS = re.compile(r"^not ok|BUG:|WARNING:|Oops|Call Trace|UBSAN|insmod:")


def cpio(name, data):
    """An archive of one file; archives may follow each other."""
    def entry(name, mode, data):
        head = "070701" + "".join(f"{n:08x}" for n in (
            1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
        head = head.encode() + name.encode() + b"\0"
        head += b"\0" * (-len(head) % 4)
        return head + data + b"\0" * (-len(data) % 4)
    return entry(name, 0o100600, data) + entry("TRAILER!!!", 0, b"")


class Machine:
    """A run of user-mode Linux on one of the two kinds of modules."""

    def __init__(self, args, which, script, more=b""):
        self.which = which
        self.initrd = args.work / f"{which}.initrd"
        self.initrd.write_bytes((args.work / f"{which}.cpio").read_bytes()
                                + more + cpio("script", script))
        # A pipe on both sides: the console cannot be a file.
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", "900", args.kernel, "mem=512M",
             f"initrd={self.initrd}", "panic=-1", "con0=null,fd:1", "con=null"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": str(args.work)})

    def lines(self):
        """The lines by flow; the kernel's own must not complain."""
        found, telling, ended = collections.defaultdict(list), False, False
        for line in self.process.stdout:
            line = line.decode(errors="replace").rstrip("\r\n")
            if line == "oracle: begin":
                telling = True
            elif line == "oracle: end":
                telling, ended = False, True
            elif telling:
                flow, _, rest = line.partition(".")
                found[int(flow)].append(rest)
            elif COMPLAINTS.search(line):
                print(f"not ok - the kernel with {self.which} modules: {line}")
                ended = False
        self.process.wait()
        self.initrd.unlink()
        if not ended:
            print(f"not ok - the run on {self.which} modules came to its end")
            sys.exit(1)
        return found


class Tally:
    def __init__(self):
        self.packets = collections.Counter()
        self.flows = collections.Counter()
        self.cut = 0
        self.deliberate = collections.Counter()
        self.bad = 0
        self.passing = 0


def compare(flow, stock, ours, tally):
    """One flow: counts what is deliberate; the two lines that are not."""
    for at, (theirs, mine) in enumerate(zip(stock, ours)):
        if theirs == mine:
            continue
        index = int(theirs.split(" ", 1)[0])
        rule, go_on = differences.find(theirs, mine, flow.octets_of(index),
                                       flow, ours[:at])
        if not rule:
            return index, theirs, mine
        tally.deliberate[rule] += 1
        if not go_on:
            tally.cut += len(stock) - at - 1
            return None
    if len(stock) != len(ours):
        return flow.packets - 1, f"{len(stock)} lines", f"{len(ours)} lines"
    return None


def explain(name, number, flow, found, tally):
    index, theirs, mine = found
    tally.bad += 1
    if tally.bad > SHOWN:
        return
    print(f"not ok - {name} flow {number} ({flow.kind}), packet {index}")
    for n, texts in enumerate(flow.told()[:index + 1]):
        for text in texts:
            print(f"    {n}: {text}")
    print(f"  stock: {theirs}")
    print(f"   ours: {mine}")


def run_both(args, numbered):
    script = b"".join(flow.octets(number) for number, flow in numbered)
    machines = [Machine(args, which, script) for which in ("stock", "ours")]
    # One after the other: the second waits with a full pipe.
    return [machine.lines() for machine in machines]


def play(args, name, numbered, tally):
    """numbered: flows and their numbers."""
    bad = []
    stock, ours = run_both(args, numbered)
    for number, flow in numbered:
        tally.packets[flow.kind] += flow.packets
        tally.flows[flow.kind] += 1
        if compare(flow, stock[number], ours[number], tally):
            bad.append((number, flow))
        if args.show:
            for which, lines in ("stock", stock), ("ours", ours):
                for line in lines[number]:
                    print(f"# {which} {line}")
    if not bad:
        return
    # A tick of the clock in the middle of a packet can do it, but not twice.
    stock, ours = run_both(args, bad)
    for number, flow in bad:
        found = compare(flow, stock[number], ours[number], Tally())
        if found:
            explain(name, number, flow, found, tally)
        else:
            tally.passing += 1


def chunks(args, seed):
    """Flows of a seed, so many that there are enough packets."""
    if args.flow:
        yield [(number, flows.flow(seed, number)) for number in args.flow]
        return
    left, number = args.count, 0
    while left > 0:
        chunk, packets = [], 0
        while packets < min(left, CHUNK):
            chunk.append((number, flows.flow(seed, number)))
            packets += chunk[-1][1].packets
            number += 1
        left -= packets
        yield chunk


def summary(name, tally, begin):
    for kind, packets in sorted(tally.packets.items()):
        print(f"# {kind:10} {packets:8} packets in {tally.flows[kind]} flows")
    for rule, times in sorted(tally.deliberate.items()):
        print(f"# deliberate: {rule}: {times}")
    total = sum(tally.packets.values())
    print(f"# {total} packets, {tally.cut} of them after a deliberate "
          f"difference and not compared, {time.time() - begin:.0f} s")
    if tally.passing:
        print(f"# {tally.passing} flows differed once, by the clock")
    if tally.bad:
        print(f"not ok - {name}: {tally.bad} flows differ")
    elif not total:
        print(f"not ok - {name}: no packet")
    else:
        print(f"ok - {name}: ours does as stock, {total} packets")
    return not tally.bad and total > 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("pcap", nargs="*", type=pathlib.Path)
    parser.add_argument("--seed", action="append", default=[])
    parser.add_argument("--count", type=int, default=CHUNK)
    parser.add_argument("--flow", action="append", type=int,
                        help="only this one")
    parser.add_argument("--show", action="store_true", help="the lines")
    args = parser.parse_intermixed_args()
    good = True
    for path in args.pcap:
        begin, tally = time.time(), Tally()
        play(args, path.name, [(0, capture.flow(path))], tally)
        good &= summary(path.name, tally, begin)
    for seed in args.seed or ([] if args.pcap else ["1"]):
        begin, tally = time.time(), Tally()
        for chunk in chunks(args, seed):
            play(args, f"seed {seed}", chunk, tally)
        good &= summary(f"seed {seed}", tally, begin)
    sys.exit(not good)


if __name__ == "__main__":
    main()
