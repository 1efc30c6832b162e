"""A key's word for the one that takes its place: true, not to be forged, not to be turned round."""

from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl import bindings

from survey_defs import key_vouch
from survey_defs.complaint import new_key, public_of
from survey_defs.key_vouch import MAX_LINKS, KeyLink, is_true, leads_to, vouch

SECRETS = st.binary(min_size=32, max_size=32)


@given(SECRETS, SECRETS)
@settings(max_examples=60, deadline=None)
def test_any_key_pair_that_letters_are_sealed_to_can_vouch(private: bytes, next_private: bytes) -> None:
    key = public_of(next_private)
    link = vouch(private, key)
    assert (link.by, link.key) == (public_of(private), key)
    assert is_true(link)
    point = key_vouch._point(link.by)
    assert point is not None
    assert bindings.crypto_sign_ed25519_pk_to_curve25519(point) == link.by
    message = key_vouch._message(link.by, link.key)
    Ed25519PublicKey.from_public_bytes(point).verify(link.signature, message)  # by another library


def test_nothing_else_is_its_word() -> None:
    (old, old_private), (new, new_private), (strange, strange_private) = new_key(), new_key(), new_key()
    word = vouch(old_private, new)
    assert word.signature != vouch(old_private, new).signature, "a number of its own for each"
    for forged in (
        KeyLink(old, strange, word.signature),
        KeyLink(strange, new, word.signature),
        KeyLink(new, old, word.signature),
        KeyLink(old, strange, vouch(strange_private, strange).signature),
        KeyLink(old, new, vouch(new_private, new).signature),
        KeyLink(old, new, word.signature[:-1] + bytes([word.signature[-1] ^ 1])),
        KeyLink(old, new, bytes(64)),
        KeyLink(old, new, b""),
        KeyLink(b"", new, word.signature),
        *(KeyLink(u.to_bytes(32, "little"), new, bytes(64)) for u in (0, 1, 2**255 - 20, 2**256 - 1)),
    ):
        assert not is_true(forged)
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            vouch(old_private, wrong)
        with pytest.raises(ValueError, match="32 bytes"):
            vouch(wrong, new)


def test_words_lead_on_from_key_to_key_and_never_back() -> None:
    pairs = [new_key() for _ in range(MAX_LINKS + 2)]
    links = [vouch(private, key) for (_, private), (key, _) in pairwise(pairs)]
    assert leads_to(pairs[0][0], links, pairs[0][0])
    assert leads_to(pairs[0][0], links, pairs[MAX_LINKS][0])
    assert not leads_to(pairs[0][0], links, pairs[MAX_LINKS + 1][0]), "a bound on what a device works out"
    assert not leads_to(pairs[2][0], links, pairs[0][0])
    cut = [*links[:1], links[1].__class__(links[1].by, links[1].key, bytes(64)), *links[2:]]
    assert not leads_to(pairs[0][0], cut, pairs[3][0])
    around = [vouch(pairs[0][1], pairs[1][0]), vouch(pairs[1][1], pairs[0][0])]
    assert not leads_to(pairs[0][0], around, pairs[5][0]), "words in a circle end"
