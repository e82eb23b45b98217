# SPDX-License-Identifier: GPL-2.0-only
"""Does the oracle see deliberate bugs in our modules?

Called by tests/oracle/run --bugs.  The bugs are in tests/oracle/bugs/, in the
form of tests/mutants/*.mutants, which also builds them.  Each is played the
same packets, until ours differs in a way that differences.py does not know.
"""
import argparse
import pathlib
import sys
import tempfile

import compare
import flows

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.append(str(TOP / "tests/mutants"))
import mutants  # noqa: E402

PART = 25000                    # packets after which to stop if it is seen
HELPERS = {"nf_ct_ftp_parse", "nf_ct_helper_ftp"}


def parts(seed, count):
    """Flows of a seed with their numbers, PART packets at a time."""
    number = 0
    for _ in range(0, count, PART):
        part, packets = [], 0
        while packets < PART:
            part.append((number, flows.flow(seed, number)))
            packets += part[-1][1].packets
            number += 1
        yield part


class Bench:
    """Plays parts to stock once, and to ours with each bug."""

    def __init__(self, args):
        self.args = args
        self.parts = list(parts(args.seed, args.count))
        self.stock = [self.lines("stock", part) for part in self.parts]
        release = (args.kernel.parent / "release").read_text().strip()
        self.farm = TOP / "build" / release
        self.builder = mutants.Builder(args.kernel.parent, self.farm, args.work)

    def lines(self, which, part, more=b""):
        script = b"".join(flow.octets(number) for number, flow in part)
        return compare.Machine(self.args, which, script, more).lines()

    def build(self, bug):
        """An archive with the module that has the bug."""
        out = pathlib.Path(tempfile.mkdtemp(dir=self.args.work))
        module = "nf_conntrack_ftp" if bug.stem in HELPERS else "nf_conntrack"
        obj = self.builder.compile(self.farm, bug.stem, bug, out)
        path = self.builder.link(self.farm, module, out, bug.stem, obj)
        return compare.cpio(f"modules/{module}.ko",
                            pathlib.Path(path).read_bytes())

    def differing(self, part, stock, more):
        ours = self.lines("ours", part, more)
        return [(number, flow) for number, flow in part if compare.compare(
            flow, stock[number], ours[number], compare.Tally())]

    def seen(self, more=b""):
        """The first flow that shows it, or None.

        What the clock does once it does not do again."""
        for part, stock in zip(self.parts, self.stock):
            bad = self.differing(part, stock, more)
            if bad:
                bad = self.differing(bad, self.lines("stock", bad), more)
            if bad:
                number, flow = bad[0]
                return f"flow {number} ({flow.kind}) of {len(bad)}"
        return None


def judge(bench, bug):
    try:
        found = bench.seen(bench.build(bug))
    except ValueError as error:
        print(f"not ok - {bug.stem}: {bug.name}: it cannot be built\n{error}")
        return False
    if found:
        print(f"ok - {bug.stem}: {bug.name}: seen in {found}", flush=True)
    else:
        print(f"not ok - {bug.stem}: {bug.name}: NOT SEEN", flush=True)
    return bool(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=compare.CHUNK)
    parser.add_argument("stems", nargs="*")
    args = parser.parse_intermixed_args()
    bugs, faults = [], []
    for path in sorted((HERE / "bugs").glob("*.mutants")):
        if not args.stems or path.stem in args.stems:
            found, bad = mutants.read_list(path)
            bugs += found
            faults += bad
    for fault in faults:
        print(f"not ok - {fault}")
    bench = Bench(args)
    missed = 0
    found = bench.seen()
    if found:
        print(f"not ok - without a bug, {found} differs")
    for bug in bugs:
        missed += not judge(bench, bug)
    print(f"# {len(bugs)} bugs, {missed} not seen")
    sys.exit(bool(missed or faults or found or not bugs))


if __name__ == "__main__":
    main()
