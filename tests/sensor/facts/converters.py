"""Our values to the form EVE shows them in. None: EVE would not show the field."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any

Converter = Callable[..., Any]

OPCODES = {"QUERY": 0, "IQUERY": 1, "STATUS": 2, "NOTIFY": 4, "UPDATE": 5, "DSO": 6}
SOA_PARTS = ("mname", "rname", "serial", "refresh", "retry", "expire", "minimum")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r"\\(?:(\d{3})|(.))")


def sender(client: Any, server: Any, dns_type: str | None, file_sender: str | None = None) -> Any:
    """EVE names the sender of the message (or file) first, we the client of the conversation."""
    return server if dns_type == "answer" or file_sender == "server" else client


def receiver(client: Any, server: Any, dns_type: str | None, file_sender: str | None = None) -> Any:
    return sender(server, client, dns_type, file_sender)


def sender_ip(client: str, server: str, *spoken: str | None) -> str:
    return full_address(sender(client, server, *spoken))


def receiver_ip(client: str, server: str, *spoken: str | None) -> str:
    return full_address(receiver(client, server, *spoken))


def sender_mac(client: str | None, server: str | None, *spoken: str | None) -> str | None:
    return eve_mac(sender(client, server, *spoken))


def receiver_mac(client: str | None, server: str | None, *spoken: str | None) -> str | None:
    return eve_mac(receiver(client, server, *spoken))


def full_address(text: str) -> str:
    """EVE writes IPv6 addresses with every zero."""
    return ipaddress.ip_address(text).exploded


def eve_mac(text: str | None) -> str | None:
    return text.replace("-", ":").lower() if text else None


def upper(text: str) -> str:
    return text.upper()


def number(text: str) -> int:
    return int(text)


def hexadecimal(value: int) -> str:
    return format(value, "x")


def dns_direction(ours: str) -> str:
    return {"query": "request", "answer": "response"}[ours]


def dns_opcode(name: str) -> int:
    return OPCODES[name] if name in OPCODES else int(name)


def dns_qr(flags: int) -> bool | None:
    return flags & 0x8000 != 0 or None


def _flag(name: str) -> Converter:
    """EVE shows a flag only when it is set."""

    def shown(flags: Sequence[str] | None) -> bool | None:
        return name in (flags or ()) or None

    return shown


dns_aa, dns_tc, dns_rd, dns_ra, dns_z = (_flag(name) for name in ("AA", "TC", "RD", "RA", "Z"))


def dns_queries(name: str | None, kind: str | None) -> list[dict[str, Any]] | None:
    return None if name is None else [{"rrname": bare_name(name), "rrtype": kind}]


def dns_records(
    names: Sequence[str] | None,
    types: Sequence[str] | None,
    ttls: Sequence[int] | None,
    data: Sequence[str] | None,
) -> list[dict[str, Any]] | None:
    """EVE makes an entry of every string of a TXT record; else one a record."""
    rows = zip(names or (), types or (), ttls or (), data or (), strict=True)
    return [entry for row in rows for entry in _entries(*row)] or None


def dns_grouped(
    names: Sequence[str] | None,
    types: Sequence[str] | None,
    ttls: Sequence[int] | None,
    data: Sequence[str] | None,
) -> dict[str, list[Any]] | None:
    grouped: dict[str, list[Any]] = {}
    for entry in dns_records(names, types, ttls, data) or ():
        shown = next(value for key, value in entry.items() if key not in ("rrname", "rrtype", "ttl"))
        grouped.setdefault(entry["rrtype"], []).append(shown)
    return grouped or None


def _entries(name: str, kind: str, ttl: int, data: str) -> list[dict[str, Any]]:
    head = {"rrname": bare_name(name), "rrtype": kind, "ttl": ttl}
    if kind == "TXT":
        return [head | {"rdata": _plain(string)} for string in QUOTED.findall(data)]
    return [head | _data(kind, data)]


def _data(kind: str, data: str) -> dict[str, Any]:
    words = data.split(" ")
    if kind == "SOA":
        values = [*map(bare_name, words[:2]), *map(int, words[2:])]
        return {"soa": dict(zip(SOA_PARTS, values, strict=True))}
    if kind == "SRV":
        priority, weight, port = map(int, words[:3])
        return {"srv": {"priority": priority, "weight": weight, "port": port, "name": bare_name(words[3])}}
    if kind == "MX":
        return {"rdata": bare_name(words[1])}
    if kind == "AAAA":
        return {"rdata": full_address(data)}
    return {"rdata": bare_name(data)}


def bare_name(text: str) -> str:
    """EVE shows a name's bytes without escapes, and the root as nothing."""
    return "" if text == "." else _plain(text)


def _plain(text: str) -> str:
    return ESCAPE.sub(lambda found: chr(int(found[1])) if found[1] else found[2], text)


def http_transaction(
    hostname: str | None,
    port: int | None,
    url: str | None,
    method: str | None,
    version: str | None,
    user_agent: str | None,
    referrer: str | None,
    content_type: str | None,
    status: int | None,
    status_string: str | None,
    length: int | None,
) -> dict[str, Any]:
    """EVE's http object: what is absent has no key; the length is always told."""
    shown = {
        "hostname": hostname,
        "http_port": port,
        "url": url,
        "http_method": method,
        "protocol": version and f"HTTP/{version}",
        "http_user_agent": user_agent,
        "http_refer": referrer,
        "http_content_type": content_type,
        "status": status,
        "status_string": status_string,
        "length": length or 0,
    }
    return {key: value for key, value in shown.items() if value is not None}


def smtp_path(path: str | None) -> str | None:
    """EVE keeps the brackets around a path, and has none where the client sent none."""
    return None if path is None else path if path == "<>" else f"<{path}>"


def smtp_paths(paths: Sequence[str] | None) -> list[str | None] | None:
    return None if paths is None else [smtp_path(path) for path in paths]


def email_status(complete: bool | None) -> str | None:
    return None if complete is None else "PARSE_DONE" if complete else "BODY_STARTED"


def given(*values: Any) -> Any:
    """The one of several fields that an event has."""
    return next((value for value in values if value is not None), None)


def first(values: Sequence[Any] | None) -> Any:
    return values[0] if values else None


def whether(flag: bool | None) -> bool:
    """We say true or nothing."""
    return flag is True


def ftp_reply_received(lines: Sequence[str] | None) -> str:
    return "no" if lines is None else "yes"


def file_name(name: str | None, source: str, path: str | None) -> str | None:
    """EVE names a file of HTTP by its whole path, unless a header or form gives it a name."""
    from_path = source == "http" and path is not None and (name is None or path.rsplit("/", 1)[-1] == name)
    return path if from_path else name


def file_size(seen: int, missing: int, sha256: str | None) -> int:
    """EVE counts the holes of a file, and not what lacks at its end."""
    return seen + missing if file_gaps(sha256) else seen


def file_state(complete: bool) -> str:
    return "CLOSED" if complete else "TRUNCATED"


def file_gaps(sha256: str | None) -> bool:
    """Without hashes there is a hole in it."""
    return sha256 is None


TLS_VERSIONS = {768: "SSLv3", 769: "TLSv1", 770: "TLS 1.1", 771: "TLS 1.2", 772: "TLS 1.3"}
TLS_1_3 = 772
RELATIVE_NAME = re.compile(r", (?=[A-Za-z0-9.]+=)")
# Drafts of TLS 1.3 before this one did not say which they are.
FIRST_NUMBERED_DRAFT = 16


def tls_version(draft: int | None, version: str | None, ja3: str | None, ja3s: str | None) -> str | None:
    """EVE shows the version of the client's hello where it has not seen the server's."""
    legacy = _first_number(ja3s) or _first_number(ja3)
    if draft is not None:
        return f"TLS 1.3 draft-{draft if draft >= FIRST_NUMBERED_DRAFT else '<16'}"
    if version == "1.3":
        return "TLS 1.3 draft-<16" if legacy == TLS_1_3 else "TLS 1.3"
    return TLS_VERSIONS.get(legacy) if legacy else None


def _first_number(fingerprint: str | None) -> int | None:
    return int(fingerprint.split(",")[0]) if fingerprint else None


def tls_name(name: str | None) -> str | None:
    """EVE begins a distinguished name with its least specific part and escapes nothing."""
    if name is None:
        return None
    return re.sub(r"\\(.)", r"\1", ", ".join(reversed(RELATIVE_NAME.split(name))))


def tls_serial(serial: str | None) -> str | None:
    """EVE shows the byte that keeps the number positive."""
    if serial is None:
        return None
    padded = f"00{serial}" if int(serial[:2], 16) & 0x80 else serial
    return ":".join(re.findall("..", padded))


def tls_fingerprint(sha1: str | None) -> str | None:
    return ":".join(re.findall("..", sha1.lower())) if sha1 else None


def tls_date(date: str | None) -> str | None:
    return date[:19] if date else None


def tls_resumed(resumed: bool) -> bool | None:
    return resumed or None


def tls_server_alpns(protocol: str | None) -> list[str] | None:
    return [protocol] if protocol else None
