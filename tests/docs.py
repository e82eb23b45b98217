#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do docs/invalid.md, regressions.md and differences.md agree with the sources?

Prints a line for each reason that is missing or too many in invalid.md, and
for each test that regressions.md names and that does not exist:

    `suite.case`            a case of a KUnit suite
    `suite.case` "row"      and a row of that name in the suite's file
    `tests/net/x.sh` "text" a check of a system test

and for each rule of tests/oracle/differences.py that differences.md lacks, or
names and that is none.
"""
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent


def read(name):
    return (TOP / name).read_text()


def reasons():
    known = re.findall(r'_\([A-Z0-9_]+,\s+"([a-z0-9_]+)"',
                       read("include/nf_ct/why.h"))
    told = re.findall(r"^\| `([a-z0-9_]+)` \|(?: [^|]+ \|){3}$",
                      read("docs/invalid.md"), re.M)
    for name in known:
        if told.count(name) != 1:
            print(f"docs/invalid.md: {told.count(name)} rows for {name}")
    for name in sorted(set(told) - set(known)):
        print(f"docs/invalid.md: {name} is no reason")


def suites():
    """The text of each suite's file, by the suite's name."""
    found = {}
    for path in TOP.glob("tests/*_test.c"):
        text = path.read_text()
        name = re.search(r'struct kunit_suite \w+ = \{\s+\.name\s*= "(\w+)"',
                         text)
        found[name[1]] = text
    return found


def missing(name, row, files):
    """What is wrong with the name of a test, or None."""
    if name.startswith("tests/"):
        if not (TOP / name).is_file():
            return "no such file"
        text = read(name)
    else:
        suite, case = name.split(".")
        if suite not in files:
            return "no such suite"
        text = files[suite]
        if not re.search(rf"KUNIT_CASE(_PARAM)?\({case}[,)]", text):
            return "no such case"
    if row and row not in text:
        return f'no "{row}" in it'
    return None


def regressions():
    files = suites()
    rows = 0
    for number, line in enumerate(read("docs/regressions.md").splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| class"):
            continue
        rows += 1
        tests = re.findall(r'`(tests/[\w/.]+|nf_ct_\w+\.\w+)`((?: "[^"]+")*)',
                           line)
        if not tests:
            print(f"docs/regressions.md:{number}: no test")
        for name, texts in tests:
            for row in re.findall(r'"([^"]+)"', texts) or [None]:
                wrong = missing(name, row, files)
                if wrong:
                    print(f"docs/regressions.md:{number}: {name}: {wrong}")
    if not rows:
        print("docs/regressions.md: no row")


def differences():
    rules = re.search(r"^RULES = \[(.*?)\]", read("tests/oracle/differences.py"),
                      re.M | re.S)[1]
    known = [name.replace("_", "-") for name in re.findall(r"\w+", rules)]
    page = read("docs/differences.md")
    told = re.findall(r"[|,] oracle `([a-z-]+)` \|$", page, re.M)
    for name in sorted(set(known) | set(told)):
        if known.count(name) != 1 or told.count(name) != 1:
            print(f"docs/differences.md: {told.count(name)} rows for "
                  f"{name}, {known.count(name)} rules")
    for name in re.findall(r"\| `(tests/[\w/.]+)`(?: \||, .*)$", page, re.M):
        if not (TOP / name).is_file():
            print(f"docs/differences.md: no {name}")


reasons()
regressions()
differences()
