"""Every version of every survey that was ever published here: old answers keep their meaning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from server.domain.problems import Problem
from survey_defs.model import Survey
from survey_defs.registry import Registry
from survey_defs.typed import from_json

if TYPE_CHECKING:
    from server.storage import Store


def known(store: Store, current: Iterable[Survey], now: int) -> Registry:
    """The surveys of the program together with the versions that the store has kept; new ones are kept now.

    Raises `Problem("survey-changed")` where a published version has other content than before: the
    answers in the store were given to the old one.
    """
    with store.read() as sql:
        rows = list(sql.survey_version_all())
    kept = {(row["survey"], row["version"]): from_json(row["body"], Survey) for row in rows}
    new = []
    for survey in current:
        before = kept.get((survey.id, survey.version))
        if before is None:
            new.append(survey)
        elif before != survey:
            raise Problem("survey-changed", survey=survey.id, version=survey.version)
    if new:
        _keep(store, new, now)
    return Registry([*kept.values(), *new])


def _keep(store: Store, surveys: Iterable[Survey], now: int) -> None:
    with store.write() as sql:
        already = {(row["survey"], row["version"]) for row in sql.survey_version_all()}
        for survey in surveys:
            if (survey.id, survey.version) not in already:  # another process may have come first
                body = msgspec.json.encode(survey).decode()
                sql.survey_version_insert(survey=survey.id, version=survey.version, body=body, since=now)
