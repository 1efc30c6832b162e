"""Passwords of devices, in mosquitto's own format."""

import os

import pytest

from server.domain.devices.device_password import SALT_BYTES, hash_password, matches
from survey_defs.claim import spell_password


def test_a_password_is_long_random_and_readable() -> None:
    seen = {spell_password(os.urandom(25)) for _ in range(50)}
    assert len(seen) == 50
    for password in seen:
        assert [len(group) for group in password.split("-")] == [5] * 5
        assert not set(password) & set("lo01ILO")


def test_a_hash_knows_its_password_and_no_other() -> None:
    stored = hash_password("abcde-fghij", bytes(range(SALT_BYTES)))
    assert stored.startswith("$7$101$")
    assert matches("abcde-fghij", stored)
    assert not matches("abcde-fghik", stored)
    assert not matches("", stored)


def test_the_hash_that_mosquitto_passwd_writes() -> None:
    # mosquitto_passwd -b passwd k1 secret, version 2.0.11
    stored = (
        "$7$101$LArQxGeolblzAS+L$"
        "mz/IiSYjB8WzL3dK8CVbEBJ8WHCHrkHesuv65RhtJscY7IoenQ18wiwaNMW0J9whW+D3BYuMopiKPAoU87EMPw=="
    )
    assert matches("secret", stored)
    assert not matches("secret!", stored)


BROKEN = (
    "", "x", "$7$", "$7$x$AA==$AA==", "$7$0$AA==$AA==", "$6$101$AA==$AA==", "$7$101$!$AA==", "$7$101$$AA==",
    "$7$99999999999$AA==$AA==",
)  # fmt: skip


@pytest.mark.parametrize("stored", BROKEN)
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    assert not matches("", stored)
