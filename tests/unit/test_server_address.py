"""A typed server address means the same to a kiosk and to a button box."""

import pytest

from firmware import enrol
from kiosk.setup.problem import EnrolProblem
from kiosk.setup.server import read_server
from survey_defs.claim import ClaimError


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.168.1.10", "https://192.168.1.10:8443"),
        ("https://192.168.1.10", "https://192.168.1.10:8443"),
        ("may-chu", "https://may-chu:8443"),
        ("hailong.local", "https://hailong.local:8443"),
        ("https://hailong.local", "https://hailong.local:8443"),
        ("hailong.truong.edu.vn", "https://hailong.truong.edu.vn:443"),
        (" HTTPS://Hailong.Truong.edu.vn/ ", "https://hailong.truong.edu.vn:443"),
        ("hailong.truong.edu.vn:8443", "https://hailong.truong.edu.vn:8443"),
        ("localhost", "https://localhost:8443"),
        ("http://localhost", "http://localhost:80"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_kiosk_and_box_take_the_same_port(typed: str, meant: str) -> None:
    assert read_server(typed).spell() == enrol.read_server(typed).spell() == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "ftp://host",
        "host:",
        "host:0",
        "host:65536",
        "host:8443x",
        "a b",
        "a..b",
        "a?b",
        "user@host",
        "[::1",
        "[fe80]:1",
        "[::1]8443",
        "x" * 254,
    ],
)
def test_what_is_no_address_is_refused_by_both(typed: str) -> None:
    with pytest.raises(EnrolProblem, match="bad-address"):
        read_server(typed)
    with pytest.raises(ClaimError, match="bad-server"):
        enrol.read_server(typed)


def test_ipv6_is_for_kiosks_alone() -> None:
    assert read_server("[FE80::1]").spell() == "https://[fe80::1]:8443"
    assert read_server("http://[::1]").spell() == "http://[::1]:80"
    with pytest.raises(ClaimError, match="bad-server"):
        enrol.read_server("[fe80::1]")
