"""Texts that would break a document: in every form, in every command, on every paper."""

import io
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from server.wiring.pages import create_app
from survey_defs.cli import main
from survey_defs.complaint import Contact
from tests.support.desk import PASSPHRASE, PRINCIPAL, TECHNICIAN, DeskSchool
from tests.support.full_school import full_school, unlock
from tests.support.pages import csrf, signed_in
from tests.support.seed import LOGIN, SCHOOL

HOSTILE = (
    "Ng\x0bày\x0cmai\x00\x01\x1f\x7f\x85\u2028\u2029\ufffe\uffff\ufdd0\U0001ffff\u202eX\ufeff"
    " <&>]]>\"'{{7*7}} =1+1"
)
PAGES_OF_A_ROUTE = 2
TYPED = {"text", "search", "password", "tel", "date", "number", "time", "hidden", "textarea"}
PLAIN = {"day": "28/05/2026", "password": PASSPHRASE, "number": "1"}
ENDINGS = {"login.leave", "unlocking.shut"}
CALLERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (LOGIN, ("/",)),
    (TECHNICIAN, ("/",)),
    ("", ("/dang-nhap", "/tra-cuu", "/q/ban-1", f"/q/ban-2/{'a' * 8}")),
)
"""Who opens which pages; a stranger is nobody."""
ELSEWHERE = {
    "enrolment.enrol": ("/api/1/enrol", ()),
    "misuse.label": ("/khong-tinh/luot", ("pham-vi", "hien", "luot", "nhan", "ly-do", "thay")),
    "server_clock.confirm": ("/dong-ho", ("tiep", "dang-chi")),
    "devices.hand_over": ("/thiet-bi/kiosk-1/chuyen", ("school",)),
    "account.end": ("/tai-khoan/phien", ("phien",)),
    "privacy.erase": ("/rieng-tu/1/xoa", ("second", "second-password")),
}
"""Routes whose forms this school does not show, with the fields that they read."""
STORED = {
    "schools": ("name", "abbreviation", "superior", "recipient", "place", "signer"),
    "devices": ("label",),
    "cases": ("summary", "petition_number"),
    "receptions": ("settled_by", "guidance", "taken_by", "note"),
    "misuse_labels": ("note",),
    "answers": ("label",),
    "tokens": ("label",),
    "points": ("wifi",),
    "calendar_days": ("name",),
    "answer_templates": ("name", "body"),
}
ARGUMENT = HOSTILE.replace("\0", "")
"""A NUL ends an argument."""
GIVEN = {
    "school": SCHOOL, "of": SCHOOL, "slug": SCHOOL, "login": PRINCIPAL, "by": LOGIN, "holder": PRINCIPAL,
    "id": "kiosk-1", "to": "truong-ban", "kind": "kiosk", "role": "staff", "name": "Tên", "label": "Nhãn",
    "day": "2026-05-20", "rule": "khieu_nai.accept", "start": "2026-05-20", "period": "2026-05",
    "regime": "ha-long", "ref": "2026-1", "word": "test",
}  # fmt: skip
KEYS = frozenset({"slug", "school", "of", "id", "login", "by", "holder", "role", "kind", "regime", "period"})
"""Names that a command looks up before it looks at anything else."""
RUN_ON = {
    ("serve",), ("web",), ("ingest",), ("demo",), ("simulate",), ("kiosk", "run"), ("device", "flash"),
    ("restore",), ("kiosk",),
}  # fmt: skip
"""Commands that run until somebody ends them, or take the store away."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    with full_school(tmp_path / "data") as made:
        yield made


@pytest.fixture
def app(school: DeskSchool) -> Flask:
    return create_app(school.ctx)


class Walk:
    """Every form that sends something, found by following links; of many alike, the first few."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self._client = client
        self._routes = app.url_map.bind("localhost")
        self._seen: Counter[str] = Counter()
        self.papers: dict[str, bytes] = {}
        self.forms: dict[tuple[str, frozenset[str]], tuple[str, Any]] = {}

    def route(self, path: str, method: str) -> str:
        """The route of an address; '' for none of ours."""
        try:
            endpoint, values = self._routes.match(urlsplit(path).path, method=method)
        except HTTPException:
            return ""
        return f"{endpoint} {values.get('action') or values.get('step') or ''}".strip()

    def follow(self, *begin: str) -> "Walk":
        """Look at these pages and all that they lead to."""
        ahead = list(begin)
        while ahead:
            path = ahead.pop(0)
            self._seen[route := self.route(path, "GET")] += 1
            if route and self._seen[route] <= PAGES_OF_A_ROUTE:
                ahead += self.read(self._client.get(path))
        return self

    def read(self, page: TestResponse) -> list[str]:
        """Keep the forms of a page; its links."""
        assert page.status_code < 500, page.request.path
        if page.mimetype != "text/html" or not page.data.strip():
            if page.status_code == 200:
                self.papers[page.request.path] = page.data
            return []
        tree = html.document_fromstring(page.text)
        for form in tree.forms:
            if form.method.lower() == "post":
                path = form.action or page.request.path
                self.forms.setdefault((self.route(path, "POST"), frozenset(form.fields)), (path, form))
        return [link for link in tree.xpath("//a/@href") if link.startswith("/") and "lang=" not in link]


def ways(form: Any) -> Iterator[dict[str, str]]:
    """The form with one typed field hostile at a time, all else as it stands or plain; then all of them."""
    plain = {name: str(value) for name, value in form.form_values() if name}
    token = {"csrf_token": plain.get("csrf_token", "")}
    typed = []
    for field in form.xpath(".//input[@name]|.//textarea[@name]"):
        kind = field.get("type", "text") if field.tag == "input" else "textarea"
        if field.name != "csrf_token" and kind in TYPED:
            typed.append(field.name)
            if field.get("placeholder") == "ngày/tháng/năm":
                kind = "day"
            plain[field.name] = plain.get(field.name) or PLAIN.get(kind, "Lời nói 10")
    buttons = [{each.get("name"): each.get("value", "")} for each in form.xpath(".//button[@name]")] or [{}]
    yield dict.fromkeys(plain, HOSTILE) | token
    for press in buttons:
        for name in dict.fromkeys(typed):
            yield plain | press | {name: HOSTILE}


def test_no_field_of_any_form_breaks_a_page(app: Flask, school: DeskSchool) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    reached: set[str] = set()
    for login, begin in CALLERS:
        client = signed_in(app, login) if login else app.test_client()
        walk = Walk(app, client)
        if login:
            walk.read(client.get("/mo-khoa"))
            unlock(client)
        walk.follow(*begin)
        done = set()
        while left := [key for key in walk.forms if key not in done]:
            # What ends the session or shuts the keys comes last: all other forms need both.
            key = min(left, key=lambda each: each[0] in ENDINGS)
            done.add(key)
            reached.add(key[0].partition(" ")[0])
            path, form = walk.forms[key]
            for fields in ways(form):
                walk.read(client.post(path, data=fields, follow_redirects=key[0] not in ENDINGS))
            if key[0] == "unlocking.enter":
                unlock(client)
    assert routes - reached == set(ELSEWHERE)
    client = signed_in(app)
    token = csrf(client.get("/mo-khoa").text)
    for endpoint, (path, names) in ELSEWHERE.items():
        answer = client.post(path, data=dict.fromkeys(names, HOSTILE) | {"csrf_token": token})
        assert answer.status_code < 500, endpoint


def test_papers_open_whatever_the_store_holds(app: Flask, school: DeskSchool, tmp_path: Path) -> None:
    ref = school.comes(text=HOSTILE, contact=Contact(HOSTILE, HOSTILE, HOSTILE))
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chờ lâu")
    school.does(LOGIN, ref, "start")
    school.does(LOGIN, ref, "answer", text="Dòng một\vdòng hai")
    spoil(school)
    client = signed_in(app)
    unlock(client)
    walk = Walk(app, client).follow("/", f"/phan-anh/{ref}/phieu-tra-loi.docx")
    kinds = Counter(Path(urlsplit(path).path).suffix for path in walk.papers)
    assert {".docx", ".xlsx", ".pdf"} <= set(kinds)
    room = tmp_path / "papers"
    room.mkdir()
    for number, (path, content) in enumerate(walk.papers.items()):
        suffix = Path(urlsplit(path).path).suffix
        if suffix in (".docx", ".xlsx"):
            (room / f"{number}{suffix}").write_bytes(content)
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                for name in parts.namelist():
                    if name.endswith((".xml", ".rels")):
                        etree.fromstring(parts.read(name))
    files = sorted(room.iterdir())
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless",
            "--convert-to", "pdf", "--outdir", str(room), *map(str, files),
        ],
        check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    for file in files:
        assert file.with_suffix(".pdf").stat().st_size > 1000, file.name


def spoil(school: DeskSchool) -> None:
    """Texts in the store as an older program let them in."""
    with school.ctx.write() as work:
        for table, columns in STORED.items():
            for column in columns:
                work.connection.execute(f"UPDATE {table} SET {column} = {column} || ?", (HOSTILE,))


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        elif command is not None and (*path, name) not in RUN_ON:
            yield (*path, name), command


def is_text(param: click.Parameter) -> bool:
    return isinstance(param.type, click.types.StringParamType)


def arguments(command: click.Command, hostile: frozenset[str], file: Path) -> list[str]:
    """The command's words: the named texts hostile, what else it needs as this school has it."""
    words: list[str] = []
    ending: list[str] = []
    for param in command.params:
        if is_text(param) and param.name in hostile:
            value = ARGUMENT
        elif param.required:
            value = str(file) if isinstance(param.type, click.Path) else GIVEN.get(param.name or "", "1")
        else:
            continue
        if isinstance(param, click.Option):
            words += [param.opts[-1], value]
        else:
            ending.append(value)
    return [*words, "--", *ending]


def test_no_option_of_any_command_ends_in_a_traceback(school: DeskSchool, tmp_path: Path) -> None:
    # What nobody can type into a command line: a NUL ends the argument.
    found = dict(commands(main))
    assert len(found) > 50
    for path, command in found.items():
        texts = {
            each.name or "" for each in command.params if isinstance(each.type, click.types.StringParamType)
        }
        options = {each.name or "" for each in command.params if isinstance(each, click.Option)} & texts
        for hostile in {frozenset(texts - KEYS), frozenset(texts), frozenset(options - KEYS)}:
            run = CliRunner(env={"HAILONG_DATA": str(tmp_path / "data")}).invoke(
                main, [*path, *arguments(command, hostile, tmp_path / "file")], input=f"{ARGUMENT}\n" * 3
            )
            said = run.exception
            assert said is None or isinstance(said, SystemExit), (path, hostile, said)


def test_bytes_that_are_no_utf8_are_told(school: DeskSchool, tmp_path: Path) -> None:
    run = CliRunner(env={"HAILONG_DATA": str(tmp_path / "data")})
    typed = b"Tr\xfd\xf2ng".decode("utf-8", "surrogateescape")
    refused = run.invoke(main, ["school", "set", SCHOOL, "--name", typed])
    assert refused.exit_code == 2
    assert "no UTF-8 text" in refused.output
    refused = run.invoke(
        main, ["user", "passwd", LOGIN, "--password-stdin"], input=b"m\xe2t kh\xe8u d\xe0i\n"
    )
    assert refused.exit_code == 1
    assert "no UTF-8 text" in refused.output
