# SPDX-License-Identifier: GPL-2.0-only
"""Mail between the platforms and the world, and what attackers mail."""

import base64
from collections.abc import Iterator

from network import Attack
from samples import EICAR, PDF, archive, program
from scene import BACK, FORTH, Timed, Town, Turn

RELAY = "10.20.2.25"


def letter(
    sender: str, receiver: str, subject: str, *, attached: tuple[str, str, bytes] | None = None
) -> bytes:
    """An RFC 5322 message; attached: name, content type, content."""
    head = (
        f"From: <{sender}>\r\nTo: <{receiver}>\r\nSubject: {subject}\r\n"
        f"Message-ID: <{abs(hash_of(sender + subject))}@example.com>\r\nMIME-Version: 1.0\r\n"
    )
    if attached is None:
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at nine.\r\n".encode()
    name, kind, content = attached
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    start = (
        f'{head}Content-Type: multipart/mixed; boundary="town"\r\n\r\n--town\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\n\r\nPlease have a look.\r\n--town\r\n"
        f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return start.encode() + coded + b"--town--\r\n"


def hash_of(text: str) -> int:
    """A number from a text, the same in every process."""
    return int.from_bytes(text.encode()[-6:], "big")


def delivery(sender: str, receiver: str, content: bytes, *, ending: bytes = b"\r\n.\r\n") -> list[Turn]:
    stuffed = content.rstrip(b"\r\n").replace(b"\r\n.", b"\r\n..")
    return [
        (BACK, b"220 mx.callcentre.example.cn ESMTP ready\r\n"),
        (FORTH, b"EHLO mail.example.com\r\n"),
        (BACK, b"250-mx.callcentre.example.cn\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n"),
        (FORTH, f"MAIL FROM:<{sender}>\r\n".encode()),
        (BACK, b"250 2.1.0 Ok\r\n"),
        (FORTH, f"RCPT TO:<{receiver}>\r\n".encode()),
        (BACK, b"250 2.1.5 Ok\r\n"),
        (FORTH, b"DATA\r\n"),
        (BACK, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
        (FORTH, stuffed + ending),
        (BACK, b"250 2.0.0 Ok: queued\r\n"),
        (FORTH, b"QUIT\r\n"),
        (BACK, b"221 2.0.0 Bye\r\n"),
    ]


def mailed(subject: str, attached: tuple[str, str, bytes]) -> Attack:
    """A letter from a stranger with something in it."""

    def play(town: Town) -> Iterator[Timed]:
        sender, receiver = "billing@invoices.example", "seat17@callcentre.example.cn"
        turns = delivery(sender, receiver, letter(sender, receiver, subject, attached=attached))
        yield from town.talk(town.moment(), town.outside(), RELAY, 25, turns)

    return play


def everyday(town: Town) -> Iterator[Timed]:
    for number in range(int(town.seconds / 4)):
        sender, receiver = (
            f"partner{number}@example.com",
            f"seat{town.random.randrange(2000)}@callcentre.example.cn",
        )
        attached = ("report.pdf", "application/pdf", PDF) if number % 2 else None
        turns = delivery(sender, receiver, letter(sender, receiver, "Shift plan", attached=attached))
        yield from town.talk(town.moment(), town.outside(), RELAY, 25, turns)


def cleartext_login(town: Town) -> Iterator[Timed]:
    """A password that everybody on the way can read."""
    plain = base64.b64encode(b"\0seat9\0not-a-real-one")
    turns = [
        (BACK, b"220 mx.callcentre.example.cn ESMTP ready\r\n"),
        (FORTH, b"EHLO phone\r\n"),
        (BACK, b"250-mx.callcentre.example.cn\r\n250 AUTH PLAIN LOGIN\r\n"),
        (FORTH, b"AUTH PLAIN " + plain + b"\r\n"),
        (BACK, b"235 2.7.0 Authentication successful\r\n"),
        (FORTH, b"QUIT\r\n"),
        (BACK, b"221 2.0.0 Bye\r\n"),
    ]
    yield from town.talk(town.moment(), town.outside(), RELAY, 25, turns)


def smuggled(town: Town) -> Iterator[Timed]:
    """A second letter behind an end of data that only some servers accept (SMTP smuggling, 2023)."""
    sender, receiver = "news@example.com", "seat3@callcentre.example.cn"
    first = letter(sender, receiver, "News")
    hidden = (
        b"\n.\r\nMAIL FROM:<admin@callcentre.example.cn>\r\nRCPT TO:<seat3@callcentre.example.cn>\r\nDATA\r\n"
    )
    inner = letter("admin@callcentre.example.cn", receiver, "Change your password")
    turns = delivery(sender, receiver, first.rstrip(b"\r\n") + hidden + inner)
    yield from town.talk(town.moment(), town.outside(), RELAY, 25, turns)


ATTACKS: dict[str, Attack] = {
    "mail-program": mailed("Invoice", ("invoice.scr", "application/octet-stream", program())),
    "mail-two-endings": mailed("Order", ("order.pdf.js", "application/javascript", b"var nothing = 1;\n")),
    "mail-eicar": mailed("Your parcel", ("parcel.zip", "application/zip", archive("parcel.com", EICAR))),
    "mail-cleartext-login": cleartext_login,
    "mail-smuggling": smuggled,
}
