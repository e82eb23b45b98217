# SPDX-License-Identifier: GPL-2.0-only
"""What ours does differently from stock on purpose, as narrowly as it goes.

docs/differences.md has a row for each, by the rule's name.
"""
import re

LOG = re.compile(r' log "([^"]*)"')


class Rule:
    def __init__(self, name, applies):
        self.name = name
        self.applies = applies


def log_of(line):
    found = LOG.search(line)
    return found[1] if found else ""


def says_more(theirs, mine, flow, index):
    """The same, but for a line of the log where stock has none."""
    return not log_of(theirs) and log_of(mine) and \
        theirs == LOG.sub("", mine)


RULES = [
    Rule("log-says-more", says_more),
]


def find(theirs, mine, flow, index):
    for rule in RULES:
        if rule.applies(theirs, mine, flow, index):
            return rule
    return None
