# SPDX-License-Identifier: GPL-2.0-only
"""FTP: the nightly transfers of the logistics platform, and misuse of its server."""

from collections.abc import Iterator

from network import Attack
from samples import EICAR, PDF, WEB_SHELL
from scene import BACK, FORTH, Timed, Town, Turn

SERVER = "10.20.6.21"
GREETING = (BACK, b"220 Logistics FTP server ready\r\n")


def login(user: str) -> list[Turn]:
    return [
        GREETING,
        (FORTH, f"USER {user}\r\n".encode()),
        (BACK, b"331 Password required\r\n"),
        (FORTH, b"PASS not-a-real-one\r\n"),
        (BACK, b"230 Logged in\r\n"),
    ]


def transfer(town: Town, at: float, client: str, user: str, command: str, content: bytes) -> Iterator[Timed]:
    """A session with one passive transfer. command: RETR or STOR, and the name."""
    port = town.random.randrange(50_000, 60_000)
    passive = f"227 Entering Passive Mode ({SERVER.replace('.', ',')},{port >> 8},{port & 255})\r\n"
    turns = [
        *login(user),
        (FORTH, b"TYPE I\r\n"),
        (BACK, b"200 Type set to I\r\n"),
        (FORTH, b"PASV\r\n"),
        (BACK, passive.encode()),
        (FORTH, f"{command}\r\n".encode()),
        (BACK, b"150 Opening BINARY mode data connection\r\n"),
        (BACK, b"226 Transfer complete\r\n"),
        (FORTH, b"QUIT\r\n"),
        (BACK, b"221 Goodbye\r\n"),
    ]
    yield from town.talk(at, client, SERVER, 21, turns, pause=0.02)
    # Between the 150 (the 14th segment, handshake included) and the 226.
    sender = BACK if command.startswith("RETR") else FORTH
    yield from town.talk(at + 0.262, client, SERVER, port, [(sender, content)], pause=0.001)


def everyday(town: Town) -> Iterator[Timed]:
    for number in range(int(town.seconds / 8)):
        yield from transfer(
            town, town.moment(), town.inside("logistics"), "depot", f"RETR manifest-{number}.pdf", PDF
        )


def infected(town: Town) -> Iterator[Timed]:
    yield from transfer(town, town.moment(), town.inside("logistics"), "depot", "RETR driver.com", EICAR)


def administrator(town: Town) -> Iterator[Timed]:
    """A stranger logs in as root and leaves a script in the web folder."""
    yield from transfer(town, town.moment(), town.outside(), "root", "STOR www/help.php", WEB_SHELL)


def bounce(town: Town) -> Iterator[Timed]:
    """The server is told to connect to a third machine (RFC 2577)."""
    turns = [
        *login("depot"),
        (FORTH, b"PORT 10,20,1,80,0,22\r\n"),
        (BACK, b"200 PORT command successful\r\n"),
    ]
    turns += [(FORTH, b"LIST\r\n"), (BACK, b"425 Cannot open data connection\r\n")]
    yield from town.talk(town.moment(), town.outside(), SERVER, 21, turns)


ATTACKS: dict[str, Attack] = {
    "ftp-eicar": infected,
    "ftp-root-upload": administrator,
    "ftp-bounce": bounce,
}
