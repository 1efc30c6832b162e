"""Asking for pages as a signed-in person does, without a browser."""

import html as markup
import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.seed import LOGIN, PASSWORD


def csrf(html: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, "the page has no form with a token"
    return found[1]


def words(html: str) -> str:
    """What a reader sees of a page's main part, on one line."""
    main = re.sub(r"<(script|svg)\b.*?</\1>", " ", html.split("<main", 1)[-1], flags=re.DOTALL)
    inline = re.sub(r'<wbr>|<span class="whole">([^<]*)</span>', r"\1", main)
    return " ".join(markup.unescape(re.sub(r"<[^>]+>", " ", inline)).split())


def try_login(client: FlaskClient, login: str = LOGIN, password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill the form in and send it."""
    token = csrf(client.get("/dang-nhap").text)
    return client.post("/dang-nhap", data={"login": login, "password": password, "csrf_token": token, **more})


def signed_in(app: Flask, login: str = LOGIN) -> FlaskClient:
    """A client with a session."""
    client = app.test_client()
    response = try_login(client, login)
    assert response.status_code == 303, response.text
    return client
