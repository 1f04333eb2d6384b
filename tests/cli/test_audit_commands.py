"""The log is checked, signed and written to a file from the command line."""

import asyncio
import json
import os
import stat
import sys

import pytest
import structlog

from engine.cli import main
from engine.errors import IncidentActError
from engine.incidents import Silence
from engine.store import Store
from engine.store.chain import erase_outcomes
from engine.testing import NOON
from tests.cli.conftest import Done
from tests.cli.test_incidents_command import written
from tests.store.samples import LATER, meddle, plan, suppressed

ROWS = 12


@pytest.fixture
def tocsin(tmp_path, monkeypatch, capsys):
    """Runs ``tocsin …`` in this process, as often as there are findings to tell apart."""
    monkeypatch.chdir(tmp_path)
    for name in [one for one in os.environ if one.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "sqlite:///test.db")

    def call(*arguments, **environment):
        before = sys.argv[:]
        sys.argv[:] = ["tocsin", *arguments]
        try:
            with monkeypatch.context() as patch:
                for name, value in environment.items():
                    patch.setenv(name, value)
                main()
            code = 0
        except SystemExit as left:
            code = left.code or 0
        finally:
            sys.argv[:] = before
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield call
    # Set up by the commands, to write where this test's words went.
    structlog.reset_defaults()


@pytest.fixture
def url(tmp_path):
    """A database whose log has twelve rows, one of them erased."""

    async def fill(url):
        store = await Store.open(url)
        try:
            await plan(store, *(suppressed(number) for number in range(1, 10)))
            await store.silences.add(
                Silence("care/angry", NOON, LATER, "launch day", "zoe"), at=NOON
            )
            with pytest.raises(IncidentActError):
                await store.silences.end("sil-none", by="tom", at=NOON)
            async with store._database.write() as connection:
                await erase_outcomes(connection, [2], by="dana", reason="request 17", at=NOON)
            [row] = await store.silences.recent()
            await store.silences.end(row["id"], by="tom", reason="all is said", at=NOON)
        finally:
            await store.close()

    found = f"sqlite:///{tmp_path}/test.db"
    asyncio.run(fill(found))
    return found


def test_a_log_that_fits_is_told_with_its_checkpoints_and_erased_rows(tocsin, url):
    assert tocsin("audit", "checkpoint").code == 0
    done = tocsin("verify-log", "--format", "json")
    assert done.code == 0
    assert done.json["intact"] is True
    assert (done.json["rows"], done.json["checkpoints"], done.json["erased"]) == (ROWS, 1, 1)
    assert (done.json["bad_row"], done.json["problem"], done.json["fault"]) == (None, "", None)
    assert "12 row(s) fit" in tocsin("verify-log").out


def test_a_row_that_was_changed_is_named_and_the_status_is_1(tocsin, url):
    meddle(url, "UPDATE outcomes SET state = 'sent' WHERE seq = 4")
    done = tocsin("verify-log", "--format", "json")
    assert (done.code, done.json["bad_row"], done.json["fault"]) == (1, 4, "changed")
    assert tocsin("verify-log").out.startswith("row 4: row 4 was changed")


def test_an_exported_log_is_verified_without_settings_or_database(tocsin, url, tmp_path):
    tocsin("audit", "checkpoint", "--out", "kept.json")
    (tmp_path / "public.pem").write_text(tocsin("audit", "key").out)
    assert "12 row(s) and 1 checkpoint(s) written" in tocsin("audit", "export", "--out", "log").err
    for name in ("test.db", "test.db.key.pem"):
        (tmp_path / name).unlink()
    done = tocsin(
        *("verify-log", "--file", "log", "--checkpoint", "kept.json"),
        *("--public-key", "public.pem", "--format", "json"),
        TOCSIN_CONFIG="nowhere.yaml",
    )
    assert (done.code, done.json["rows"], done.json["checkpoints"]) == (0, ROWS, 1)
    assert not (tmp_path / "test.db").exists()


def test_an_export_goes_to_standard_output_where_no_file_is_named(tocsin, url):
    lines = tocsin("audit", "export").out.splitlines()
    assert [json.loads(line)["row"]["seq"] for line in lines[1:]] == list(range(1, ROWS + 1))


def test_who_signed_is_not_known_without_the_public_key(tocsin, url):
    tocsin("audit", "checkpoint")
    tocsin("audit", "export", "--out", "log")
    done = tocsin("verify-log", "--file", "log")
    assert done.code == 0
    assert "name the public key with --public-key" in done.err


def test_a_changed_line_of_a_file_is_named_by_its_row(tocsin, url, tmp_path):
    tocsin("audit", "export", "--out", "log")
    data = (tmp_path / "log").read_text()
    (tmp_path / "log").write_text(data.replace('"state":"suppressed"', '"state":"sent"', 1))
    done = tocsin("verify-log", "--file", "log", "--format", "json")
    assert (done.code, done.json["bad_row"]) == (1, 1)


def test_a_line_that_is_none_is_named_and_the_status_is_1(tocsin, url, tmp_path):
    tocsin("audit", "export", "--out", "log")
    lines = (tmp_path / "log").read_text().splitlines()
    lines[5] = lines[5][:40]
    (tmp_path / "log").write_text("\n".join(lines))
    done = tocsin("verify-log", "--file", "log")
    assert done.code == 1
    assert "line 6 of the file is no row of the log" in done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["--file", "nowhere"], "nowhere: no such file", id="no file"),
        pytest.param(["--file", "."], "is a folder; name a file", id="a folder"),
        pytest.param(["--file", "test.db"], "no exported log", id="a database as a file"),
        pytest.param(["--checkpoint", "nowhere"], "no such file", id="no checkpoint"),
        pytest.param(["--checkpoint", "test.db"], "no checkpoint", id="a database as checkpoint"),
        pytest.param(["--public-key", "nowhere"], "cannot be read", id="no public key"),
        pytest.param(["--public-key", "test.db"], "no public key in PEM", id="another public key"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_status_is_2(tocsin, url, arguments, told):
    done = tocsin("verify-log", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_without_a_database_the_status_is_2(tocsin):
    done = tocsin("verify-log")
    assert done.code == 2
    assert "tocsin db upgrade" in done.err


def test_a_log_cut_with_its_head_is_told_by_the_checkpoint_kept(tocsin, url):
    tocsin("audit", "checkpoint", "--out", "kept.json")
    meddle(
        url,
        f"DELETE FROM outcomes WHERE seq = {ROWS}",
        "DELETE FROM checkpoints",
        f"UPDATE chain_head SET seq = {ROWS - 1},"
        f" hash = (SELECT hash FROM outcomes WHERE seq = {ROWS - 1})",
    )
    assert tocsin("verify-log").code == 0
    kept = tocsin("verify-log", "--checkpoint", "kept.json", "--format", "json")
    assert (kept.code, kept.json["bad_row"], kept.json["fault"]) == (1, ROWS, "truncated")


def test_a_key_is_made_once_for_its_owner_alone_beside_the_database(tocsin, url, tmp_path):
    first = tocsin("audit", "key", "--format", "json").json
    path = tmp_path / "test.db.key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert tocsin("audit", "key", "--format", "json").json == first
    assert [one.name for one in tmp_path.iterdir() if "pem" in one.name] == ["test.db.key.pem"]


def test_a_key_of_the_settings_is_made_where_they_name_it(tocsin, url, tmp_path, write):
    write("conf/my.yaml", "audit:\n  key: keys/log.pem\n")
    first = tocsin("audit", "key", "--config", "conf/my.yaml").out
    assert (tmp_path / "conf/keys/log.pem").exists()
    pem = (tmp_path / "conf/keys/log.pem").read_text()
    for secret in ("${LOG_KEY}", f"${{file:{tmp_path}/conf/keys/log.pem}}"):
        write("conf/secret.yaml", f"audit:\n  key: {secret}\n")
        assert tocsin("audit", "key", "--config", "conf/secret.yaml", LOG_KEY=pem).out == first
    assert tocsin("audit", "key", TOCSIN_AUDIT_KEY=pem).out == first


@pytest.mark.parametrize(
    ("key", "told"),
    [
        pytest.param("${LOG_KEY}", "LOG_KEY is not set", id="a secret that is not set"),
        pytest.param("${file:/nowhere}", "cannot be read", id="a secret file that is not there"),
        pytest.param("my.yaml", "no private key in PEM", id="another file"),
        pytest.param("/dev/null/key", "cannot be", id="where no file can be"),
    ],
)
def test_a_key_that_cannot_be_used_is_told(tocsin, write, key, told):
    write("my.yaml", f"audit:\n  key: {key}\n")
    done = tocsin("audit", "key", "--config", "my.yaml")
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_checkpoints_of_a_key_that_was_replaced_are_believed_where_it_is_named(
    tocsin, url, tmp_path, write
):
    tocsin("audit", "checkpoint")
    write("old.pem", tocsin("audit", "key").out)
    (tmp_path / "test.db.key.pem").unlink()
    tocsin("audit", "key")
    done = tocsin("verify-log", "--format", "json")
    assert (done.code, done.json["fault"]) == (1, "forged")
    write("my.yaml", "audit:\n  earlier: [old.pem]\n")
    done = tocsin("verify-log", "--config", "my.yaml", "--format", "json")
    assert (done.code, done.json["checkpoints"]) == (0, 1)


def test_an_empty_log_is_not_signed(tocsin):
    tocsin("db", "upgrade")
    done = tocsin("audit", "checkpoint")
    assert (done.code, done.out) == (0, "")
    assert "nothing to sign" in done.err


def test_a_log_that_does_not_fit_is_not_signed(tocsin, url):
    meddle(url, "UPDATE outcomes SET state = 'sent' WHERE seq = 4")
    done = tocsin("audit", "checkpoint")
    assert (done.code, done.out) == (2, "")
    assert "no checkpoint is signed until it does" in done.err


def test_what_people_did_is_shown_by_kind_with_who_and_why(tocsin, url):
    lines = tocsin("outcomes", "--kind", "silence").out.splitlines()
    assert lines[0].endswith(", by zoe: launch day")
    assert lines[1].endswith(", by tom: all is said")
    [line] = tocsin("outcomes", "--kind", "erasure").out.splitlines()
    assert "erasure erasure-2, by dana: request 17" in line
    rows = tocsin("outcomes", "--kind", "action", "--format", "json").json
    assert [row["seq"] for row in rows if row["erased"]] == [2]
    assert "(erased)" in tocsin("outcomes", "--kind", "action").out.splitlines()[1]


def test_an_incidents_rows_read_as_what_became_of_it(tocsin, tmp_path):
    asyncio.run(written(f"sqlite:///{tmp_path}/test.db"))
    lines = tocsin("outcomes", "--kind", "incident").out.splitlines()
    assert all("  incident inc-" in line for line in lines)
