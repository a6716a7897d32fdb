"""A name server on loopback, as a host's own resolver may be."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

RECORDS = {"known.example.": ["192.0.2.7"], "many.example.": [f"198.51.100.{last}" for last in range(1, 255)]}


def reply(wire: bytes, largest: int) -> bytes:
    """What this server says: its records, and no such name for the rest."""
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query, recursion_available=True)
    (question,) = query.question
    if records := RECORDS.get(question.name.to_text()):
        response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "A", records))
    else:
        response.set_rcode(dns.rcode.NXDOMAIN)
    whole = response.to_wire()
    if len(whole) <= largest:
        return whole
    response.answer.clear()
    response.flags |= dns.flags.TC
    return response.to_wire()


@contextmanager
def upstream() -> Iterator[str]:
    """Serve at port 53 of a loopback address of its own; yields the address."""
    address = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.{secrets.randbelow(250) + 1}"
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams, socket.socket() as listener:
        datagrams.bind((address, 53))
        listener.bind((address, 53))
        listener.listen()
        threads = [
            threading.Thread(target=_by_udp, args=(datagrams,)),
            threading.Thread(target=_by_tcp, args=(listener,)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield address
        finally:
            for bound in (datagrams, listener):
                bound.shutdown(socket.SHUT_RDWR) if bound is listener else bound.sendto(b"", (address, 53))
            for thread in threads:
                thread.join()


def _by_udp(datagrams: socket.socket) -> None:
    while True:
        wire, asker = datagrams.recvfrom(4096)
        if not wire:
            return
        datagrams.sendto(reply(wire, 512), asker)


def _by_tcp(listener: socket.socket) -> None:
    while True:
        try:
            conversation, _ = listener.accept()
        except OSError:  # shut down
            return
        with conversation:
            length = int.from_bytes(conversation.recv(2))
            answer = reply(conversation.recv(length), 65535)
            conversation.sendall(len(answer).to_bytes(2) + answer)
