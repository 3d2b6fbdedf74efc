"""One archive that has the whole site, and the site that comes back out of it."""

import gzip
import io
import json
import os
import signal
import tarfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

import make
from at_once import at_once, process
from doors import PASSWORD, SECRET, browser, is_in, log_in, with_second_step
from dump import dump
from news.models import Article
from nnsc import backing_up, restoring
from nnsc.archives import SUMS, ArchiveError
from nnsc.backing_up import back_up
from nnsc.entry.models import RecoveryCode, SecondStep, Session
from nnsc.history import record_change
from nnsc.images import FOLDER
from nnsc.models import Act, Tag, Version
from nnsc.publishing import State
from nnsc.restoring import contents, restore
from reading import titles

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def site(settings, tmp_path):
    """A small site with something of everything; its staff."""
    settings.MEDIA_ROOT = tmp_path / "media"
    ann = make.staff("Manager", username="ann", password=PASSWORD)
    boston = make.city("Boston", state="MA", image=make.upload(), image_alt="A street")
    article = make.article(title="“Fewer shots” <b>", cities=[boston], tags=["A & B"])
    record_change(article, by=ann, act=Act.ADDED)
    make.metric(city=boston)
    make.metric_under_review()
    make.principle()
    make.article(state=State.DRAFT, dated=None)
    # The last key of a table is not that of a record that is there.
    make.tag("Gone").delete()
    return ann


def command(name, *arguments, **options):
    said = io.StringIO()
    call_command(name, *map(str, arguments), stdout=said, stderr=said, **options)
    return said.getvalue()


def pages(client):
    addresses = ["/", "/news/", "/cities/boston/", "/impact/", "/news.csv", "/data/"]
    addresses += ["/search/?q=shots", "/news/feed.atom", "/api/v1/articles"]
    return {
        address: b"".join(client.get(address)).partition(b"<updated>")[0]
        for address in addresses
    }


def stored():
    root = Path(settings.MEDIA_ROOT, FOLDER)
    return {it.name: it.read_bytes() for it in root.glob("*")} if root.exists() else {}


def unpacked(path):
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}


def packed(path, content):
    """Write an archive as anybody can, its digests right."""
    content = dict(content)
    content.pop(SUMS, None)
    sums = "".join(
        f"{sha256(body).hexdigest()}  {name}\n" for name, body in content.items()
    )
    with tarfile.open(path, "w:gz") as tar:
        for name, body in [*content.items(), (SUMS, sums.encode())]:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return path


def with_manifest(path, **changes):
    content = unpacked(path)
    manifest = json.loads(content["manifest.json"]) | changes
    content["manifest.json"] = json.dumps(manifest).encode()
    return packed(path.with_name("changed.tar.gz"), content)


# There and back


def test_everything_comes_back_as_it_was(site, folder, client):
    codes = with_second_step(site)
    here = browser()
    here.force_login(site)
    before, shown, files = dump(), pages(client), stored()
    n_versions, last_tag = Version.objects.count(), Tag.objects.order_by("-pk")[0].pk
    archive = back_up(folder).path

    Article.objects.all().delete()
    make.article(title="Of later")
    make.staff("Editor", username="bob")
    for name in files:
        Path(settings.MEDIA_ROOT, FOLDER, name).write_bytes(b"broken")
    said = command("restore", archive, replace=True)

    assert said.startswith("Restored as it was at 20")
    assert dump() == before
    assert pages(client) == shown
    assert stored() == files
    assert Version.objects.count() == n_versions
    # Everybody signs in anew, as the same people, in as many steps as before.
    assert not is_in(here)
    assert Session.objects.count() == 0
    assert "Second step" in log_in(browser(), site).content.decode()
    assert RecoveryCode.objects.count() == len(codes)
    assert not site._meta.model.objects.filter(username="bob").exists()
    # Once more it is the same archive.
    again = unpacked(back_up(folder).path)
    del again["manifest.json"], again[SUMS]
    assert again.items() <= unpacked(archive).items()
    assert make.tag("Next").pk > last_tag + 1


def test_an_archive_has_no_session_and_nothing_that_proves_a_second_step(site, folder):
    with_second_step(site)
    here = browser()
    here.force_login(site)
    content = b"".join(unpacked(back_up(folder).path).values())

    codes = RecoveryCode.objects.values_list("digest", flat=True)
    secrets = [here.session.session_key, settings.SECRET_KEY, SECRET.decode(), *codes]
    assert not [secret for secret in secrets if secret.encode() in content]
    # But the digest of the password, or nobody could sign in after a restore.
    assert site.password.encode() in content


def test_who_is_another_under_a_known_number_proves_nothing(site, folder):
    archive = back_up(folder).path
    with_second_step(site)
    type(site).objects.filter(pk=site.pk).update(username="mallory")

    restore(contents(archive))

    assert not SecondStep.objects.exists()


def test_standard_programs_read_it(site, folder, tmp_path):
    archive = back_up(folder).path
    content = unpacked(archive)

    for line in content[SUMS].decode().splitlines():
        digest, name = line.split("  ")
        assert sha256(content[name]).hexdigest() == digest
    assert len(content) == len(content[SUMS].splitlines()) + 1
    assert archive.stat().st_mode & 0o077 == 0


def test_pages_of_a_table_are_read_as_one(site, folder, monkeypatch):
    monkeypatch.setattr(backing_up, "PAGE_BYTES", 300)
    monkeypatch.setattr(restoring, "N_TOGETHER", 3)
    for _ in range(20):
        make.article()
    before = dump()
    backup = back_up(folder)
    Article.objects.all().delete()

    assert "records/news.article/000004.jsonl" in unpacked(backup.path)
    restore(contents(backup.path))
    assert dump() == before


# While people save


@pytest.mark.once
def test_it_is_of_one_instant_and_nobody_waits_for_it(
    transactional_db, settings, tmp_path, folder, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    city, article = make.city(), make.article(title="Before")
    images = backing_up.write_images

    def meanwhile(writer, backup):
        def save():
            article.title = "After"
            article.save()
            make.article(title="Later", cities=[city])
            return True

        assert at_once(save) == [True]
        images(writer, backup)

    monkeypatch.setattr(backing_up, "write_images", meanwhile)
    archive = back_up(folder).path

    assert Article.objects.count() == 2
    restore(contents(archive))
    assert [article.title for article in Article.objects.all()] == ["Before"]
    assert not Article.objects.filter(cities=city).exists()


@pytest.mark.once
def test_an_image_that_goes_with_its_record_meanwhile_is_in_no_archive(
    transactional_db, site, folder, monkeypatch
):
    gary = make.city("Gary", image=make.upload(), image_alt="A park")
    read, n_attempts = backing_up.tokens_in_use, []

    def then_gone():
        found = read()
        if not n_attempts:
            at_once(gary.delete)
        n_attempts.append(found)
        return found

    monkeypatch.setattr(backing_up, "tokens_in_use", then_gone)
    backup = back_up(folder)

    # Begun once more, for the first instant had a city without its image.
    assert backup.lost == set()
    content = unpacked(backup.path)
    assert b"Gary" not in content["records/impact.city/000001.jsonl"]
    images = {Path(name).name for name in content if name.startswith(FOLDER)}
    assert images == set(stored())
    assert list(folder.iterdir()) == [backup.path]


def test_an_image_that_is_lost_already_stops_no_backup(site, folder):
    for name in stored():
        default_storage.delete(f"{FOLDER}/{name}")

    said = command("backup", to=folder)

    assert "Images that records name and that are not there: 1." in said
    assert len(list(folder.iterdir())) == 1


@pytest.mark.once
def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(
    transactional_db, settings, tmp_path, folder
):
    settings.MEDIA_ROOT = tmp_path
    make.article()
    script = f"""
from pathlib import Path
from nnsc import backing_up
def stay(model, backup):
    yield b"x" * 5_000_000
    print("begun", flush=True)
    sys.stdin.read()
backing_up.pages = stay
backing_up.back_up(Path({str(folder)!r}))
"""
    with process(script, tmp_path) as child:
        assert child.stdout.readline() == "begun\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()

    (left,) = folder.iterdir()
    assert left.name.endswith(".part")
    with pytest.raises(ArchiveError, match="damaged, not whole"):
        contents(left)
    archive = back_up(folder, keep=1).path
    assert set(folder.iterdir()) == {left, archive}
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(left, (long_ago, long_ago))
    later = back_up(folder, keep=2).path
    assert set(folder.iterdir()) == {later, archive}


@pytest.mark.once
def test_a_restore_that_is_killed_leaves_the_site_as_it_was(
    transactional_db, site, folder, tmp_path
):
    archive = back_up(folder).path
    Article.objects.all().delete()
    make.article(title="Of later")
    before = dump()
    script = f"""
from pathlib import Path
from nnsc import restoring
def stay(cursor, accounts):
    print("begun", flush=True)
    sys.stdin.read()
restoring.keep_proofs = stay
restoring.restore(restoring.contents(Path({str(archive)!r})))
"""
    with process(script, tmp_path) as child:
        assert child.stdout.readline() == "begun\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()

    assert dump() == before
    make.article(title="And later")


# The last few


def test_only_the_last_are_kept_and_other_files_are_left_alone(folder, time_machine):
    folder.mkdir()
    (folder / "notes.tar.gz").write_text("mine")
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    for _ in range(2):
        command("backup", to=folder, keep=3)
    time_machine.shift(60)
    for _ in range(2):
        command("backup", to=folder, keep=3)

    assert sorted(path.name for path in folder.iterdir()) == [
        "nnsc-2026-03-01T12-00-01Z.tar.gz",
        "nnsc-2026-03-01T12-01-00Z.tar.gz",
        "nnsc-2026-03-01T12-01-01Z.tar.gz",
        "notes.tar.gz",
    ]


@pytest.mark.parametrize("keep", [0, -1])
def test_to_keep_none_is_refused(folder, keep):
    with pytest.raises(CommandError, match="at least 1"):
        command("backup", to=folder, keep=keep)


def test_a_folder_that_takes_nothing_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match=r"No archive could be written into .*file"):
        command("backup", to=tmp_path / "file")


# What is refused


def refusal(path):
    before = dump()
    with pytest.raises(CommandError) as refused:
        command("restore", path, replace=True)
    assert dump() == before
    (sentence,) = str(refused.value).splitlines()
    return sentence


@pytest.fixture
def archive(site, folder):
    return back_up(folder).path


@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(archive, part):
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * part)])

    assert "damaged, not whole" in refusal(archive)


def test_a_damaged_archive_is_refused(archive):
    whole = archive.read_bytes()
    # Behind the head of the file, where a bit may say nothing.
    for place in range(20, len(whole), len(whole) // 7):
        archive.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        )
        assert "damaged, not whole" in refusal(archive)
    archive.write_bytes(whole + b"more")
    assert "damaged, not whole" in refusal(archive)


def test_what_was_changed_without_its_digest_is_refused(archive):
    raw = gzip.decompress(archive.read_bytes())
    assert raw.count(b"Fewer shots") >= 2
    archive.write_bytes(gzip.compress(raw.replace(b"Fewer shots", b"Fewer shoes")))

    assert "damaged, not whole" in refusal(archive)


def test_an_archive_of_another_release_is_refused(archive):
    migrations = json.loads(unpacked(archive)["manifest.json"])["migrations"]
    newer = with_manifest(archive, migrations=[*migrations, ["news", "9999_new"]])
    assert "was made by a newer release" in refusal(newer)
    assert "news.9999_new" in refusal(newer)
    later = with_manifest(archive, format=99, tables="of another making")
    assert "was made by a newer release" in refusal(later)
    older = with_manifest(archive, migrations=migrations[:-1])
    assert "was made by an earlier release" in refusal(older)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "1"},
        {"migrations": None},
        {"migrations": [1]},
        {"tables": {}},
        {"tables": {"auth.user": ["id"]}},
        {"last_keys": {"nothing.here": 1}},
        {"last_keys": {"nnsc.tag": "x"}},
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(archive, changes):
    assert "no archive of this site" in refusal(with_manifest(archive, **changes))


@pytest.mark.parametrize(
    "name, body",
    [
        ("records/nnsc.tag/000009.jsonl", b"[1]\n"),
        ("records/nnsc.tag/000009.jsonl", b"nothing\n"),
        ("records/nnsc.tag/000009.jsonl", b'{"id": 1}\n'),
        ("records/entry.session/000001.jsonl", b"[1, 2]\n"),
        ("images/../../settings.py", b"x"),
        ("/etc/passwd", b"x"),
        ("nothing", b""),
    ],
)
def test_parts_that_no_archive_has_are_refused(archive, name, body):
    content = unpacked(archive) | {name: body}

    assert "no archive of this site" in refusal(packed(archive, content))


@pytest.mark.parametrize(
    "column, value",
    [("city_id", 999), ("year_from", "x"), ("goes_live_at", "now"), ("outcome", None)],
)
def test_records_that_do_not_fit_together_change_nothing(archive, column, value):
    content = unpacked(archive)
    columns = json.loads(content["manifest.json"])["tables"]["impact.metric"]
    name = "records/impact.metric/000001.jsonl"
    rows = [json.loads(line) for line in content[name].splitlines()]
    rows[0][columns.index(column)] = value
    content[name] = "".join(json.dumps(row) + "\n" for row in rows).encode()

    assert "do not fit together" in refusal(packed(archive, content))


def test_what_is_no_archive_is_refused(tmp_path, site):
    assert "cannot be read (no such file" in refusal(tmp_path / "nothing.tar.gz")
    assert "cannot be read (is a directory" in refusal(tmp_path)
    (tmp_path / "text").write_text("text")
    assert "no archive of this site" in refusal(tmp_path / "text")


def test_a_site_that_is_not_empty_is_replaced_only_when_asked(archive, monkeypatch):
    before = dump()
    with pytest.raises(CommandError) as refused:
        command("restore", archive)
    assert "it has 1 users, " in str(refused.value)
    assert "--replace" in str(refused.value)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    with pytest.raises(CommandError, match="Nothing was changed"):
        command("restore", archive)
    assert dump() == before
    monkeypatch.setattr("builtins.input", lambda question: "replace")
    assert "Restored as it was" in command("restore", archive)


def test_an_empty_site_asks_nothing(archive, client):
    call_command("flush", interactive=False, verbosity=0)

    assert "Restored as it was" in command("restore", archive)
    assert titles(client.get("/news/")) == ["“Fewer shots” <b>"]


def test_a_database_that_is_behind_is_told_so(archive):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET app = 'x' WHERE app = 'news'")
    try:
        assert "run manage.py migrate first" in refusal(archive)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET app = 'news' WHERE app = 'x'")


# Proof


@pytest.mark.once
def test_an_archive_is_proven_by_restoring_it_aside(archive):
    before = dump()
    said = command("backup", verify=archive)

    assert "became the same site when it was restored aside" in said
    assert dump() == before
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(CommandError, match="damaged, not whole"):
        command("backup", verify=archive)
