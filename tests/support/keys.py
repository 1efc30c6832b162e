"""Taking keys away as the pages do it: with the passphrase of one and the password of another."""

from server.services.access.second_person import Second
from server.services.context import Context
from server.services.keys import custody, keys
from tests.support.seed import PASSWORD, SCHOOL


def take_away(
    ctx: Context,
    room: str,
    holder: str,
    by: str,
    passphrase: str,
    *,
    second: str = "",
    password: str = PASSWORD,
    school: str = SCHOOL,
) -> None:
    """`by` takes the room's keys from `holder`, who agrees unless `second` does."""
    opened = keys.unlock(ctx, by, passphrase)
    custody.revoke(ctx, school, room, opened, Second(second or holder, password), holder=holder)
