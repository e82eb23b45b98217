#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""PPTP (RFC 2637) as far as a firewall sees it: the control connection on port
1723 that agrees on call ids, and GRE packets that carry them.

pptp.py serve ADDRESS   for each call prints "call ID", the id that arrived; a
                        GRE packet of a call is sent back, with that id
pptp.py call SRC DST ID makes a call, prints "answered ID", then obeys
                        standard input: "gre" sends a packet and prints the
                        call id of the one that comes back, "clear" ends the
                        call, and so does the end of the input
"""
import select
import socket
import struct
import sys

GRE = 47
COOKIE = 0x1a2b3c4d
(START_REQUEST, START_REPLY, CALL_REQUEST, CALL_REPLY, CLEAR_REQUEST,
 CALL_DISCONNECT) = 1, 2, 7, 8, 12, 13


def control(kind, body):
    return struct.pack("!HHIHH", 12 + len(body), 1, COOKIE, kind, 0) + body


def start(kind, result):
    return control(kind, struct.pack("!HBBIIHH64s64s", 0x0100, result, 0, 3, 3,
                                     1, 1, b"nf_ct", b"nf_ct"))


def receive(sock):
    """One control message: its kind and what follows the header."""
    head = b""
    while len(head) < 12:
        more = sock.recv(12 - len(head))
        if not more:
            return None, b""
        head += more
    size, _, _, kind, _ = struct.unpack("!HHIHH", head)
    body = b""
    while len(body) < size - 12:
        body += sock.recv(size - 12 - len(body))
    return kind, body


def gre_packet(call):
    data = b"\xff\x03\xc0\x21"
    return struct.pack("!HHHHI", 0x3001, 0x880b, len(data), call, 1) + data


def call_of(packet):
    """The call id of a GRE packet, as a raw socket gives it: with its IP."""
    at = (packet[0] & 15) * 4
    return struct.unpack_from("!H", packet, at + 6)[0]


def answer(sock, calls, ident):
    kind, body = receive(sock)
    if kind == START_REQUEST:
        sock.send(start(START_REPLY, 1))
    elif kind == CALL_REQUEST:
        caller = struct.unpack_from("!H", body)[0]
        calls[ident] = caller
        print(f"call {caller}", flush=True)
        sock.send(control(CALL_REPLY, struct.pack(
            "!HHBBHIHHI", ident, caller, 1, 0, 0, 64000, 64, 0, 0)))
    elif kind == CLEAR_REQUEST:
        sock.send(control(CALL_DISCONNECT, struct.pack(
            "!HBBHH128s", ident, 4, 0, 0, 0, b"")))
    return kind is not None


def serve(address):
    listener = socket.create_server((address, 1723), backlog=8)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    raw.bind((address, 0))
    clients, calls, ident = {}, {}, 500
    print("ready", flush=True)
    while True:
        for ready in select.select([listener, raw, *clients], [], [])[0]:
            if ready is listener:
                ident += 1
                clients[listener.accept()[0]] = ident
            elif ready is raw:
                packet, peer = raw.recvfrom(2000)
                if call_of(packet) in calls:
                    raw.sendto(gre_packet(calls[call_of(packet)]), peer)
            elif not answer(ready, calls, clients[ready]):
                del clients[ready]
                ready.close()


def call(src, dst, ident):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, GRE)
    raw.bind((src, 0))
    raw.settimeout(10)
    sock = socket.create_connection((dst, 1723), source_address=(src, 0))
    sock.send(start(START_REQUEST, 0))
    receive(sock)
    sock.send(control(CALL_REQUEST, struct.pack(
        "!HHIIIIHHHH64s64s", int(ident), 1, 300, 10000000, 3, 3, 64, 0, 0, 0,
        b"", b"")))
    _, body = receive(sock)
    peer, mine = struct.unpack_from("!HH", body)
    print(f"answered {peer} for {mine}", flush=True)
    for line in sys.stdin:
        if line.strip() == "clear":
            sock.send(control(CLEAR_REQUEST, struct.pack("!HH", mine, 0)))
            receive(sock)
            print("cleared", flush=True)
            continue
        raw.sendto(gre_packet(peer), (dst, 0))
        try:
            print(f"gre {call_of(raw.recv(2000))}", flush=True)
        except socket.timeout:
            print("gre lost", flush=True)


if __name__ == "__main__":
    {"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
