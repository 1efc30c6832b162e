"""The data of `hailong demo`, with an account of each role beside its own."""

from dataclasses import dataclass
from pathlib import Path

from server.cli.demo import fill
from server.domain.records import ROLES
from server.services.access import people
from server.services.context import Context
from server.services.devices import points
from server.services.sample.sample_school import SCHOOL
from tests.support.reading import reading
from tests.support.seed import PASSWORD, Clock, make_context

DEPUTY, OFFICER = "pho-hieu-truong", "giao-vu"


@dataclass(frozen=True)
class Demo:
    """The school, and its own people's passphrase, code and a point of the phone survey."""

    ctx: Context
    logins: dict[str, str]
    """For each role, who has it; everybody's password is `PASSWORD`."""
    passphrase: str
    code: str
    point: str


def demo_school(data: Path, now: Clock | None = None) -> Demo:
    """As the demo fills an empty directory at that moment."""
    ctx = make_context(data, now, public_url="http://127.0.0.1:8080")
    kept = data / "passphrase.txt"
    code = fill(ctx, kept).code
    logins = {"deputy": DEPUTY, "officer": OFFICER}
    for login in logins.values():
        people.set_password(ctx, login, PASSWORD)
    for role in ROLES:
        if role not in logins:
            logins[role] = f"vai-{role}"
            people.add_user(ctx, logins[role], role, SCHOOL, PASSWORD)
    point = points.points(reading(ctx), SCHOOL)[0].id
    return Demo(ctx, logins, kept.read_text(encoding="utf-8").strip(), code, point)
