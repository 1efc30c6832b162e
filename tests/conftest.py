"""What holds for every test: Argon2id as in service, at a cost that a whole suite can bear.

What a code comes to is worked out at the full cost, for devices must agree on it, but only once. The cost of
the others stands beside each hash and each lock, so that a store made here is read like any other. The
commands under test run as processes of their own, at the cost of service: tests/server/keys/test_keys.py and
tests/server/upkeep/test_cli.py look at what they leave behind.
"""

from functools import cache

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from server.cli import serve
from server.domain.keys import key_lock
from server.services import schools
from server.services.access import passwords
from server.transport.http.frame import language
from server.wiring import contexts
from survey_defs import complaint
from tests.support.once import KnownRule, RememberedHash, compiled_templates

CHEAP_KIB = 8
"""The least that Argon2id takes."""


def pytest_configure(config: pytest.Config) -> None:
    """What a process of tests needs besides `lower_costs`."""
    # How long an example takes says how busy the machine is, not whether a promise holds.
    patient = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis_settings.register_profile("patient", patient)
    hypothesis_settings.load_profile("patient")
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": compiled_templates(config)}
    lower_costs()


def lower_costs() -> None:
    """Lower what a hash costs; the steps stay the same. Files that do not change are read once."""
    language.load_texts = cache(language.load_texts)
    contexts.builtin_surveys = cache(contexts.builtin_surveys)
    schools.builtin_catalogue = cache(schools.builtin_catalogue)
    Flask.url_rule_class = KnownRule
    complaint.pwhash = RememberedHash()
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=CHEAP_KIB, parallelism=1)
    key_lock.MEMORY = CHEAP_KIB * 1024
    # `serve` begins its process anew, for its memory's sake; tests/server/keys/test_memory.py gives it one.
    serve._close_memory = lambda: None
