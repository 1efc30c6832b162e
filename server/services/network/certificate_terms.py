"""How long the certificates last by which devices and phones know this installation, and when to say so."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from server.services.network.endpoints import AUTHORITY, CERTIFICATE, FOLDER, Credentials
from server.settings import Settings

STEPS_DAYS = (30, 14, 3)
"""Days before a certificate's end on which it is said."""
BROKER_FILES = "broker-files"
"""In the data directory: where the files are that `broker config` wrote last."""
_DAY_MS = 86_400_000

Name = Literal["pages", "authority", "broker"]
"""What pages, embedded broker and enrolment show; whom devices trust; what an outside mosquitto shows."""


class Term(NamedTuple):
    """One certificate. `until`: its end in ms UTC, of a chain the earliest; None where it cannot be read."""

    name: Name
    path: Path
    own: bool
    """Whether `hailong tls make` has made it and makes it again."""
    until: int | None

    def days(self, now: int) -> int | None:
        """Whole days that are left at `now`; negative after the end."""
        return None if self.until is None else (self.until - now) // _DAY_MS

    def is_over(self, now: int) -> bool:
        """Whether devices refuse it at `now`."""
        return self.until is not None and now >= self.until

    def step(self, now: int) -> int | None:
        """The step that is reached: 30, 14, 3, or 0 after the end or where it cannot be read; else None."""
        left = self.days(now)
        if left is None or self.is_over(now):
            return 0
        return min((step for step in STEPS_DAYS if left <= step), default=None)

    def words(self, now: int) -> str:
        """In a line for the log and for commands: how long, and what to do."""
        left = self.days(now)
        if left is None:
            return f"the certificate {self.path} cannot be read; {self.remedy}"
        ends = "has ended" if self.is_over(now) else f"ends in {left} day{'' if left == 1 else 's'}"
        return f"the certificate {self.path} {ends}; {self.remedy}"

    @property
    def remedy(self) -> str:
        """What to do about its end."""
        if self.name == "authority" and self.own:
            return "hailong tls make --new-authority, then every device enrols again"
        if self.own:
            return "hailong tls make; devices notice nothing, and nothing needs a restart"
        return "put the renewed file and its key in its place; nothing needs a restart"


def terms(settings: Settings) -> tuple[Term, ...]:
    """All certificates whose end would shut somebody out, the first to end first."""
    folder = Path(settings.data) / FOLDER
    found: list[Term] = []
    own = settings.tls_cert == ""
    shown = folder / CERTIFICATE if own else Path(settings.tls_cert)
    if not own or shown.is_file():
        found.append(Term("pages", shown, own, _end(shown)))
    authority = Path(settings.tls_ca) if settings.tls_ca else folder / AUTHORITY
    if settings.tls_ca or authority.is_file():
        found.append(Term("authority", authority, not settings.tls_ca, _end(authority)))
    broker = broker_credentials(Path(settings.data)) if settings.broker else None
    if broker is not None and not _same(broker.certificate, shown):
        made = _same(broker.certificate, folder / CERTIFICATE)
        found.append(Term("broker", broker.certificate, made, _end(broker.certificate)))
    return tuple(sorted(found, key=lambda term: term.until or 0))


def pressing(settings: Settings, now: int) -> tuple[Term, ...]:
    """Those of which somebody has to hear at `now`."""
    return tuple(term for term in terms(settings) if term.step(now) is not None)


def broker_credentials(data: Path) -> Credentials | None:
    """What an outside mosquitto shows, by the settings that `broker config` has written."""
    try:
        directory = Path((data / BROKER_FILES).read_text(encoding="utf-8").strip())
        lines = (directory / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    values = dict(line.split(" ", 1) for line in lines if line.startswith(("certfile ", "keyfile ")))
    if len(values) < 2:
        return None
    return Credentials(Path(values["certfile"]), Path(values["keyfile"]))


def _end(path: Path) -> int | None:
    from cryptography import x509  # noqa: PLC0415 - most commands look at no certificate

    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min(int(each.not_valid_after_utc.timestamp() * 1000) for each in chain)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
