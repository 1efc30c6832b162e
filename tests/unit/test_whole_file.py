"""Files that are written whole or not at all."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from survey_defs.whole_file import write_once, write_whole


def names(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


def test_of_several_at_once_one_is_whole(tmp_path: Path) -> None:
    contents = [bytes([65 + number]) * 50_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: write_whole(tmp_path / "file", each, 0o600), contents * 5))
        assert len(set(pool.map(lambda each: write_once(tmp_path / "once", each, 0o600), contents))) == 1
    assert (tmp_path / "file").read_bytes() in contents
    assert names(tmp_path) == ["file", "once"]


def test_what_a_cut_of_the_power_left_goes_with_the_next_writing(tmp_path: Path) -> None:
    """Not the draft of a thread that is still writing, nor anything of other names."""
    own, none = threading.get_native_id(), 2**22 + 1  # no thread of Linux has so high a number
    running = os.getppid()
    for number in (own, none, running):
        left = tmp_path / f".secret.{number}"
        left.write_bytes(b"half of i")
        left.chmod(0o644)
    for other in (f".secret.old.{none}", f".other.{none}", ".secret.note", "secret.1"):
        (tmp_path / other).touch()
    write_whole(tmp_path / "secret", b"it", 0o600)
    assert names(tmp_path) == sorted(
        ["secret", f".secret.{running}", f".secret.old.{none}", f".other.{none}", ".secret.note", "secret.1"]
    )
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
