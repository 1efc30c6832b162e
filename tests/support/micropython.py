"""The real MicroPython, unix port: the machine's own, or Debian's package unpacked into a cache folder.

Debian 12 has no such package, so trixie's is fetched from the mirror that this machine already uses,
through apt directories of its own: nothing of the system is touched. `python -m tests.support.micropython`
fetches it and says where it is.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("micropython", "libc6", "libffi8", "libmbedtls21", "libmbedx509-7", "libmbedcrypto16")
SUITE = "trixie"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


SHORT_WORDS = {"x86_64": "i386", "aarch64": "armhf"}
"""By machine: Debian's architecture of the same processor with words of 32 bits, as long as a board's."""


def cache_directory(architecture: str = "") -> Path:
    """Where it is unpacked."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "hailong"
    return home / ("micropython-" + architecture if architecture else "micropython")


def micropython(*, short_words: bool = False) -> list[str]:
    """The command that starts MicroPython, fetched where it is missing. RuntimeError says what to install.

    `short_words`: the port with words of 32 bits, whose heap is filled as a board's is.
    """
    installed = shutil.which("micropython")
    if installed and not short_words:
        return [installed]
    architecture = SHORT_WORDS[platform.machine()] if short_words else ""
    home = cache_directory(architecture)
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "micropython.lock").open("w") as lock:  # several test runs may start at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").is_file():
            _fetch(home, architecture)
    loaders = [path for path in home.glob("usr/lib*/**/ld-linux*.so*") if path.exists()]
    libraries = sorted({str(path.parent) for path in home.glob("usr/lib/*/libc.so.6")})
    return [str(sorted(loaders)[0]), "--library-path", ":".join(libraries), str(home / "usr/bin/micropython")]


def _fetch(home: Path, architecture: str) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="hailong-apt-") as scratch:
        work = Path(scratch)
        for folder in ("lists/partial", "cache/archives/partial", "unpacked"):
            (work / folder).mkdir(parents=True)
        (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {SUITE} main\n")
        options = {
            "Dir::Etc::sourcelist": work / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::Lists": work / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": work / "cache",
            "APT::Sandbox::User": "",
        }
        if architecture:
            options |= {"APT::Architecture": architecture, "APT::Architectures": architecture}
        apt = [
            "apt-get",
            "-qq",
            *(part for key, value in options.items() for part in ("-o", f"{key}={value}")),
        ]
        _run([*apt, "update"], work)
        _run([*apt, "download", *PACKAGES], work)
        for package in work.glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(work / "unpacked")], work)
        shutil.copytree(work / "unpacked", home, symlinks=True)
    (home / "ready").touch()


def _mirror() -> str:
    """The Debian mirror that this machine is set up with."""
    form = "$(CREATED_BY) $(RELEASE) $(REPO_URI)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        created_by, release, uri = line.split(" ", 2)
        if created_by == "Packages" and "-" not in release and "debian-security" not in uri:
            return uri
    raise RuntimeError(
        "MicroPython is missing and this machine has no Debian mirror: please install 'micropython'."
    )


def _run(command: list[str], directory: Path) -> None:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(
            f"MicroPython is missing and could not be fetched ({command[0]}: {done.stderr.strip()[-300:]}). "
            "Please install the package 'micropython', or connect this machine to its Debian mirror."
        )


if __name__ == "__main__":
    print(" ".join(micropython()))
