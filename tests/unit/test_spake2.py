"""SPAKE2 against the RFC's own vectors, and what no share may be."""

from __future__ import annotations

import pytest

from survey_defs import spake2
from survey_defs.spake2 import ORDER, PRIME, ShareError, last

VECTORS = {
    "both named": {
        "names": (b"server", b"client"),
        "w": "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
        "x": "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
        "y": "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
        "share_a": "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9"
        "010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
        "share_b": "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d0"
        "9857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
        "meet": "0412af7e89717850671913e6b469ace67bd90a4df8ce45c2af19010175e37eed69"
        "f75897996d539356e2fa6a406d528501f907e04d97515fbe83db277b715d3325",
        "shared": "0e0672dc86f8e45565d338b0540abe69",
        "of_a": "00c12546835755c86d8c0db7851ae86f",
        "of_b": "a9fa3406c3b781b93d804485430ca27a",
        "proof_a": "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
        "proof_b": "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b",
    },
    "one named": {
        "names": (b"", b"client"),
        "w": "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
        "x": "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
        "y": "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
        "share_a": "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44"
        "fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
        "share_b": "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b"
        "881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
        "shared": "642f05c473c2cd79909f9a841e2f30a7",
        "proof_a": "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
        "proof_b": "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df",
    },
}
"""RFC 9382, appendix B; the second without what it works out in between."""


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_run_gives_what_the_rfc_gives(vector: dict[str, str]) -> None:
    w, x, y = (int(vector[name], 16) for name in ("w", "x", "y"))
    shares = last(spake2.share_of_a(x, w)), last(spake2.share_of_b(y, w))
    meet = last(spake2.meet_of_a(x, w, shares[1]))
    assert meet == last(spake2.meet_of_b(y, w, shares[0]))
    names: tuple[bytes, bytes] = vector["names"]  # type: ignore[assignment]
    said = spake2.transcript(names, shares, meet, w)
    shared, of_a, of_b = spake2.keys(said)
    found = {
        "share_a": shares[0],
        "share_b": shares[1],
        "meet": meet,
        "shared": shared,
        "of_a": of_a,
        "of_b": of_b,
        "proof_a": spake2.mac(of_a, said),
        "proof_b": spake2.mac(of_b, said),
    }
    assert {name: found[name].hex() for name in found if name in vector} == {
        name: vector[name] for name in found if name in vector
    }


def test_another_secret_or_another_name_gives_other_keys() -> None:
    shares = last(spake2.share_of_a(5, 7)), last(spake2.share_of_b(6, 8))
    assert last(spake2.meet_of_a(5, 7, shares[1])) != last(spake2.meet_of_b(6, 8, shares[0]))
    meet = last(spake2.meet_of_a(5, 7, shares[1]))
    said = [spake2.transcript((name, b""), shares, meet, 7) for name in (b"a", b"b")]
    assert spake2.keys(said[0]) != spake2.keys(said[1])
    assert spake2.keys(said[0], b"a")[1:] != spake2.keys(said[0], b"b")[1:]


def test_what_is_no_point_of_the_curve_is_no_share() -> None:
    good = last(spake2.share_of_a(5, 7))
    wrong = int.from_bytes(good[33:], "big") ^ 1
    for bad in (
        b"",
        good[:-1],
        good + b"\0",
        b"\x02" + good[1:],
        b"\x04" + bytes(64),
        good[:33] + wrong.to_bytes(32, "big"),
        b"\x04" + PRIME.to_bytes(32, "big") + good[33:],
    ):
        with pytest.raises(ShareError):
            last(spake2.meet_of_b(3, 7, bad))
    # A share that was made to meet in nothing: w·M itself.
    with pytest.raises(ShareError):
        last(spake2.meet_of_b(3, 7, last(spake2.share_of_a(ORDER, 7))))
