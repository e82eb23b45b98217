#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
usage: tests/coverage/report.py FARM... OUT

Adds up what gcov counted (OUT/counts) in the objects of the farms, by line and
by branch of our sources, and prints a table and whether it is enough.  What was
not reached is listed in OUT/unreached, and OUT/table.md is the table.
"""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ENOUGH = {"lines": 90, "branches": 80}     # percent


# Not counted, and why; docs/coverage.md has the same list.
NOT_COUNTED = {
    "include/nf_ct/trace.h": "one line, which TRACE_EVENT() makes functions of",
}


def is_ours(path):
    """What the modules are made of; the tests and kabi/, which holds no code, are not."""
    inside = path.relative_to(TOP) if path.is_relative_to(TOP) else None
    return inside and (str(inside.parent) == "include/nf_ct" or
                       inside.parent == pathlib.Path("."))


def counted_files(farm, counts):
    """What gcov says of each object of a farm."""
    for data in sorted((counts / str(farm)[1:]).rglob("*.gcda")):
        # gcov looks for the notes of the compiler beside the counts.
        beside = farm / data.relative_to(counts / str(farm)[1:])
        shutil.copy(data, beside)
        said = subprocess.run(
            ["gcov", "--branch-probabilities", "--json-format", "--stdout",
             beside], cwd=farm, check=True, capture_output=True).stdout
        for line in said.splitlines():
            report = json.loads(line)
            for file in report["files"]:
                where = os.path.join(report["current_working_directory"],
                                     file["file"])
                yield pathlib.Path(os.path.realpath(where)), file["lines"]


def collect(farms, counts):
    """{file: {line: count}}, {file: {(line, function, number): count}} and, of
    files that are not counted, the number of branches."""
    lines = collections.defaultdict(collections.Counter)
    branches = collections.defaultdict(collections.Counter)
    left_out = collections.Counter()
    for farm in farms:
        for path, found in counted_files(farm, counts):
            if not is_ours(path):
                continue
            name = str(path.relative_to(TOP))
            if name in NOT_COUNTED:
                left_out[name] = max(left_out[name], sum(
                    len(line["branches"]) for line in found))
                continue
            for line in found:
                at = line["line_number"]
                lines[name][at] += line["count"]
                for number, branch in enumerate(line["branches"]):
                    key = at, line.get("function_name"), number
                    branches[name][key] += branch["count"]
    return lines, branches, left_out


def share(counter):
    return sum(1 for count in counter.values() if count), len(counter)


def percent(reached, total):
    return 100 * reached / total if total else 100


def table(lines, branches):
    rows = ["| file | lines | reached | branches | taken |",
            "|---|--:|--:|--:|--:|"]
    totals = {"lines": [0, 0], "branches": [0, 0]}
    for name in sorted(lines):
        cells = []
        for kind, counter in ("lines", lines), ("branches", branches):
            reached, total = share(counter[name])
            totals[kind][0] += reached
            totals[kind][1] += total
            cells.append(f"{total} | {percent(reached, total):.1f} %")
        rows.append(f"| `{name}` | {' | '.join(cells)} |")
    cells = [f"{total} | {percent(reached, total):.1f} %"
             for reached, total in totals.values()]
    rows.append(f"| all | {' | '.join(cells)} |")
    return rows, totals


def unreached(lines, branches):
    """The lines never run, and those that have a branch never taken."""
    for name in sorted(lines):
        source = (TOP / name).read_text().split("\n")
        missed = collections.Counter(at for (at, _, _), count
                                     in branches[name].items() if not count)
        for at in sorted(set(lines[name]) | set(missed)):
            if not lines[name][at]:
                mark = "never run"
            elif missed[at]:
                mark = f"{missed[at]} not taken"
            else:
                continue
            yield f"{name}:{at}: {mark:12} {source[at - 1]}"


def main():
    *farms, out = map(pathlib.Path, sys.argv[1:])
    lines, branches, left_out = collect(farms, out / "counts")
    rows, totals = table(lines, branches)
    (out / "table.md").write_text("\n".join(rows) + "\n")
    (out / "unreached").write_text("\n".join(unreached(lines, branches)) + "\n")
    print("\n".join(rows) + "\n")
    for name, number in left_out.items():
        print(f"# not counted: {number} branches of {name}: {NOT_COUNTED[name]}")

    good = True
    for kind, (reached, total) in totals.items():
        now = percent(reached, total)
        enough = total and now >= ENOUGH[kind]
        good &= bool(enough)
        print(f"{'' if enough else 'not '}ok - {now:.1f} % of {total} {kind} "
              f"reached, {ENOUGH[kind]} % wanted")
    sys.exit(not good)


main()
