"""`hailong kiosk enrol`, and the enrolment file that a kiosk finds when it starts."""

import time
from pathlib import Path

import click

from kiosk.cli.options import data_option
from kiosk.device.log import Log, log_to_stderr
from kiosk.device.settings import BadSettings, Offer, locked, prepare_data
from kiosk.setup.problem import EnrolProblem

BOOT_FILE = Path("/boot/firmware/hailong-enrol.toml")
NETWORK_TIMEOUT_S = 60.0
"""How long a kiosk that starts waits for its network before it goes on with the credentials it has."""
RETRY_S = 3.0
PASSING = ("unreachable", "unknown-host")
"""What may pass by itself: a Pi is up before its Wi-Fi is."""
_log = Log("enrolment")


@click.command()
@click.option(
    "--server", required=True, help="The server's address, https://host:8443, as shown with the code."
)
@click.option(
    "--claim",
    "code",
    prompt="Claim code",
    help="The claim code of 'hailong device add --claim' or the dashboard; asked for if it is missing.",
)
@data_option()
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A certificate authority to know the server by; without one the claim code proves the server.",
)
@click.option(
    "--leave-undelivered",
    is_flag=True,
    help="Go on though answers wait here that cannot be delivered any more; they are kept.",
)
def enrol(*, server: str, code: str, data: Path, ca_file: Path | None, leave_undelivered: bool) -> None:
    """Give this kiosk its credentials in exchange for a claim code.

    Answers that still wait here are delivered first, with the old credentials. Stop the kiosk meanwhile.
    """
    log_to_stderr()
    from kiosk.setup import enrolment  # noqa: PLC0415 - so that --help needs nothing

    try:
        with locked(prepare_data(data)):
            identity = enrolment.enrol(
                data, server, code, ca_file=ca_file, leave_undelivered=leave_undelivered
            )
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
    except EnrolProblem as problem:
        # A finger at the screen has no options to give.
        more = " Or go on without them: --leave-undelivered." if problem.code == "undelivered" else ""
        raise click.ClickException(sentence(problem) + more) from problem
    click.echo(
        f"This kiosk is '{identity.device}' of the school '{identity.school}' now, at {identity.broker}.\n"
        f"Start it with: hailong kiosk --data {data}"
    )


def sentence(problem: EnrolProblem) -> str:
    """Returns what was wrong and what to do, for whoever reads a terminal or a log."""
    from kiosk.screen.texts import kiosk_texts  # noqa: PLC0415

    return kiosk_texts()("en", f"enrol.{problem.code}", **problem.facts)


def enrol_at_start(
    data: Path, path: Path, server: str | None, *, at_screen: bool, timeout_s: float = NETWORK_TIMEOUT_S
) -> Offer:
    """Use the enrolment file if there is one; what the set-up screen then has to begin with.

    `at_screen`: the code is exchanged there, where somebody sees how it goes. A file that is of no use never
    keeps a kiosk from its work.
    """
    offer = Offer(server or "")
    if not path.is_file():
        return offer
    from kiosk.setup import enrol_file  # noqa: PLC0415 - most starts find no such file

    try:
        file = enrol_file.read_enrol_file(path)
        authority = enrol_file.authority_of(file, path, data)
        offer = Offer(server or file.server, file.claim, authority, path)
        if not at_screen and file.claim:
            _exchange_with_retries(data, offer, timeout_s)
            enrol_file.delete_used(path, data)
            _log.info("enrolled by the enrolment file", file=str(path))
    except EnrolProblem as problem:
        _log.error(sentence(problem), file=str(path))
    return offer


def _exchange_with_retries(data: Path, offer: Offer, timeout_s: float) -> None:
    """Exchange the code as soon as the network is there. Raises `EnrolProblem`."""
    from kiosk.setup import enrolment  # noqa: PLC0415

    until = time.monotonic() + timeout_s
    while True:
        try:
            enrolment.enrol(data, offer.server, offer.claim, ca_file=offer.ca_file)
        except EnrolProblem as problem:
            if problem.code not in PASSING or time.monotonic() > until:
                raise
            time.sleep(RETRY_S)
        else:
            return
