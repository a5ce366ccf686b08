"""Generated DNS and flow events of about 1 kB, the same on every machine: what the store is measured with."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

DAY = datetime(2026, 3, 2, tzinfo=UTC)
PLATFORMS = ("gov-cloud", "call-centre", "smart-factory", "logistics", "culture-tourism")
WORDS = (
    "login",
    "static",
    "update",
    "mail",
    "cdn",
    "api",
    "img",
    "report",
    "telemetry",
    "ntp",
    "vpn",
    "shop",
)
ZONES = ("example.com", "example.cn", "example.org", "corp.internal", "cloud.example.net")

HEAD = (
    '{"@timestamp":"%(time)s","starwatch":{"time_ns":%(ns)d},"event":{"id":"sensor-1-bench-%(n)d","kind":"event",'
    '"category":["network"],"type":["connection","protocol"],"dataset":"starwatch.%(dataset)s"%(event)s},'
    '"observer":{"id":"sensor-1","ingress":{"interface":{"name":"ens5f1"}}},"platform":{"id":["%(platform)s"]},'
    '"source":{"ip":"%(source)s","port":%(port)d,"mac":"00-16-3E-5E-%(mac)s"%(out)s},'
    '"destination":{"ip":"%(target)s","port":%(service)d,"mac":"00-16-3E-5E-6C-00"%(back)s},'
    '"network":{"type":"ipv4","transport":"%(transport)s","iana_number":"%(protocol)d","protocol":"%(application)s",'
    '"community_id":"1:%(community)s=","vlan":{"id":"%(vlan)d"}%(sum)s},"related":{"ip":["%(source)s","%(target)s"]'
)
DNS = (
    ',"hosts":["%(name)s"]},"dns":{"id":"%(port)d","type":"answer","op_code":"QUERY","header_flags":["RD","RA"],'
    '"flags":33152,"response_code":"%(code)s","question":{"name":"%(name)s","type":"A","class":"IN",'
    '"registered_domain":"%(zone)s","top_level_domain":"com","subdomain":"%(sub)s","length":%(length)d,'
    '"longest_label":9,"labels":4},"answers":[{"name":"%(name)s","type":"A","class":"IN","ttl":300,"data":"%(answer)s"}],'
    '"answers_count":1,"authorities_count":0,"additionals_count":1,"resolved_ip":["%(answer)s"],'
    '"edns":{"version":0,"udp_size":1232,"dnssec_ok":false}}}\n'
)
FLOW = (
    '},"tcp":{"state":"SF","source_flags":["SYN","ACK","PSH","FIN"],"destination_flags":["SYN","ACK","PSH","FIN"],'
    '"missing_bytes":0}}\n'
)


def batches(count: int, size: int, seed: int = 1) -> Iterator[bytes]:
    """`count` events spread over one day, in batches of `size` lines."""
    rng = random.Random(seed)
    step = timedelta(days=1) / count
    for first in range(0, count, size):
        last = min(first + size, count)
        yield "".join(_event(rng, n, DAY + n * step) for n in range(first, last)).encode()


def _event(rng: random.Random, n: int, moment: datetime) -> str:
    return _dns(rng, n, moment) if n % 2 else _flow(rng, n, moment)


def _common(rng: random.Random, n: int, moment: datetime) -> dict[str, object]:
    bits = rng.getrandbits(64)
    return {
        "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "ns": int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1_000,
        "n": n,
        "platform": PLATFORMS[bits % 5],
        "source": f"10.{bits % 4}.{(bits >> 8) % 250}.{(bits >> 16) % 250}",
        "port": 1_024 + (bits >> 24) % 60_000,
        "mac": f"{bits & 255:02X}-{(bits >> 8) & 255:02X}",
        "vlan": 100 + bits % 8,
        "community": f"{bits:016x}{n:011d}",
        **dict.fromkeys(("event", "out", "back", "sum"), ""),
    }


def _dns(rng: random.Random, n: int, moment: datetime) -> str:
    values = _common(rng, n, moment)
    zone, host = rng.choice(ZONES), rng.randrange(20_000)
    sub = f"{rng.choice(WORDS)}.h{host}"
    values |= {
        "dataset": "dns",
        "target": f"10.0.0.{n % 4 + 2}",
        "service": 53,
        "transport": "udp",
        "protocol": 17,
    }
    values |= {
        "application": "dns",
        "name": f"{sub}.{zone}",
        "zone": zone,
        "sub": sub,
        "length": len(sub) + len(zone),
    }
    values |= {
        "code": "NXDOMAIN" if host % 50 == 0 else "NOERROR",
        "answer": f"203.0.{host % 250}.{host % 199}",
    }
    return (HEAD + DNS) % values


def _flow(rng: random.Random, n: int, moment: datetime) -> str:
    values = _common(rng, n, moment)
    packets, size = rng.randrange(4, 400), rng.randrange(400, 400_000)
    begun = (moment - timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    values |= {
        "dataset": "flow",
        "target": f"198.51.{n % 100}.{n % 251}",
        "service": rng.choice((443, 80, 22, 3306)),
    }
    values |= {"transport": "tcp", "protocol": 6, "application": "tls"}
    values["event"] = f',"start":"{begun}","end":"{values["time"]}","duration":2000000000,"reason":"fin"'
    values["out"] = f',"packets":{packets},"bytes":{size}'
    values["back"] = f',"packets":{packets * 2},"bytes":{size * 9}'
    values["sum"] = f',"packets":{packets * 3},"bytes":{size * 10}'
    return (HEAD + FLOW) % values
