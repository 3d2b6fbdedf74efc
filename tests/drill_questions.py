"""What a drill asks of a site, answered in a process that has the site's settings."""

import json
import os
import re
import sys
import time
from pathlib import Path

from PIL import Image

import services


def ask_cities():
    """Return what is there of each city: its version, and each file of its image."""
    from django.core.files.storage import default_storage

    from impact.models import City
    from nnsc.models import Version

    versions = dict(
        Version.objects.filter(label="impact.city").values_list("record", "data")
    )
    found = {}
    for city in City.objects.all():
        names = [*city.image.webp_names().values(), city.image.jpeg_name()]
        found[city.name] = {
            "version": versions.get(city.pk, {}).get("image") == city.image.name,
            "images": all(map(is_image, map(default_storage.path, names))),
        }
    return found


def is_image(path: str) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except OSError:
        return False
    return True


def ask_orphans():
    """Sweep as if a day had passed; return how many files were left, before and after.

    Before: files that no record and no version shows.
    """
    from django.core.files.storage import default_storage

    from nnsc import sweeping

    def left():
        tokens = sweeping.tokens_in_use()
        return [it for it in sweeping.files() if sweeping.token_of(it) not in tokens]

    before = left()
    long_ago = time.time() - 2 * 24 * 60 * 60
    for name in sweeping.files():
        path = default_storage.path(f"{sweeping.FOLDER}/{name}")
        os.utime(path, (long_ago, long_ago))
    sweeping.sweep_images()
    return len(before), len(left())


def ask_soundness():
    """Return what the database finds wrong with itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            return []
        cursor.execute("PRAGMA integrity_check")
        wrong = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        return wrong + [str(row) for row in cursor.fetchall()]


def ask_pages():
    """Return the digest of each page that the sitemap and these addresses lead to."""
    from hashlib import sha256

    from django.test import Client

    client = Client(headers={"host": "localhost"})

    def read(path):
        return b"".join(client.get(path))

    def listed(path):
        return re.findall(r"<loc>https?://[^/]+([^<]+)", read(path).decode())

    paths = ["/", "/news/", "/news/?page=2", "/search/?q=shootings", "/data/"]
    paths += ["/news.csv", "/impact.csv", "/impact.zip", "/news/feed.atom"]
    paths += ["/api/v1/articles", "/api/v1/metrics", "/sitemap.xml"]
    for part in re.findall(
        r"<loc>https?://[^/]+([^<]+)</loc>", read(paths[-1]).decode()
    ):
        paths.append(part)
        locations = re.findall(r"<loc>https?://[^/]+([^<]+)", read(part).decode())
        # Of many articles some: each takes a while.
        paths += locations[:: len(locations) // 200 + 1]
    return {path: sha256(read(path)).hexdigest() for path in paths}


def ask_tables():
    from nnsc.backing_up import tables

    return {model._meta.label_lower: model._base_manager.count() for model in tables()}


QUESTIONS = {
    "cities": ask_cities,
    "orphans": ask_orphans,
    "soundness": ask_soundness,
    "pages": ask_pages,
    "tables": ask_tables,
}


def same_archives(one: str, other: str) -> None:
    from nnsc.restoring import digests

    print("yes" if digests(Path(one)) == digests(Path(other)) else "no")


if __name__ == "__main__":
    import django

    sys.path.insert(0, str(services.ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "nnsc.settings"
    django.setup()
    match sys.argv[1:]:
        case ["ask", *questions]:
            print(json.dumps([QUESTIONS[name]() for name in questions]))
        case ["same", one, other]:
            same_archives(one, other)
