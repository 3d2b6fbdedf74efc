"""Search while other processes search too, write for long, or end in the middle."""

import os
import pty
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

import make
from at_once import process
from news.models import Article
from nnsc import indexing
from nnsc.indexing import is_whole, locked_progress
from nnsc.models import SearchEntry, SearchProgress, SearchTerm
from nnsc.search_engines import engine
from nnsc.searching import search

# It looks for each word that it is given, and says how many articles have it.
SEARCHER = """
from news.models import Article
from nnsc.searching import search
print("ready", flush=True)
for line in sys.stdin:
    results = search(line)
    print("behind" if results.is_behind else len(results.of(Article)), flush=True)
"""
# It says after each batch how many records it has read.
REINDEXER = """
from nnsc import indexing
indexing.N_A_BATCH = 5
indexing.rebuild(lambda done, n: print(done, flush=True), afresh=True)
"""

IN_STEPS = """
from django.core.management import call_command
from nnsc import indexing
indexing.N_A_BATCH = 3
call_command("reindex")
"""


def contents():
    fields = ["id", "label", "record", "goes_live_at", "title", "keywords", "body"]
    entries = sorted(SearchEntry.objects.values_list(*fields))
    return entries, dict(SearchTerm.objects.values_list("term", "n"))


def assert_as_if_made_anew():
    kept = contents()
    indexing.rebuild(afresh=True)
    assert contents() == kept
    assert is_whole()


def test_two_processes_that_catch_up_at_once_count_everything_once(
    transactional_db, tmp_path
):
    with process(SEARCHER, tmp_path) as one, process(SEARCHER, tmp_path) as other:
        assert [one.stdout.readline(), other.stdout.readline()] == ["ready\n"] * 2
        for n in range(1, 13):
            make.article(title="Story", tags=[f"Tag {n}"])
            for searcher in (one, other):
                searcher.stdin.write("story\n")
                searcher.stdin.flush()
            answers = {one.stdout.readline(), other.stdout.readline()}
            assert answers <= {f"{n}\n", "behind\n"}

    assert len(search("story").of(Article)) == n
    assert_as_if_made_anew()


def test_an_index_whose_making_was_killed_repairs_itself(
    transactional_db, tmp_path, monkeypatch
):
    for _ in range(30):
        make.article(title="Story")
    indexing.rebuild()
    engine().clear()
    with process(REINDEXER, tmp_path) as reindexer:
        while int(reindexer.stdout.readline()) < 15:
            pass
        reindexer.kill()
        reindexer.wait()
    assert SearchProgress.objects.get().sweep_label
    monkeypatch.setattr(indexing, "N_AT_ONCE", 10)

    answers = [search("story")]
    while answers[-1].is_behind:
        answers.append(search("story"))

    assert len(answers[0].of(Article)) < 30
    assert len(answers[-1].of(Article)) == 30
    assert_as_if_made_anew()


def test_a_search_does_not_wait_for_who_writes_long(transactional_db):
    make.article(title="Known")
    search("known")
    make.article(title="Known", slug="new")

    def page():
        try:
            return Client().get("/search/?q=known")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        locked_progress()
        # Who waited for the end of this transaction would wait for ever.
        response = pool.submit(page).result(timeout=15)

    assert "something may be missing" in response.content.decode()
    assert len(response.context["results"].of(Article)) == 1
    assert len(search("known").of(Article)) == 2


@pytest.mark.once
def test_reindex_draws_its_progress_on_a_terminal(transactional_db, tmp_path):
    source = make.source()
    for _ in range(6):
        make.article(source=source)
    ours, theirs = pty.openpty()
    with process(IN_STEPS, tmp_path, stderr=theirs) as reindexer:
        assert reindexer.stdout.read() == "Search entries: 7.\n"
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)

    steps = drawn.removeprefix("\r").removesuffix("\r\n").split("\r")
    assert steps[0] == "·" * 40 + " 0 of 7"
    assert steps[-1] == "█" * 40 + " 7 of 7"
    assert len(steps) > 3
    assert drawn.endswith("\r\n")
    assert drawn.count("\n") == 1
