"""Taking keys away as the pages do it: with the passphrase of one and the password of another."""

from server.services import key_custody, keys
from server.services.context import Context
from server.services.second_person import Second
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
    key_custody.revoke(ctx, school, room, opened, Second(second or holder, password), holder=holder)
