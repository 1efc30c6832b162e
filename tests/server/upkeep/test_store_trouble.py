"""A damaged, full, refusing or occupied database: a sentence for each reader, soon, and nothing lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask, url_for

from server.domain.problems import STORE_TROUBLES, Problem
from server.services import schools
from server.services.context import Context
from server.services.devices import registry
from server.services.upkeep.doctor import examine
from server.storage import database
from server.storage.faults import as_problem
from server.wiring.pages import create_app
from tests.support.commands import run_hailong
from tests.support.every_command import BESIDES, NEED_NONE, every_command, least_arguments
from tests.support.pages import csrf, signed_in
from tests.support.reading import reading
from tests.support.seed import LOGIN, SCHOOL, sample_school
from tests.support.server import ServerProcess
from tests.support.store import make_school

PAGE_BYTES = 4096


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setattr(database, "WAIT_S", 0.2)
    context = sample_school(tmp_path)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@contextmanager
def occupied(ctx: Context, *, readers_too: bool) -> Iterator[None]:
    """Somebody else holds the database; `readers_too`: so that nobody can even read."""
    ctx.store.close()  # SQLite gives the whole file to one connection only while no other has it open
    with closing(sqlite3.connect(ctx.store.path, isolation_level=None)) as other:
        if readers_too:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE schools SET place = place")
        yield
        other.execute("ROLLBACK")


def garble(path: Path, table: str) -> None:
    """Rubbish in the first page of a table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
        page = found.fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)


def test_who_reads_does_not_wait_for_who_writes(app: Flask, ctx: Context) -> None:
    client = signed_in(app)
    with occupied(ctx, readers_too=False):
        assert client.get("/").status_code == 200
        assert client.get("/phan-anh").status_code == 200
    held = threading.Event()
    done = threading.Event()

    def write() -> None:
        with ctx.write():
            held.set()
            done.wait(10)
        ctx.store.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert held.wait(10)
    assert client.get("/").status_code == 200
    with pytest.raises(Problem) as caught:  # behind one of this process that does not end
        schools.set_school(ctx, SCHOOL, place="Nơi khác")
    assert caught.value.code == "store-busy"
    done.set()
    writer.join()
    schools.set_school(ctx, SCHOOL, place="Nơi khác")


def test_a_form_sent_while_the_store_is_busy_comes_back_whole_and_goes_with_one_touch(
    app: Flask, ctx: Context
) -> None:
    client = signed_in(app)
    form = {
        "csrf_token": csrf(client.get("/diem-khao-sat").text),
        "label": 'Bàn "số 9" <b>',
        "place": "desk",
        "audience": "phu-huynh",
    }
    for readers_too in (False, True):  # told by the form's own page, and by that which asks the store nothing
        with occupied(ctx, readers_too=readers_too):
            page = client.post("/diem-khao-sat", data=form)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
        assert "Máy chủ đang bận" in page.text
        assert "Bàn &#34;số 9&#34; &lt;b&gt;" in page.text
    assert 'action="/diem-khao-sat"' in page.text
    assert str(ctx.store.path) not in page.text
    assert client.post("/diem-khao-sat", data=form).status_code == 303


def test_a_database_that_cannot_even_be_read_has_its_page_in_both_languages(
    app: Flask, ctx: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    client = signed_in(app)
    token = {"csrf_token": csrf(client.get("/diem-khao-sat").text)}
    with occupied(ctx, readers_too=True):
        pages = [client.get(path) for path in ("/", "/?lang=en", "/tra-cuu", "/q/ban-1", "/dang-nhap")]
        health, metrics = client.get("/healthz"), client.get("/metrics")
        api = client.get(f"/api/1/schools/{SCHOOL}/rates", headers={"Authorization": "Bearer x"})
        password = client.post("/dang-nhap", data={**token, "login": LOGIN, "password": "mat-khau-that"})
        forged = client.post("/diem-khao-sat", data={"label": "x"})
    assert {page.status_code for page in (*pages, health, metrics, api, password, forged)} == {503}
    assert "Máy chủ đang bận" in pages[0].text
    assert "The server is busy" in pages[1].text
    assert (health.text, api.json["code"]) == ("store-busy\n", "store-busy")  # type: ignore[index]
    assert "mat-khau-that" not in password.text
    said = capfd.readouterr()
    assert (said.out + said.err).count("busy with another program") == 1
    assert client.get("/").status_code == 200


def test_a_damaged_database_is_told_on_pages_by_health_and_by_doctor(ctx: Context) -> None:
    app = create_app(ctx)
    client = signed_in(app)
    ctx.store.close()
    garble(ctx.store.path, "rate_cells")
    page = client.get("/")
    assert page.status_code == 503
    assert "hailong doctor" in page.text
    health = client.get("/healthz")
    assert (health.status_code, health.text) == (503, "store-damaged\n")
    found = {each.check: each for each in examine(reading(ctx))}
    assert not found["file"].sound
    assert "damaged" in found["file"].words
    assert not found["rates"].sound
    assert found["choices"].sound, "what can still be read is told too"
    done = run_hailong("doctor", "--data", ctx.store.path.parent)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "hailong restore" in done.stdout + done.stderr


@pytest.mark.parametrize("content", [b"no database at all " * 500, None], ids=["rubbish", "cut"])
def test_a_server_and_a_command_on_a_broken_file_end_with_one_line(
    tmp_path: Path, content: bytes | None
) -> None:
    make_school(tmp_path)
    path = tmp_path / "hailong.db"
    path.write_bytes(content or path.read_bytes()[: 3 * PAGE_BYTES])
    for command in (("device", "list"), ("serve", "--port", "0", "--mqtt-port", "0")):
        done = run_hailong(*command, "--data", tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert "hailong restore" in done.stderr


def test_each_fault_has_its_own_name(tmp_path: Path, ctx: Context) -> None:
    connection = ctx.store.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Problem) as full:
        for n in range(2000):
            registry.add_device(ctx, f"d{n}", SCHOOL, "button")
    assert full.value.code == "disk-full"
    connection.execute("PRAGMA max_page_count = 1000000")
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(Problem) as shut:
        registry.add_device(ctx, "d-last", SCHOOL, "button")
    assert shut.value.code == "store-read-only"
    with pytest.raises(Problem) as nowhere:
        database.Store(tmp_path / "nothing" / "hailong.db").steps()
    assert nowhere.value.code == "store-unopenable"
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorname = "SQLITE_IOERR_READ"
    told = as_problem(broken, ctx.store.path)
    assert told is not None
    assert told.code == "store-io"
    assert {full.value.code, shut.value.code, nowhere.value.code, told.code} <= STORE_TROUBLES


def test_a_second_server_does_not_touch_the_schema_of_one_that_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    make_school(data)
    with ServerProcess(data), closing(sqlite3.connect(data / "hailong.db", timeout=10)) as raw:
        # As a newer program would find it: a step that it has not taken.
        last = raw.execute("SELECT name FROM _sqlite_migrations ORDER BY id DESC LIMIT 1").fetchone()[0]
        raw.execute("DELETE FROM _sqlite_migrations WHERE name = ?", (last,))
        raw.commit()
        done = run_hailong("serve", "--data", data, "--port", "0", "--mqtt-port", "0")
        assert "already takes the answers" in done.stderr
        names = [row[0] for row in raw.execute("SELECT name FROM _sqlite_migrations")]
        assert last not in names


TRUNCATED = "Error: The database {path} is damaged."
NEWER = "Error: {path} was written by a newer version of the program"


@pytest.mark.parametrize("said", [TRUNCATED, NEWER])
def test_every_command_has_a_sentence_for_a_store_that_it_cannot_use(tmp_path: Path, said: str) -> None:
    data, file = tmp_path / "data", tmp_path / "some.txt"
    make_school(data)
    file.write_text("text")
    path = data / "hailong.db"
    if said == NEWER:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO _sqlite_migrations SELECT MAX(id) + 1, migration_set, '9999_later', applied_at"
                " FROM _sqlite_migrations"
            )
    whole = path.read_bytes()
    harmed = whole if said == NEWER else whole[: len(whole) // 2 + 777]
    apart = {"tls make", "restore", "demo"}  # need no store; put one there; has a place of its own
    for command, what in every_command():
        if command in apart | NEED_NONE:
            continue
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        path.write_bytes(harmed)
        arguments = [*command.split(), *least_arguments(what, file), *BESIDES.get(command, [])]
        done = run_hailong(*arguments, "--data", data, stdin="mat-khau-du-dai\n" * 3)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith(said.format(path=path)), (command, done.stderr)
        assert "Traceback" not in done.stderr


def test_every_page_has_a_sentence_for_a_database_that_was_cut_off(app: Flask, ctx: Context) -> None:
    client = signed_in(app)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    ctx.store.close()
    whole = ctx.store.path.read_bytes()
    ctx.store.path.write_bytes(whole[: PAGE_BYTES * 3])
    seen = 0
    with app.test_request_context("/"):
        urls = {rule.endpoint: url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "1")) for rule in rules}
    for endpoint, url in urls.items():
        answer = client.get(url)
        assert answer.status_code != 500, (endpoint, url)
        if answer.status_code == 503:
            seen += 1
            assert "Traceback" not in answer.text
            assert "sqlite" not in answer.text.lower(), endpoint
    assert seen > 20
