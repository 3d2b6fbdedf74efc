"""What whoever watches over the site is told of it."""

import json
from collections import namedtuple

import pytest
from django.core.cache import caches
from django.db import connection

from nnsc import health

WELL = {"database": "ok", "migrations": "ok", "cache": "ok", "disk": "ok"}


@pytest.fixture(autouse=True)
def nothing_known():
    health.forget()


def ask(client):
    health.forget()
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)


def test_it_is_alive_without_a_database(client):
    # A query would fail: this test may not use the database.
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.content == b"ok\n"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_it_answers_balancers_that_know_no_name_and_speak_no_tls(
    client, settings, address
):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get(address, headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.post(address).status_code == 405


@pytest.mark.django_db
def test_it_is_ready_when_all_is_well(client):
    assert ask(client) == (200, {"ready": True, **WELL})


@pytest.mark.django_db
def test_it_is_not_ready_while_a_migration_is_missing(client, monkeypatch):
    later = health.wanted_migrations() | {("news", "9999_to_come")}
    monkeypatch.setattr(health, "wanted_migrations", lambda: later)

    status, said = ask(client)

    assert (status, said) == (503, {"ready": False, **WELL, "migrations": "missing"})


@pytest.mark.django_db
def test_an_older_release_is_ready_though_a_newer_one_has_migrated(client, monkeypatch):
    earlier = set(list(health.wanted_migrations())[:3])
    monkeypatch.setattr(health, "wanted_migrations", lambda: earlier)

    assert ask(client)[0] == 200


@pytest.mark.django_db
def test_it_is_not_ready_without_its_database(client, monkeypatch, tmp_path):
    class Gone:
        def copy(self):
            fresh = connection.copy()
            # A folder is no SQLite, and without a socket in it leads to no PostgreSQL.
            name = str(tmp_path) if fresh.vendor == "sqlite" else "gone"
            fresh.settings_dict |= {"NAME": name, "HOST": str(tmp_path)}
            return fresh

    monkeypatch.setattr(health, "connection", Gone())

    status, said = ask(client)

    assert (status, said) == (
        503,
        {"ready": False, **WELL, "database": "no answer", "migrations": "unknown"},
    )


Usage = namedtuple("Usage", "free")


@pytest.mark.django_db
def test_it_is_not_ready_when_the_disk_is_full(client, monkeypatch):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: Usage(free=1000))

    assert ask(client) == (503, {"ready": False, **WELL, "disk": "full"})


@pytest.mark.django_db
def test_it_is_not_ready_when_nothing_can_be_kept(client, monkeypatch):
    monkeypatch.setattr(health.os, "access", lambda folder, how: False)

    assert ask(client) == (503, {"ready": False, **WELL, "disk": "read-only"})


@pytest.mark.django_db
def test_it_is_ready_without_its_cache_but_says_so(client, monkeypatch):
    def ping(self):
        raise ConnectionError("redis://:hunter2@cache")

    monkeypatch.setattr(type(caches["default"]), "ping", ping, raising=False)

    status, said = ask(client)
    assert (status, said) == (200, {"ready": True, **WELL, "cache": "no answer"})


@pytest.mark.django_db
def test_asked_by_many_it_looks_once(client, monkeypatch):
    looked = []
    monkeypatch.setattr(health, "disk", lambda: looked.append(1) or "ok")

    for _ in range(5):
        assert client.get("/readyz").status_code == 200
    assert len(looked) == 1
