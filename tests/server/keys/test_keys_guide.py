"""docs/keys.md does what it says: its commands run one after the other, its figures are those of the code."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.key import key
from server.domain.keys import key_lock
from server.services import schools
from server.services.access import people
from server.services.keys import custody, keys
from server.services.keys.vault import IDLE_MS
from server.settings import Settings
from server.wiring.contexts import build
from tests.support.reading import reading
from tests.support.seed import PASSWORD

GUIDE = (Path(__file__).parents[3] / "docs" / "keys.md").read_text(encoding="utf-8")
NEW = "một câu mới để thay câu đã quên"
PHRASES = {
    "hieu-truong": "hoa phượng nở đỏ sân trường",
    "pho-hieu-truong": "cây bàng già trước cổng",
    "giao-vu": "tiếng trống vào lớp sáng thứ hai",
    "hieu-truong-moi": "con đường làng có hàng tre",
}
ROLES = {
    "hieu-truong": "principal",
    "pho-hieu-truong": "deputy",
    "giao-vu": "officer",
    "hieu-truong-moi": "principal",
}


def commands() -> list[list[str]]:
    """Every `hailong key` command of the guide's examples, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line.partition("#")[0] for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("hailong key ")]


def test_every_command_of_the_guide_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(custody, "LOST_AFTER_MS", 0)  # its day of lost passphrases is a later one
    data = tmp_path / "data"
    ctx = build(Settings(data=str(data)))
    schools.add_school(ctx, "mau", "Trường THCS Mẫu")
    for login, role in ROLES.items():
        people.add_user(ctx, login, role, "mau", PASSWORD)
    codes: dict[str, str] = {}
    phrases = dict(PHRASES)

    def run(arguments: list[str]) -> None:
        of = dict(pairwise(arguments))
        holder, by = phrases.get(of.get("--holder", "")), phrases.get(of.get("--by", ""))
        asked = {
            "make": (holder,),
            "grant": (by, holder),
            "renew": (holder,),
            "revoke": () if "--even-last" in arguments else (by, PASSWORD),
            "backup": (by,),
            "passphrase": (holder, holder),
            "restore": (codes.get(arguments[1]), NEW),
        }.get(arguments[0], ())
        extra = ["--passphrase-stdin"] if asked else []
        said = "".join(f"{line}\n" for line in asked)
        done = CliRunner().invoke(key, [*arguments, *extra, "--data", str(data)], input=said)
        assert done.exit_code == 0, (arguments, done.output)
        if arguments[0] == "backup":
            found = re.search(r"recovery code\s+(\S+)", done.output)
            assert found
            codes[of["-o"]] = found[1]
        if arguments[0] == "restore":
            phrases["hieu-truong-moi"] = NEW

    for arguments in commands():
        run(arguments)
    assert {arguments[0] for arguments in commands()} == set(key.commands)
    assert keys.holders(reading(ctx), "mau", "complaints") == ("hieu-truong-moi",)
    ctx.store.close()


def test_the_figures_are_those_of_the_code() -> None:
    # Tests lock at a lower cost than the school does: what counts is what stands in the source.
    source = Path(key_lock.__file__).read_text(encoding="utf-8")
    memory = re.search(r"^MEMORY = (\d+) \* 1024 \* 1024$", source, re.MULTILINE)
    assert memory
    told = f"{key_lock.OPERATIONS} passes over {memory[1]} MiB"
    assert " ".join(GUIDE.split()).count(told) == 2
    assert f"a random salt of {key_lock.SALT_BYTES} bytes" in GUIDE
    assert f"{key_lock.MIN_CHARACTERS} characters or more" in GUIDE
    assert f"until {IDLE_MS // 60_000} minutes pass" in GUIDE
    assert "30 random signs (150 bits)" in GUIDE
