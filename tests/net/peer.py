#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One end of a conversation over SCTP, DCCP or UDP-Lite.

peer.py PROTO serve PORT            echo whatever comes; to "bye", close first
peer.py PROTO talk SRC SPORT DST DPORT

"talk" connects, says "open", and then obeys the lines of its standard input:
"close", "abort", "tell TEXT", which sends it and goes on, or any other text,
which it sends and whose echo it prints.
"""
import os
import socket
import struct
import sys

SOL_DCCP, DCCP_SOCKOPT_SERVICE = 269, 2
KINDS = {"sctp": (socket.SOCK_STREAM, 132), "dccp": (6, 33),
         "udplite": (socket.SOCK_DGRAM, 136), "udp": (socket.SOCK_DGRAM, 17),
         "tcp": (socket.SOCK_STREAM, 6)}


def open_socket(proto, family):
    kind, number = KINDS[proto]
    sock = socket.socket(family, kind, number)
    if proto == "dccp":
        sock.setsockopt(SOL_DCCP, DCCP_SOCKOPT_SERVICE, struct.pack("!I", 7))
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def echo(sock):
    while True:
        data = sock.recv(2000)
        if not data or data == b"bye":
            break
        sock.send(data)
    sock.close()


def serve(proto, port):
    sock = open_socket(proto, socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", int(port)))
    if KINDS[proto][0] == socket.SOCK_DGRAM:
        print("ready", flush=True)
        while True:
            data, peer = sock.recvfrom(2000)
            sock.sendto(data, peer)
    sock.listen(8)
    print("ready", flush=True)
    while True:
        conn, _ = sock.accept()
        if os.fork() == 0:
            sock.close()
            try:
                echo(conn)
            except OSError as error:
                print(error, flush=True)
            os._exit(0)
        conn.close()


def talk(proto, src, sport, dst, dport):
    sock = open_socket(proto, socket.AF_INET6 if ":" in src else socket.AF_INET)
    sock.bind((src, int(sport)))
    sock.connect((dst, int(dport)))
    print("open", flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "abort":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        if word in ("close", "abort"):
            sock.close()
            print("closed", flush=True)
            break
        if word.startswith("tell "):
            sock.send(word[5:].encode())
            continue
        sock.send(word.encode())
        print(sock.recv(2000).decode() or "gone", flush=True)


if __name__ == "__main__":
    {"serve": serve, "talk": talk}[sys.argv[2]](sys.argv[1], *sys.argv[3:])
