import stat
from pathlib import Path

import pytest

from nnsc import environment
from nnsc.environment import SettingError

BASE = Path("/srv/nnsc")


@pytest.fixture
def given(monkeypatch):
    def given(value):
        monkeypatch.setenv("SETTING", value)

    return given


def sentence(read, *args, **kwargs):
    with pytest.raises(SettingError) as caught:
        read("SETTING", *args, **kwargs)
    return str(caught.value)


def test_an_empty_variable_counts_as_unset(given):
    given(" ")

    assert environment.text("SETTING", "default") == "default"
    assert environment.flag("SETTING", True) is True
    assert environment.number("SETTING", 7) == 7
    assert environment.hosts("SETTING", ["localhost"]) == ["localhost"]
    assert environment.path("SETTING", BASE / "data", base=BASE) == BASE / "data"
    assert environment.origin("SETTING", "http://a.org") == "http://a.org"


@pytest.mark.parametrize(
    "value, expected", [("1", True), ("Yes", True), ("0", False), ("off", False)]
)
def test_a_flag_is_on_or_off(given, value, expected):
    given(value)

    assert environment.flag("SETTING") is expected


def test_a_flag_that_is_neither_is_refused(given):
    given("maybe")

    assert sentence(environment.flag) == "SETTING is 'maybe' but must be 1 or 0."


@pytest.mark.parametrize("value", ["ten", "-1", "1.5", "²"])
def test_a_number_is_whole_and_not_negative(given, value):
    given(value)

    assert sentence(environment.number, 60) == (
        f"SETTING is {value!r} but must be a whole number of at least 0,"
        " for example 60."
    )


def test_a_choice_is_one_of_those_there_are(given):
    given("LOUD")

    assert sentence(environment.choice, ["INFO", "ERROR"], "INFO") == (
        "SETTING is 'LOUD' but must be INFO or ERROR."
    )


def test_a_relative_path_starts_at_the_project(given):
    given("files/data")

    assert environment.path("SETTING", BASE, base=BASE) == BASE / "files/data"


@pytest.mark.parametrize("value", ["nnscommunities.org", "a@b", "a b@c.org"])
def test_a_mail_address_has_a_name_and_a_host(given, value):
    given(value)

    assert sentence(environment.email).startswith(f"SETTING is {value!r} but must")


def test_a_folder_is_made(given, tmp_path):
    given("files/data")

    assert environment.folder("SETTING", BASE, base=tmp_path).is_dir()


def test_a_folder_that_cannot_be_made_is_one_sentence(given, tmp_path):
    (tmp_path / "files").touch()
    given("files/data")

    assert sentence(environment.folder, BASE, base=tmp_path) == (
        f"SETTING is '{tmp_path}/files/data', where no folder can be made"
        " (not a directory)."
    )


def test_hosts_stand_between_commas(given):
    given("nnscommunities.org, .example.org,[::1],127.0.0.1,")

    assert environment.hosts("SETTING", []) == [
        "nnscommunities.org",
        ".example.org",
        "[::1]",
        "127.0.0.1",
    ]


@pytest.mark.parametrize("value", ["https://a.org", "a.org:8000", "a.org/x", "a b"])
def test_a_host_is_a_name_alone(given, value):
    given(value)

    assert sentence(environment.hosts, []).startswith(f"SETTING has {value!r}, which")


def test_the_address_of_the_site_ends_without_a_slash(given):
    given("https://nnscommunities.org/")

    assert environment.origin("SETTING", "") == "https://nnscommunities.org"


@pytest.mark.parametrize(
    "value",
    [
        "nnscommunities.org",
        "ftp://nnscommunities.org",
        "https://nnscommunities.org/news",
        "https://nnscommunities.org?page=1",
        "https://nnscommunities.org:port",
        "https://[::1",
        "https://",
    ],
)
def test_the_address_of_the_site_is_a_scheme_and_a_host(given, value):
    given(value)

    assert sentence(environment.origin, "").startswith(f"SETTING is {value!r} but must")


def test_the_address_of_the_site_does_not_show_its_password(given):
    given("https://editor:hunter2@nnscommunities.org")

    assert "hunter2" not in sentence(environment.origin, "")


def test_an_address_has_a_scheme_that_can_be_used(given):
    given("memcached://:hunter2@localhost")

    assert sentence(environment.url, ["redis", "rediss"], example="redis://a/0") == (
        "SETTING must begin with redis:// or rediss://, for example redis://a/0."
    )


def test_the_database_is_sqlite_where_none_is_named(given):
    given("")

    found = environment.database("SETTING", BASE / "db.sqlite3", base=BASE)

    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert found["NAME"] == BASE / "db.sqlite3"


@pytest.mark.parametrize(
    "value, name",
    [
        ("sqlite:///site.sqlite3", BASE / "site.sqlite3"),
        ("sqlite:////var/site.sqlite3", Path("/var/site.sqlite3")),
        ("sqlite://:memory:", ":memory:"),
    ],
)
def test_a_sqlite_file_may_be_relative_or_absolute(given, value, name):
    given(value)

    assert environment.database("SETTING", BASE, base=BASE)["NAME"] == name


def test_a_postgresql_password_may_hold_any_character(given):
    given("postgres://editor:p%40ss%2Fw%23rd@db.org:5433/nnsc?sslmode=require")

    found = environment.database("SETTING", BASE, base=BASE)

    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"]) == ("editor", "p@ss/w#rd")
    assert (found["HOST"], found["PORT"]) == ("db.org", 5433)
    assert (found["NAME"], found["OPTIONS"]) == ("nnsc", {"sslmode": "require"})


@pytest.mark.parametrize(
    "value",
    [
        "mysql://editor:hunter2@localhost/nnsc",
        "editor:hunter2@localhost/nnsc",
        "postgres://editor:hunter2/x@localhost/nnsc",
        "postgres://editor:hunter2@localhost",
        "sqlite://hunter2/db.sqlite3",
    ],
)
def test_a_wrong_database_is_refused_without_its_password(given, value):
    given(value)

    message = sentence(environment.database, BASE, base=BASE)

    assert message.startswith("SETTING ")
    assert "hunter2" not in message
    assert "\n" not in message


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    file = tmp_path / "secret_key"

    first = environment.kept_secret(file)

    assert len(first) > 50
    assert environment.kept_secret(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_secret_that_cannot_be_kept_is_one_sentence(tmp_path):
    (tmp_path / "secret_key").mkdir()

    with pytest.raises(SettingError, match=r"cannot be kept .* set SECRET_KEY"):
        environment.kept_secret(tmp_path / "secret_key")


def test_an_empty_secret_is_refused(tmp_path):
    (tmp_path / "secret_key").touch()

    with pytest.raises(SettingError, match="is empty"):
        environment.kept_secret(tmp_path / "secret_key")
