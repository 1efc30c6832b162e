"""The surveys that a server or a device knows, by id and version."""

from collections.abc import Iterable, Iterator

from survey_defs.model import Survey


class Registry:
    """Every known version of every survey."""

    def __init__(self, surveys: Iterable[Survey]) -> None:
        """A later survey of the same id and version replaces an earlier one."""
        self._versions: dict[str, dict[int, Survey]] = {}
        for survey in surveys:
            self._versions.setdefault(survey.id, {})[survey.version] = survey

    def find(self, survey: str, version: int) -> Survey | str:
        """The survey, else the wire's code `unknown-survey` or `unknown-version`."""
        versions = self._versions.get(survey)
        if versions is None:
            return "unknown-survey"
        return versions.get(version) or "unknown-version"

    def newest(self, survey: str) -> Survey | None:
        """The highest version of that survey, or None."""
        versions = self._versions.get(survey)
        return versions[max(versions)] if versions else None

    def __iter__(self) -> Iterator[Survey]:
        return iter([survey for versions in self._versions.values() for survey in versions.values()])
