"""A school with something of every kind, and its keys opened."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from flask.testing import FlaskClient

from server.services.cases import templates
from server.services.devices import points
from server.services.privacy import requests
from tests.support.desk import PASSPHRASE, DeskSchool, full_desk
from tests.support.pages import csrf
from tests.support.seed import LOGIN, SCHOOL


@contextmanager
def full_school(data: Path) -> Iterator[DeskSchool]:
    """Cases, points, a request and a template, at a public address."""
    made, _ = full_desk(data)
    settings = msgspec.structs.replace(made.ctx.settings, public_url="https://hailong.thcs-mau.edu.vn")
    made.ctx = dataclasses.replace(made.ctx, settings=settings)
    points.add(made.ctx, "ban-1", SCHOOL, label="Bàn số 1")
    points.add(made.ctx, "ban-2", SCHOOL, label="Bàn số 2", single_use=True)
    requests.take_down(made.ctx, made.actor(LOGIN), "see", details="Xin xem dữ liệu về mình")
    templates.save(made.ctx, SCHOOL, None, name="Mẫu", body="Kính gửi", by=LOGIN)
    yield made
    made.ctx.store.close()


def unlock(client: FlaskClient) -> None:
    page = client.get("/mo-khoa")
    if "passphrase" in page.text:
        client.post("/mo-khoa", data={"passphrase": PASSPHRASE, "csrf_token": csrf(page.text)})
