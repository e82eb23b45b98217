#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Mutation test: does a KUnit suite fail for each deliberate bug?

A mutant is compiled alone, with the command that built the original, and
linked with the original's other objects.  User-mode Linux then loads many
mutants one after the other.  A mutant that stops the kernel or hangs it is
caught, too; those behind it get a new boot.

A list *.mutants is named after the source that it mutates:

    # what is wrong with the mutant
    -lines as they stand in the source, once
    +lines in their place

A mutant whose old lines are not in the source, or not unique, is a failure.
"""
import argparse
import os
import pathlib
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BATCH = 20          # mutants a boot
SILENCE = 60        # seconds after which a mutant hangs

ORIGINAL = "the original"
NOT_BUILT = "it cannot be built"
NOT_LOADED = "it cannot be loaded"

COMPLAINT = re.compile(r"BUG: |BUG at |WARNING: |UBSAN|Oops|panic|"
                       r"refcount_t: |Redzone")

# The objects with the suites that test each source.
SUITES = {
    "nf_ct_proto_tcp": ["tcp_story", "tcp_table", "tcp_window"],
    "nf_ct_tcp_window": ["tcp_story", "tcp_table", "tcp_window"],
    "nf_ct_proto_udp": ["udp"],
    "nf_ct_proto_icmp": ["icmp"],
    "nf_ct_proto_sctp": ["sctp"],
    "nf_ct_proto_dccp": ["dccp"],
    "nf_ct_ftp_parse": ["ftp"],
    "nf_ct_amanda_parse": ["amanda"],
    "nf_ct_why": ["why"],
    "nf_ct_gc_pace": ["gc"],
    "xt_fields": ["xt_conntrack"],
    "nf_ct_tuple": ["tuple"],
    "tuple": ["tuple"],
    "entry": ["table", "entry"],
    "nf_ct_seqadj": ["seqadj"],
    "nf_ct_ext": ["ext"],
    "nf_ct_confirm": ["confirm"],
    "nf_ct_event": ["event"],
    "nf_ct_expect": ["expect"],
    "nf_ct_entry": ["table", "entry"],
    "nf_ct_helper": ["helper"],
    "nf_ct_label": ["entry"],
    "nf_ct_main": ["entry"],
    "nf_ct_proc": ["proc"],
    "nf_ct_shell_gre": ["helper"],
    "nf_ct_timeout": ["timeout"],
    "nf_ct_gc": ["table"],
    "nf_ct_index": ["table"],
    "nf_ct_table": ["table", "confirm"],
}

# Parts of nf_conntrack.ko, tested by suites that run on it.
LIVE = {"nf_ct_tuple", "nf_ct_seqadj", "nf_ct_ext", "nf_ct_expect",
        "nf_ct_entry", "nf_ct_gc", "nf_ct_index", "nf_ct_table",
        "nf_ct_confirm", "nf_ct_event", "nf_ct_helper", "nf_ct_label",
        "nf_ct_main", "nf_ct_proc", "nf_ct_shell_gre", "nf_ct_timeout"}

# Headers with code in them, and the object that it is tested in.
HEADERS = {"xt_fields": "tests/xt_conntrack_test", "tuple": "nf_ct_tuple",
           "entry": "nf_ct_entry"}


@dataclass
class Table:
    """A transition table: how it is read, and what a cell may hold."""
    stem: str
    read: str           # the expression that reads a cell
    cells: int
    least: int          # values a cell may have: least, ..., values - 1
    values: int
    current: str        # what a cell means, if not what it holds
    unreachable: tuple = ()


TABLES = [
    Table("nf_ct_proto_tcp", "transitions[state][dir][event]",
          10 * 2 * 6, 0, 12, "{read}"),
    # A cell of 0 means the state itself.  In NONE, data and ABORT are refused
    # before the table is asked, and so is an INIT ACK in reply to nothing.
    Table("nf_ct_proto_sctp", "moves[state][dir][pkt->event[i]]",
          10 * 2 * 12, 1, 11, "({read} ?: state)", (0, 3, 12, 14, 15)),
    Table("nf_ct_proto_dccp", "moves[next.state][next.role[dir]][pkt->type]",
          8 * 2 * 10, 0, 10, "{read}"),
]

# Takes the place of the expression that reads a cell.
ALTERED = """({{
	unsigned int now = {current};

	if (&{read} - &{name}[0][0][0] == mutant_cell)
		now = {least} + (now - {least} + mutant_shift) %
		      ({values} - {least});
	now;
}})"""

# Which cell is told by the domain name: the suites of a module run before its
# parameters are read.
NUMBER = """
#include <linux/utsname.h>
#define mutant_number	simple_strtol(init_uts_ns.name.domainname, NULL, 10)
#define mutant_cell	(mutant_number / 16)
#define mutant_shift	(mutant_number % 16)
"""


@dataclass
class Mutant:
    """One deliberate bug, and what became of it."""
    name: str
    stem: str
    text: str = ""              # the source with the bug in it
    number: int = 0             # cell * 16 + shift
    modules: list = field(default_factory=list)
    verdict: str = ""           # why it counts as caught
    suites_ok: int = 0


def source_of(stem):
    if stem in HEADERS:
        return TOP / f"include/nf_ct/{stem}.h"
    return TOP / f"{stem}.c"


# What has no object of its own in nf_conntrack.ko, and the one it is part of.
PATH = "nf_ct_path"
INCLUDED = set(re.findall(r'#include "(\w+)\.c"', source_of(PATH).read_text()))


def read_list(path):
    """The mutants of a list; complains of those that do not apply."""
    source = source_of(path.stem).read_text()
    mutants, faults = [], []
    for block in re.split(r"\n{2,}", path.read_text().strip()):
        lines = block.split("\n")
        if lines[0].startswith("# Not listed"):
            continue
        name = lines[0][2:]
        old = "".join(l[1:] + "\n" for l in lines[1:] if l[0] == "-")
        new = "".join(l[1:] + "\n" for l in lines[1:] if l[0] == "+")
        found = ("\n" + source).count("\n" + old)
        if lines[0][:2] != "# " or not old or found != 1:
            faults.append(f"{path.name}: {name}: its lines stand there "
                          f"{found} times")
            continue
        text = ("\n" + source).replace("\n" + old, "\n" + new, 1)[1:]
        mutants.append(Mutant(name, path.stem, text))
    return mutants, faults


def alter_cells(table):
    """A source in which the domain name alters one cell."""
    source = source_of(table.stem).read_text()
    before, found, behind = source.rpartition(table.read)
    if not found:
        raise ValueError(f"{table.stem}.c does not read {table.read}")
    name = table.read.partition("[")[0]
    new = ALTERED.format(read=table.read, name=name, least=table.least,
                         values=table.values,
                         current=table.current.format(read=table.read))
    text = before + new + behind
    at = text.rindex("#include <nf_ct/")
    at = text.index("\n", at) + 1
    return (text[:at] + NUMBER + text[at:] +
            f"static_assert(sizeof({name}) == {table.cells});\n")


def cells_of(table, modules, whole, every):
    """Each cell with every other value or with one; every Nth of these."""
    others = table.values - table.least
    cells = [Mutant(f"cell {cell} shifted by {shift}", table.stem,
                    number=cell * 16 + shift,
                    modules=modules)
             for cell in range(table.cells) if cell not in table.unreachable
             for shift in (range(1, others) if whole
                           else [1 + cell % (others - 1)])]
    return cells[::every]


class Builder:
    """Compiles and links mutants with the commands that kbuild recorded."""

    def __init__(self, kernel, farm, work):
        self.kdir = kernel / "build"
        self.farm = str(farm)
        self.kunit_farm = str(farm) + "-kunit"
        self.work = work

    def command(self, farm, target):
        path = pathlib.Path(farm, target)
        saved = (path.parent / f".{path.name}.cmd").read_text()
        return re.search(r"^\S+ := (.*)", saved)[1]

    def run(self, command):
        done = subprocess.run(command, shell=True, cwd=self.kdir, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise ValueError(done.stdout)

    def object_of(self, farm, stem):
        """The pure parts have objects of their own in the KUnit module."""
        return PATH if str(farm) == self.farm and stem in INCLUDED else stem

    def compile(self, farm, stem, mutant, out):
        """Compile the mutated source, or what includes it."""
        stem = self.object_of(farm, stem)
        original = f"{farm}/{stem}"
        command = self.command(farm, f"{stem}.o")
        command = re.sub(r"-Wp,-MMD,\S+", "-w", command)
        command = command.replace(f"{original}.o", f"{out}/mutant.o")
        if source_of(mutant.stem).suffix == ".h":
            header = out / f"include/nf_ct/{mutant.stem}.h"
            header.parent.mkdir(parents=True)
            header.write_text(mutant.text)
            command = command.replace("gcc ", f"gcc -I{out}/include ", 1)
        elif stem != mutant.stem:
            (out / f"{mutant.stem}.c").write_text(mutant.text)
            shutil.copy(f"{original}.c", out / "mutant.c")
            command = command.replace(f"{original}.c", f"{out}/mutant.c")
            command = command.replace("gcc ", f"gcc -iquote {farm} ", 1)
        else:
            (out / "mutant.c").write_text(mutant.text)
            command = command.replace(f"{original}.c", f"{out}/mutant.c")
        self.run(command)
        return f"{out}/mutant.o"

    def link(self, farm, module, out, replaced, mutant_o, wanted=lambda o: True):
        replaced = self.object_of(farm, replaced)
        objects = pathlib.Path(farm, f"{module}.mod").read_text().split()
        objects = [mutant_o if o == f"{farm}/{replaced}.o" else o
                   for o in objects if wanted(o)]
        command = self.command(farm, f"{module}.o")
        command = command.replace(f"@{farm}/{module}.mod", " ".join(objects))
        self.run(command.replace(f"{farm}/{module}.o", f"{out}/{module}.o"))
        command = self.command(farm, f"{module}.ko")
        command = command.replace(f"{farm}/{module}.ko", f"{out}/{module}.ko")
        self.run(command.replace(f"{farm}/{module}.o", f"{out}/{module}.o"))
        return f"{out}/{module}.ko"

    def build(self, mutant):
        suites = {f"tests/{s}_test.o" for s in SUITES[mutant.stem]}

        def wanted(path):
            path = os.path.relpath(path, self.kunit_farm)
            return not path.endswith("_test.o") or path in suites

        out = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        farm, stem = self.kunit_farm, HEADERS.get(mutant.stem, mutant.stem)
        if stem in LIVE:
            obj = self.compile(self.farm, stem, mutant, out)
            mutant.modules = [
                self.link(self.farm, "nf_conntrack", out, stem, obj),
                self.link(farm, "nf_ct_kunit_live", out, "", "", wanted)]
            return
        obj = self.compile(farm, stem, mutant, out)
        mutant.modules = [self.link(farm, "nf_ct_kunit", out, stem, obj, wanted)]

    def try_to_build(self, mutant):
        try:
            self.build(mutant)
        except ValueError as error:
            mutant.verdict = NOT_BUILT
            print(error)
        return bool(mutant.modules)


def test_cells(table, builder, machine, whole, every):
    """Alter one table; says how many ways were tried and how many failed."""
    altered = Mutant("cells", table.stem, alter_cells(table))
    if not builder.try_to_build(altered):
        judge(altered)
        return 0, 1
    cells = cells_of(table, altered.modules, whole, every)
    # Nothing is altered: the suites must pass.
    original = Mutant(ORIGINAL, table.stem, modules=altered.modules)
    machine.run([original] + cells)
    missed = [c for c in cells if not c.verdict or c.verdict == NOT_LOADED]
    good = judge(original)
    for cell in missed:
        judge(cell)
    if not missed:
        print(f"ok - {table.stem}: {len(cells)} ways to alter its "
              f"{table.cells} cells, each is caught", flush=True)
    return len(cells), len(missed) + (not good)


class Machine:
    """Boots user-mode Linux with a batch of mutants."""

    def __init__(self, kernel, needs, work):
        self.kernel = kernel
        self.needs = needs
        self.work = work
        self.running = set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)

    def stop(self, number, frame):
        for process in list(self.running):
            os.killpg(process, signal.SIGKILL)
        os._exit(1)

    def initrd(self, where, mutants):
        root = where / "root"
        for name in ("bin", "dev", "proc", "sys"):
            (root / name).mkdir(parents=True)
        shutil.copy(self.kernel / "busybox", root / "bin/busybox")
        shutil.copy(HERE / "init", root / "init")
        order = []
        for module in self.needs:
            shutil.copy(module, root)
            order.append(f"load /{os.path.basename(module)}")
        for number, mutant in enumerate(mutants):
            order.append(f"echo mutant {number} begins")
            order.append(f"echo {mutant.number} > "
                         "/proc/sys/kernel/domainname")
            for path in mutant.modules:
                to = root / os.path.basename(os.path.dirname(path))
                to.mkdir(exist_ok=True)
                if not (to / os.path.basename(path)).exists():
                    os.link(path, to / os.path.basename(path))
                order.append(f"load /{to.name}/{os.path.basename(path)}")
            for path in reversed(mutant.modules):
                order.append("unload " + pathlib.Path(path).stem)
            order.append(f"echo mutant {number} ends")
        (root / "order").write_text("\n".join(order) + "\n")
        files = subprocess.run(["find", "."], cwd=root, check=True,
                               capture_output=True).stdout
        with open(where / "initrd", "wb") as out:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"],
                           cwd=root, input=files, stdout=out, check=True)

    def lines(self, where):
        """What the kernel prints, until it ends or is silent for too long."""
        process = subprocess.Popen(
            [self.kernel / "vmlinuz", "mem=256M", f"initrd={where}/initrd",
             "panic=-1", "oops=panic", "con0=null,fd:1", "con=null"],
            env=dict(os.environ, TMPDIR=str(where)), cwd=where,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        self.running.add(process.pid)
        selector = selectors.DefaultSelector()
        selector.register(process.stdout, selectors.EVENT_READ)
        buffer = b""
        while selector.select(SILENCE):
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                break
            *whole, buffer = (buffer + data).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace").strip()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.running.discard(process.pid)
        process.wait()

    def boot(self, mutants):
        """Run as many as one boot allows; returns those that are left."""
        with tempfile.TemporaryDirectory(dir=self.work) as where:
            where = pathlib.Path(where)
            self.initrd(where, mutants)
            now, ended = None, -1
            log = []
            for line in self.lines(where):
                log.append(line)
                mark = re.match(r"(?:\[ *[\d.]+\] )?mutant (\d+) (\w+)", line)
                if mark and mark[2] == "begins":
                    now = mutants[int(mark[1])]
                elif mark:
                    now, ended = None, int(mark[1])
                elif now:
                    note(now, line)
            if now:
                ended += 1
                now.verdict = now.verdict or "stops the kernel"
            if ended < 0:
                sys.exit("\n".join(log[-20:]) + "\nthe kernel did not boot")
            return mutants[ended + 1:]

    def run(self, mutants):
        while mutants:
            mutants = self.boot(mutants)


def note(mutant, line):
    """Draw from a line whether the mutant is caught."""
    failed = re.search(r"not ok \d* ?-? ?(.*)", line)
    if failed and not mutant.verdict:
        mutant.verdict = failed[1]
    elif COMPLAINT.search(line) and not mutant.verdict:
        mutant.verdict = line
    elif line.startswith("not loaded"):
        mutant.verdict = NOT_LOADED
    elif re.match(r"(\[ *[\d.]+\] )?ok \d+ ", line):
        mutant.suites_ok += 1


def judge(mutant):
    """Print a line of TAP; of an original all suites pass, else one fails."""
    what = f"{mutant.stem}: {mutant.name}"
    if mutant.verdict in (NOT_BUILT, NOT_LOADED):
        fault = mutant.verdict
    elif mutant.name == ORIGINAL:
        fault = mutant.verdict or (not mutant.suites_ok and "no suite ran")
    else:
        fault = not mutant.verdict and "SURVIVES"
    if fault:
        print(f"not ok - {what}: {fault}", flush=True)
    elif mutant.name == ORIGINAL:
        print(f"ok - {what} passes {mutant.suites_ok} suites", flush=True)
    else:
        print(f"ok - {what}: caught by {mutant.verdict}", flush=True)
    return not fault


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kernel", type=pathlib.Path)
    parser.add_argument("farm", type=pathlib.Path)
    parser.add_argument("--needs", action="append", default=[])
    parser.add_argument("--cells", action="store_true")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("stems", nargs="*")
    args = parser.parse_intermixed_args()

    lists = sorted(HERE.glob("*.mutants"))
    originals, mutants, faults, total = [], [], [], 0
    for path in lists:
        if args.stems and path.stem not in args.stems:
            continue
        found, bad = read_list(path)
        total += len(found)
        originals.append(Mutant(ORIGINAL, path.stem,
                                source_of(path.stem).read_text()))
        mutants += found[::args.every]
        faults += bad
    for fault in faults:
        print(f"not ok - {fault}")

    with tempfile.TemporaryDirectory() as work:
        builder = Builder(args.kernel, args.farm, work)
        machine = Machine(args.kernel, args.needs, work)

        def run(batch):
            machine.run([m for m in batch if builder.try_to_build(m)])
            return batch

        def run_cells(table):
            return test_cells(table, builder, machine, args.cells,
                              args.every)

        tables = [t for t in TABLES if not args.stems or t.stem in args.stems]
        todo = [] if args.cells else originals + mutants
        batches = [todo[i:i + BATCH] for i in range(0, len(todo), BATCH)]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            cells = pool.map(run_cells, tables)
            missed = sum(not judge(m) for batch in pool.map(run, batches)
                         for m in batch)
            altered, cells_missed = map(sum, zip((0, 0), *cells))

    bad = missed + cells_missed + len(faults)
    print(f"# {len(mutants) if todo else 0} of {total} mutants and {altered} "
          f"altered cells: {bad} survive or could not be tried")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
