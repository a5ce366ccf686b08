"""The data table and its look-up: what it says exists, and what it does not say fails."""

import pytest

from sensor.events.catalogue import load_catalogue
from tests.sensor.facts.facts import Fact, judge
from tests.sensor.facts.table import UnmappedError, field, load_excluded, load_table, prefixes, walk

# The only things of EVE that may be dropped: bookkeeping, format versions, parser states.
DROPPABLE = {"pcap_cnt", "dns.tx_id", "fileinfo.tx_id", "flow_id", "dns.version", "pkt_src"}

EVENT = {
    "event": {"dataset": "starwatch.dns"},
    "source": {"ip": "2001:db8::1", "port": 40000, "mac": "00-00-5E-00-53-01"},
    "destination": {"ip": "2001:db8::2", "port": 53, "mac": "00-00-5E-00-53-02"},
    "network": {"transport": "udp"},
    "dns": {
        "id": "7",
        "type": "answer",
        "flags": 0x8180,
        "op_code": "QUERY",
        "header_flags": ["RD", "RA"],
        "response_code": "NOERROR",
        "question": {"name": "a.example", "type": "TXT"},
        "answers": [
            {"name": "a.example", "type": "TXT", "class": "IN", "ttl": 3, "data": '"one \\"1\\"" ""'},
            {"name": "a.example", "type": "MX", "class": "IN", "ttl": 4, "data": "10 mail.a.example"},
            {"name": "a.example", "type": "AAAA", "class": "IN", "ttl": 4, "data": "2001:db8::3"},
        ],
        "authorities": [
            {
                "name": ".",
                "type": "SOA",
                "class": "IN",
                "ttl": 5,
                "data": "m.example r\\046x.example 1 2 3 4 5",
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("src_ip", "2001:0db8:0000:0000:0000:0000:0000:0002"),
        ("dest_port", 40000),
        ("ether.dest_mac", "00:00:5e:00:53:01"),
        ("proto", "UDP"),
        ("dns.type", "response"),
        ("dns.id", 7),
        ("dns.flags", "8180"),
        ("dns.qr", True),
        ("dns.aa", None),
        ("dns.ra", True),
        ("dns.opcode", 0),
        ("dns.queries[0].rrname", "a.example"),
        ("dns.answers[0].rdata", 'one "1"'),
        ("dns.answers[1].rdata", ""),
        ("dns.answers[2].rdata", "mail.a.example"),
        ("dns.answers[9].rdata", None),
        ("dns.answers.__len", 4),
        ("dns.grouped.TXT[0]", 'one "1"'),
        ("dns.grouped.AAAA[0]", "2001:0db8:0000:0000:0000:0000:0000:0003"),
        ("dns.authorities[0].soa.minimum", 5),
        ("dns.authorities[0].soa.rname", "r.x.example"),
        ("dns.authorities[0].rrname", ""),
    ],
)
def test_a_path_shows_what_eve_would(path: str, shown: object) -> None:
    assert load_table().value(EVENT, path) == shown


def test_an_object_without_a_row_of_its_own_shows_its_parts() -> None:
    assert load_table().value(EVENT, "ether") == {
        "ether.src_mac": "00:00:5e:00:53:02",
        "ether.dest_mac": "00:00:5e:00:53:01",
    }


def test_an_unmapped_path_is_an_error_and_fails_its_fact() -> None:
    with pytest.raises(UnmappedError):
        load_table().value(EVENT, "dns.unheard_of")
    fact = Fact("x#0", "x.pcap", "dns", 0, {"dns.unheard_of": 1}, {})
    assert judge(fact, [EVENT], load_table()).problem == "unmapped: dns.unheard_of"


def test_only_bookkeeping_is_dropped_each_with_its_reason() -> None:
    dropped = load_table().dropped
    assert set(dropped) <= DROPPABLE
    assert all(dropped.values())


def test_every_field_of_ours_is_in_the_catalogue() -> None:
    known = {entry.name for entry in load_catalogue()}
    assert {name for row in load_table().rows.values() for name in row.ours} <= known


def test_an_exclusion_has_a_known_reason_and_says_why() -> None:
    for excluded in load_excluded().values():
        assert excluded["reason"] in {
            "oracle wrong",
            "needs special configuration",
            "comes with its own parser",
        }
        assert excluded["why"]


def test_prefixes_go_from_long_to_short() -> None:
    assert prefixes("a.b[0].c") == ["a.b[0].c", "a.b[0]", "a.b", "a"]


def test_walking_ends_where_the_value_does() -> None:
    value = {"a": [{"b": 1}]}
    assert walk(value, ".a[0].b") == 1
    assert walk(value, ".a[1].b") is None
    assert walk(value, ".c.d") is None
    assert walk(value, ".a.__len") == 1


def test_a_field_below_an_array_is_an_array() -> None:
    assert field({"a": {"b": [{"c": 1}, {"d": 2}]}}, "a.b.c") == [1, None]
