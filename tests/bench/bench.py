#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs nf_ct_bench on the stock modules and on ours, in turns, and compares.

tests/bench/run calls it, first with --list for the cases to put into the
guests, then with what to boot.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from html import escape

PLAIN = "nf_conntrack_acct=0 nf_conntrack_timestamp=0 nf_conntrack_events=2"
EXTRAS = "nf_conntrack_acct=1 nf_conntrack_timestamp=1 nf_conntrack_events=1"

SIZES = ((1000, "1 k"), (100000, "100 k"), (1000000, "1 M"))


def sized(name, case, packets):
    """The same case with tables of several sizes."""
    return [(f"{name}, {label}", PLAIN,
             f"case={case} flows={flows} packets={packets}")
            for flows, label in SIZES]


# What a case is called, its sysctls, nf_ct_bench's arguments.
NATIVE = [
    # First, while nothing has grown yet.
    ("bytes of memory a flow, 1 M", PLAIN, "memory flows=1000000"),
    ("bytes of memory a flow with acct, times, events, 1 M", EXTRAS,
     "memory flows=1000000"),
    ("entry read from /proc, 1 k", PLAIN, "read flows=1000 times=100"),
    ("entry read from /proc, 10 k", PLAIN, "read flows=10000 times=10"),
    ("entry read from /proc, 100 k", PLAIN, "read flows=100000 times=1"),
    ("UDP established, one flow", PLAIN,
     "case=udp_same flows=1000 packets=1000000"),
    *sized("UDP established, random flow", "udp_random", 1000000),
    ("TCP established, one flow", PLAIN,
     "case=tcp_same flows=1000 packets=1000000"),
    *sized("TCP established, random flow", "tcp_random", 1000000),
    ("IPv6 UDP established, random flow, 100 k", PLAIN,
     "case=udp6_random flows=100000 packets=1000000"),
    ("UDP established with acct, times, events, 100 k", EXTRAS,
     "case=udp_random flows=100000 packets=1000000 listen=1"),
    ("UDP established through SNAT, 100 k", PLAIN,
     "case=udp_random flows=100000 packets=1000000 snat=1"),
    *sized("new UDP", "udp_new", 200000),
    ("new UDP with acct, times, events, 100 k", EXTRAS,
     "case=udp_new flows=100000 packets=200000 listen=1"),
    ("new IPv6 UDP, 100 k", PLAIN,
     "case=udp6_new flows=100000 packets=200000"),
    ("new UDP through SNAT, 1 k", PLAIN,
     "case=udp_new flows=1000 packets=50000 snat=1"),
    ("TCP from SYN to last ACK, 100 k", PLAIN,
     "case=tcp_life flows=100000 packets=50000"),
    ("ICMP echo and reply, 100 k", PLAIN,
     "case=icmp_new flows=100000 packets=50000"),
    ("FTP line with PORT", PLAIN, "case=ftp_line flows=1 packets=100000"),
    ("found and deleted, 100 k", PLAIN,
     "case=delete flows=100000 packets=100000"),
    ("found and deleted, 1 M", PLAIN,
     "case=delete flows=1000000 packets=1000000"),
    ("found expired and made anew, 100 k", PLAIN,
     "case=udp_expired flows=100000 packets=100000"),
]
# Stock takes longer than its entries live, and than anybody waits: only if it
# is asked for.
LONG = [("entry read from /proc, 1 M",
         PLAIN + " nf_conntrack_udp_timeout=7200",
         "read flows=1000000 times=1")]
COUNTED = [
    ("UDP established, one flow", PLAIN,
     "case=udp_same flows=1000 packets=20000"),
    ("UDP established, random flow, 1 k", PLAIN,
     "case=udp_random flows=1000 packets=20000"),
    ("TCP established, one flow", PLAIN,
     "case=tcp_same flows=1000 packets=20000"),
    ("TCP established, random flow, 1 k", PLAIN,
     "case=tcp_random flows=1000 packets=20000"),
    ("IPv6 UDP established, random flow, 1 k", PLAIN,
     "case=udp6_random flows=1000 packets=20000"),
    ("UDP established with acct, times, events, 1 k", EXTRAS,
     "case=udp_random flows=1000 packets=20000 listen=1"),
    ("UDP established through SNAT, 1 k", PLAIN,
     "case=udp_random flows=1000 packets=20000 snat=1"),
    ("new UDP, 1 k", PLAIN, "case=udp_new flows=1000 packets=20000"),
    ("new UDP with acct, times, events, 1 k", EXTRAS,
     "case=udp_new flows=1000 packets=20000 listen=1"),
    ("TCP from SYN to last ACK, 1 k", PLAIN,
     "case=tcp_life flows=1000 packets=5000"),
    ("ICMP echo and reply, 1 k", PLAIN,
     "case=icmp_new flows=1000 packets=5000"),
    ("FTP line with PORT", PLAIN, "case=ftp_line flows=1 packets=5000"),
    ("found and deleted, 20 k", PLAIN,
     "case=delete flows=20000 packets=20000"),
    ("found expired and made anew, 20 k", PLAIN,
     "case=udp_expired flows=20000 packets=20000"),
]
PAIRED = [
    ("UDP established, one sends", PLAIN,
     "case=udp_random flows=1000 packets=2000000"),
    ("UDP established, two send", PLAIN,
     "case=udp_random flows=1000 packets=4000000 cpus=2"),
    ("TCP established, one sends", PLAIN,
     "case=tcp_random flows=1000 packets=2000000"),
    ("TCP established, two send", PLAIN,
     "case=tcp_random flows=1000 packets=4000000 cpus=2"),
    ("new UDP, one sends", PLAIN, "case=udp_new flows=1000 packets=300000"),
    ("new UDP, two send", PLAIN,
     "case=udp_new flows=1000 packets=600000 cpus=2"),
    ("entry listed by conntrack -L, 10 k", PLAIN, "list flows=10000"),
    ("entry listed by conntrack -L, 100 k", PLAIN, "list flows=100000"),
    ("entry listed by conntrack -L, 1 M", PLAIN, "list flows=1000000"),
    ("worst 256 new flows while buckets change, 1 M", PLAIN,
     "resize flows=1000000"),
]
TABLES = {"ns": NATIVE, "instructions": COUNTED, "paired": PAIRED}
UNITS = {"ns": "ns a packet", "instructions": "instructions a packet",
         "paired": "ns a packet"}


def play(command, cases):
    """Boots a guest; returns what a packet of each case costs."""
    text = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, errors="replace").stdout
    costs = re.findall(r"bench: \w+ \d+ (\d+\.\d+) \d+", text)
    if len(costs) != len(cases):
        sys.exit(text + f"\n{len(costs)} results of {len(cases)} cases")
    return [float(cost) for cost in costs]


def command_for(unit, which, args):
    """What boots a guest with these modules."""
    if unit == "ns":
        # It is two processes that call each other for each system call: on
        # two processors that takes ten times as long, or not, by chance.
        cpu = max(os.sched_getaffinity(0))
        return ["taskset", "-c", str(cpu), args.uml, "mem=3G", f"initrd={args.initrd}.{which}",
                "panic=-1", "con0=null,fd:1", "con=null"]
    machine = ["--steady"] if unit == "instructions" else ["--memory", "2048"]
    return ["tests/vm/run", *machine, "--modules", which, "--timeout",
            "1800", "--add", f"{args.add}/nf_ct_bench.ko", "--add",
            f"{args.add}/cases.{unit}", "--", "bash",
            "/nf_ct/tests/bench/guest", f"/nf_ct/cases.{unit}"]


def measure(unit, cases, rounds, args, before=()):
    """A row a case: name, stock's median, ours, the median of the ratios."""
    runs = {which: [list(costs) for costs in
                    zip(*(row["rounds"][which] for row in before))]
            for which in ("stock", "ours")}
    for number in range(rounds):
        for which, costs in runs.items():
            print(f"{unit}: round {number + 1} of {rounds}, {which}",
                  file=sys.stderr)
            costs.append(play(command_for(unit, which, args), cases))
    rows = []
    for i, (name, _, _) in enumerate(cases):
        stock = [costs[i] for costs in runs["stock"]]
        ours = [costs[i] for costs in runs["ours"]]
        rows.append({"case": name, "stock": statistics.median(stock),
                     "ours": statistics.median(ours),
                     "ratio": statistics.median(o / s for o, s
                                                in zip(ours, stock)),
                     "rounds": {"stock": stock, "ours": ours}})
    return rows


def markdown(unit, rows):
    """The rows as a table."""
    lines = [f"| {UNITS[unit]} | stock | nf_ct | ratio |",
             "|---|---:|---:|---:|"]
    lines += [f"| {r['case']} | {r['stock']:.0f} | {r['ours']:.0f} "
              f"| {r['ratio']:.2f} |" for r in rows]
    return "\n".join(lines)


def scaling(rows):
    """How much faster two senders are than one."""
    lines = ["| how much faster two are | stock | nf_ct |", "|---|---:|---:|"]
    pairs = {}
    for row in rows:
        name, _, who = row["case"].partition(", ")
        pairs.setdefault(name, {})[who] = row
    for name, pair in pairs.items():
        if "two send" in pair:
            gains = [pair["one sends"][which] / pair["two send"][which]
                     for which in ("stock", "ours")]
            lines.append(f"| {name} | {gains[0]:.2f} | {gains[1]:.2f} |")
    return "\n".join(lines)


def plot(rows):
    """Horizontal bars: ours as a share of stock, a line at one."""
    height, left, width = 18, 330, 300
    end = 40 + height * len(rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + 2 * width}"'
             f' height="{end + 10}" font-family="sans-serif" font-size="12">',
             '<text x="5" y="16">nanoseconds a packet, nf_ct / stock</text>']
    for i, row in enumerate(rows):
        y = 30 + height * i
        bar = min(row["ratio"], 1.8) * width
        color = "#2a7" if row["ratio"] <= 1 else "#c43"
        parts.append(f'<text x="5" y="{y + 12}">{escape(row["case"])}</text>'
                     f'<rect x="{left}" y="{y}" width="{bar:.0f}" height="13"'
                     f' fill="{color}"/><text x="{left + bar + 4:.0f}"'
                     f' y="{y + 12}">{row["ratio"]:.2f}</text>')
    parts.append(f'<line x1="{left + width}" x2="{left + width}" y1="24"'
                 f' y2="{end}" stroke="black"/></svg>')
    return "\n".join(parts) + "\n"


def write_docs(results):
    """docs/benchmarks.*, from scratch."""
    def rounds(unit):
        return len(results[unit][0]["rounds"]["stock"])

    with open("docs/benchmarks.md", "w", encoding="utf-8") as page:
        page.write(
            "# Benchmarks\n\nWritten by `make bench`, which measures the stock "
            "modules and ours in turns and takes medians; a\nratio is the "
            "median of the rounds' ratios. Less is better. What it costs to "
            "make a packet is subtracted. A case's last\nword is how many "
            "flows the table holds meanwhile; memory is measured with "
            "1 M of them, the hash table or the index\nincluded.\n\n"
            f"Processor: {platform.processor() or platform.machine()}.\n\n"
            "## Time\n\nUser-mode Linux 6.1, one processor, real caches; "
            f"{rounds('ns')} rounds.\n\n"
            "![ratios](benchmarks.svg)\n\n" + markdown("ns", results["ns"]) +
            "\n\n## Instructions\n\nDebian's kernel 6.1 in QEMU, whose clock "
            "counts instructions.\n\n" +
            markdown("instructions", results["instructions"]) +
            "\n\n## Two processors\n\nThe same kernel in QEMU with two "
            "processors, each a thread of the host's; "
            f"{rounds('paired')} rounds. Twice as fast is what two can be.\n\n" + markdown("paired", results["paired"]) + "\n\n" +
            scaling(results["paired"]) + "\n")
    with open("docs/benchmarks.json", "w", encoding="ascii") as data:
        json.dump(results, data, indent=1)
        data.write("\n")
    with open("docs/benchmarks.svg", "w", encoding="ascii") as image:
        image.write(plot(results["ns"]))


def main():
    """See the usage of tests/bench/run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", choices=TABLES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--unit", choices=TABLES)
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--uml")
    parser.add_argument("--initrd")
    parser.add_argument("--add")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    tables = dict(TABLES, ns=NATIVE + LONG) if args.names else TABLES
    picked = {unit: [c for c in cases if not args.names or
                     any(n in f"{c[0]} {c[2]}" for n in args.names)]
              for unit, cases in tables.items()}
    if args.list:
        for _, settings, arguments in picked[args.list]:
            print(f"{settings}|{arguments}")
        return
    results = {}
    if args.unit and not args.names:
        # That part alone is measured anew, or in more rounds.
        with open("docs/benchmarks.json", encoding="ascii") as data:
            results = json.load(data)
    for unit, cases in picked.items():
        if cases and args.unit in (None, unit):
            # Instructions are the same each time.
            rounds = 1 if unit == "instructions" else args.rounds
            before = results.get(unit, ()) if args.more else ()
            results[unit] = measure(unit, cases, rounds, args, before)
            print(markdown(unit, results[unit]) + "\n")
            if unit == "paired":
                print(scaling(results[unit]) + "\n")
    if not args.names:
        write_docs(results)


main()
