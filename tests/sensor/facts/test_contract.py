"""What the sensor writes is what the catalogue says: every field known, in its dataset, of its type."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sensor.events.catalogue import Field, load_catalogue
from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of

CAPTURES = [
    "ja4/pcap/socks-https-example.pcap",
    "ja4/pcap/tls-sni.pcapng",
    "suricata-verify/pcap/tls/tls-cert-issuer/tls.pcap",
    "suricata-verify/pcap/tls/tls-subjectaltname/input.pcap",
    "suricata-verify/pcap/tls/tls13-draft28/tls13_draft28.pcap",
    "zeek/pcap/tls/certificate-request-failed.pcap",
    "ja4/pcap/sshv1.pcap",
    "mercury/pcap/unit_tests/pcaps/emix.pcap",
    "suricata-verify/pcap/ethernet-eve/test.pcap",
    "suricata-verify/pcap/http-multiple100/input.pcap",
    "suricata-verify/pcap/http-gap-double/input.pcap",
    "suricata-verify/pcap/http1-noint-status/input.pcap",
    "suricata-verify/pcap/http-ipv6/input.pcap",
    "suricata-verify/pcap/dns/dns-corrupt-additionals/input.pcap",
    "nDPI/pcap/dropbox.pcap",
    "arkime/pcap/dns-update.pcap",
    "arkime/pcap/dns-https.pcap",
    "arkime/pcap/dnssec_synthetic.pcap",
    "zeek/pcap/dns/dns-edns-bad-length.pcap",
    "zeek/pcap/dns/svcb-port-malformed.pcap",
    "zeek/pcap/dns/dns-binds.pcap",
    "zeek/pcap/dns/dns-wks.pcap",
    "suricata-verify/pcap/mime/smtp-mime-encap-8649-baseline/input.pcap",
    "nDPI/pcap/emotet.pcap",
    "arkime/pcap/smtp-decrypted.pcap",
    "suricata-verify/pcap/ftp/ftp-download-active/input.pcap",
    "suricata-verify/pcap/ftp/ftp-bounce/test.pcap",
    "zeek/pcap/ftp/ipv6.pcap",
]

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def is_whole_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_address(value: Any) -> bool:
    return isinstance(value, str) and str(ipaddress.ip_address(value)) == value


TYPES: dict[str, Callable[[Any], bool]] = {
    "keyword": lambda value: isinstance(value, str),
    "text": lambda value: isinstance(value, str),
    "ip": is_address,
    "date": lambda value: isinstance(value, str) and DATE.fullmatch(value) is not None,
    "long": is_whole_number,
    "double": lambda value: is_whole_number(value) or isinstance(value, float),
    "boolean": lambda value: isinstance(value, bool),
    "flattened": lambda value: isinstance(value, dict),
}


# Fields whose members are data, not fields.
FLATTENED = {field.name for field in load_catalogue() if field.type == "flattened"}


def leaves(value: Any, name: str = "", inside_array: bool = False) -> Iterator[tuple[str, bool, Any]]:
    """(dotted name, whether in an array, value) of everything that is no object, and of flattened fields."""
    if isinstance(value, dict) and name not in FLATTENED:
        for key, below in value.items():
            yield from leaves(below, f"{name}.{key}" if name else key, inside_array)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, name, True)
    else:
        yield name, inside_array, value


def faults(event: Event, fields: dict[str, Field]) -> Iterator[str]:
    dataset = event["event"]["dataset"].removeprefix("starwatch.")
    for name, in_array, value in leaves(event):
        field = fields.get(name)
        if field is None:
            yield f"{name} is not in the catalogue"
        elif not field.belongs_to(dataset):
            yield f"{name} does not belong to {dataset}"
        elif field.many != in_array:
            yield f"{name} should {'' if field.many else 'not '}be an array"
        elif not TYPES[field.type](value):
            yield f"{name} is {value!r}, no {field.type}"


@pytest.mark.corpus
@pytest.mark.parametrize("pcap", CAPTURES)
def test_every_field_keeps_the_contract(pcap: str) -> None:
    fields = {field.name: field for field in load_catalogue()}
    events = events_of(corpus("pcap", pcap))
    assert events
    assert sorted({fault for event in events for fault in faults(event, fields)}) == []


def test_a_wrong_event_is_found() -> None:
    fields = {field.name: field for field in load_catalogue()}
    event = {
        "event": {"dataset": "starwatch.flow"},
        "dns": {"id": "1"},
        "source": {"ip": ["192.0.2.1"], "port": "80"},
        "unheard": {"of": 1},
    }
    assert set(faults(event, fields)) == {
        "dns.id does not belong to flow",
        "source.ip should not be an array",
        "source.port is '80', no long",
        "unheard.of is not in the catalogue",
    }
