import os
import runpy
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from nnsc.environment import SettingError

ROOT = Path(settings.BASE_DIR)
SECRET = "a secret that is long enough for the site to start with it"


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Return the settings that an environment makes."""

    def load(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "nnsc" / "settings.py"))

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return load


@pytest.fixture
def load_production(load):
    def load_production(**environment):
        production = {
            "PRODUCTION": "1",
            "SECRET_KEY": SECRET,
            "ALLOWED_HOSTS": "nnscommunities.org",
        }
        return load(**production | environment)

    return load_production


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


def test_nothing_set_means_local(load, tmp_path):
    local = load()

    assert local["DEBUG"] is False
    assert local["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert local["DATABASES"]["default"]["NAME"] == tmp_path / "db.sqlite3"
    assert local["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    assert local["SITE_URL"] == "http://localhost:8000"
    assert local["SECURE_SSL_REDIRECT"] is False


def test_production_needs_nothing_but_a_secret_and_hosts(load_production):
    production = load_production()

    assert production["SITE_URL"] == "http://nnscommunities.org"
    assert production["SESSION_COOKIE_SECURE"] is False


def test_https_turns_on_what_protects_it(load_production):
    production = load_production(SITE_URL="https://nnscommunities.org/")

    assert production["SITE_URL"] == "https://nnscommunities.org"
    assert production["CSRF_TRUSTED_ORIGINS"] == ["https://nnscommunities.org"]
    assert production["SECURE_SSL_REDIRECT"] is True
    assert production["SESSION_COOKIE_SECURE"] is True
    assert production["SECURE_HSTS_SECONDS"] == 31_536_000


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set to at least 50 random characters"),
        ({"SECRET_KEY": "hunter2"}, "SECRET_KEY must be set to at least 50 random"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts of the site"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts of the site"),
        ({"ALLOWED_HOSTS": "https://a.org"}, "ALLOWED_HOSTS has 'https://a.org'"),
        ({"DEBUG": "1"}, "DEBUG must be off in production"),
        ({"DATABASE_URL": "mysql://a:hunter2@b/c"}, "DATABASE_URL must begin with"),
        ({"CACHE_URL": "memcached://:hunter2@b"}, "CACHE_URL must begin with redis://"),
        ({"SITE_URL": "https://a.org/news"}, "SITE_URL is 'https://a.org/news' but"),
        ({"EMAIL_URL": "pop://:hunter2@b"}, "EMAIL_URL must begin with smtp:// or"),
        ({"EMAIL_URL": "smtp://a:hunter2/@b"}, "EMAIL_URL cannot be read, for example"),
        ({"EMAIL_URL": "smtp://b"}, "MAIL_FROM must be the address from which"),
        ({"MAIL_FROM": "us"}, "MAIL_FROM is 'us' but must be one mail address"),
        (
            {"SECURITY_CONTACT": "http://a.org"},
            "SECURITY_CONTACT is 'http://a.org' but",
        ),
        ({"MEDIA_ORIGIN": "images.org"}, "MEDIA_ORIGIN is 'images.org' but must be"),
        ({"PROXIES": "10.0.0.1"}, "PROXIES is '10.0.0.1' but must be a whole number"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml' but must be line or json"),
        ({"TIME_ZONE": "Boston"}, "TIME_ZONE is 'Boston', which is no time zone"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is 'LOUD' but must be DEBUG, INFO,"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence(load_production, wrong, sentence):
    with pytest.raises(SettingError) as caught:
        load_production(**wrong)

    message = str(caught.value)
    assert message.startswith(sentence)
    assert "\n" not in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "url, host, port, user, password, tls, starttls",
    [
        ("smtp://a.org", "a.org", 587, "", "", False, True),
        (
            "smtp://u%40a.org:p%2F%23@a.org:25",
            "a.org",
            25,
            "u@a.org",
            "p/#",
            False,
            True,
        ),
        ("smtps://u:p@a.org", "a.org", 465, "u", "p", True, False),
        ("smtp://localhost:25", "localhost", 25, "", "", False, False),
    ],
)
def test_mail_is_handed_in_where_it_is_said(
    load, url, host, port, user, password, tls, starttls
):
    loaded = load(EMAIL_URL=url, MAIL_FROM="site@a.org")

    assert (loaded["EMAIL_HOST"], loaded["EMAIL_PORT"]) == (host, port)
    assert loaded["EMAIL_HOST_USER"] == user
    assert loaded["EMAIL_HOST_PASSWORD"] == password
    assert (loaded["EMAIL_USE_SSL"], loaded["EMAIL_USE_TLS"]) == (tls, starttls)
    assert loaded["DEFAULT_FROM_EMAIL"] == "site@a.org"


def test_without_a_mail_server_no_mail_is_sent(load):
    assert load()["EMAIL_HOST"] == ""


def test_with_https_a_proxy_is_believed_who_asks_and_without_nobody(load_production):
    assert load_production()["PROXIES"] == 0
    assert load_production(SITE_URL="https://nnscommunities.org")["PROXIES"] == 1


def test_a_command_says_what_is_missing_and_nothing_else():
    refused = manage("migrate", PRODUCTION="1")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("SECRET_KEY must be set")
    assert len(refused.stderr.splitlines()) == 1


def test_a_command_says_that_the_database_does_not_answer(tmp_path):
    nowhere = f"postgres://editor:hunter2@/nnsc?host={tmp_path}"

    refused = manage("migrate", DATABASE_URL=nowhere, DATA_DIR=str(tmp_path))

    assert refused.returncode == 1
    assert refused.stderr.startswith("The database does not answer")
    assert len(refused.stderr.splitlines()) == 1
    assert "hunter2" not in refused.stderr


def test_processes_that_start_at_once_agree_on_a_secret(tmp_path):
    command = "from nnsc.settings import SECRET_KEY; print(SECRET_KEY)"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", command],
            cwd=ROOT,
            env={"DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    secrets = {process.communicate()[0].strip() for process in processes}

    assert secrets == {(tmp_path / "secret_key").read_text()}
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_production_with_https_passes_the_deployment_check():
    checked = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        PRODUCTION="1",
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS="nnscommunities.org",
        SITE_URL="https://nnscommunities.org",
    )

    assert checked.returncode == 0, checked.stderr


# What the database is asked for


def test_sqlite_writes_what_was_saved_and_lets_people_wait_for_each_other(tmp_path):
    script = """
from django.db import connection as c
from django.db import transaction
with transaction.atomic(), c.cursor() as cursor:
    for name in ["journal_mode", "synchronous", "busy_timeout", "foreign_keys"]:
        print(name, cursor.execute(f"PRAGMA {name}").fetchone()[0])
    import sqlite3
    try:
        sqlite3.connect(c.settings_dict["NAME"], timeout=0).execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        print(error)
"""
    said = manage("shell", "--verbosity=0", "-c", script, DATA_DIR=str(tmp_path)).stdout

    assert said.splitlines() == [
        "journal_mode wal",
        # FULL: on the disk before it is answered.
        "synchronous 2",
        "busy_timeout 20000",
        "foreign_keys 1",
        # A transaction has its lock before it has written anything.
        "database is locked",
    ]


def test_a_connection_to_postgresql_is_kept_and_looked_at_before_it_is_used(
    load_production,
):
    database = load_production(DATABASE_URL="postgres://host/nnsc")["DATABASES"]

    assert database["default"]["CONN_MAX_AGE"] == 600
    assert database["default"]["CONN_HEALTH_CHECKS"] is True
    assert database["default"]["OPTIONS"]["connect_timeout"] == 5
