"""The search index keeps step with the content, and mends itself."""

import random
import sqlite3
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

import make
from news.models import Article
from nnsc import indexing
from nnsc.changes import record_bulk_change
from nnsc.entries import read_joined
from nnsc.front.loading import load_content
from nnsc.indexing import fill, is_whole, rebuild
from nnsc.models import SearchEntry, SearchProgress, SearchTerm
from nnsc.publishing import State
from nnsc.search_engines import engine
from nnsc.search_port import TABLE
from nnsc.search_queries import read_query
from nnsc.search_texts import stored
from nnsc.searching import search
from nnsc.vocabulary import slips
from nnsc.words import fold_known, stem, stem_known, words

pytestmark = pytest.mark.django_db


def found(typed) -> list[str]:
    results = search(typed)
    keys = results.of(Article)
    return [hit.record.title for hit in results.hits(Article, keys)]


def contents():
    """Return all that is kept for search, but for the words that nothing has."""
    fields = ["id", "label", "record", "goes_live_at", "title", "keywords", "body"]
    entries = sorted(SearchEntry.objects.values_list(*fields))
    return entries, dict(SearchTerm.objects.values_list("term", "n"))


def contents_made_anew():
    kept = contents()
    rebuild(afresh=True)
    anew = contents()
    return kept, anew


def test_whatever_happens_it_is_as_if_made_anew():
    chance = random.Random(7)
    cities, tags = [make.city() for _ in range(3)], [make.tag() for _ in range(3)]
    for _ in range(30):
        articles = list(Article.objects.all())
        if not articles or chance.random() < 0.5:
            make.article(
                title=f"Story {chance.randint(1, 9)}",
                cities=chance.sample(cities, chance.randint(0, 2)),
                tags=chance.sample(tags, chance.randint(0, 2)),
            )
        else:
            article = chance.choice(articles)
            article.dated = date(2015, chance.randint(1, 12), 1)
            article.state = chance.choice(State.values)
            article.title = f"Tale {chance.randint(1, 9)}"
            article.save()
            article.tags.set(chance.sample(tags, chance.randint(0, 2)))
            city = chance.choice(cities)
            city.name = f"Town {make.number()}"
            city.save()
            if chance.random() < 0.2:
                article.delete()
        search("story")
    kept, anew = contents_made_anew()

    assert kept == anew
    assert is_whole()


def test_what_is_read_together_says_what_each_record_says_of_itself():
    load_content()
    for model in indexing.searchable_models():
        keys = list(model._base_manager.values_list("pk", flat=True))
        assert keys
        alone = model._base_manager.all()
        said = {record.pk: (record, record.search_entry()) for record in alone}
        together = read_joined(model, keys)

        assert len(together) == len(keys)
        for record in together:
            entry, (other, expected) = record.search_entry(), said[record.pk]
            if expected is None:
                assert entry is None
                continue
            assert stored_fields(record, entry) == stored_fields(other, expected)


def stored_fields(record, entry):
    kept = stored(record, entry)
    return kept.pk, kept.title, kept.keywords, kept.body, kept.goes_live_at


def test_any_number_of_records_is_read_with_as_many_queries(django_assert_num_queries):
    load_content()
    keys = list(Article.objects.values_list("pk", flat=True))
    for some in (keys[:2], keys):
        with django_assert_num_queries(9):
            for article in read_joined(Article, some):
                article.search_entry().keywords()


def test_a_bulk_change_is_caught_up_with():
    article = make.article(title="Earlier")
    assert found("earlier") == ["Earlier"]

    Article.objects.update(title="After")
    record_bulk_change()

    assert found("after") == ["After"]
    assert found("earlier") == []
    assert article.pk


def test_a_great_bulk_change_is_caught_up_with_search_by_search(monkeypatch):
    monkeypatch.setattr(indexing, "N_AT_ONCE", 3)
    for _ in range(10):
        make.article(title="Earlier")
    rebuild()
    Article.objects.update(title="After")
    record_bulk_change()

    counts = [len(found("after")) for _ in range(30)]

    assert counts == sorted(counts)
    assert counts[0] < 10
    assert counts[-1] == 10
    assert not SearchProgress.objects.get().sweep_label


def test_a_bulk_withdrawal_is_never_shown_even_before_it_is_caught_up_with(monkeypatch):
    monkeypatch.setattr(indexing, "N_AT_ONCE", 1)
    for _ in range(3):
        make.article(title="Secret")
    rebuild()

    Article.objects.update(state=State.WITHDRAWN)
    record_bulk_change()

    assert found("secret") == []


def test_a_tag_of_many_articles_is_renamed(monkeypatch):
    monkeypatch.setattr(indexing, "N_AT_ONCE", 4)
    articles = [make.article(tags=["Help"]) for _ in range(9)]
    rebuild()
    tag = articles[0].tags.get()
    tag.name = "Outreach"
    tag.save()

    for _ in range(20):
        search("outreach")

    assert len(found("outreach")) == 9


def test_what_was_rolled_back_is_not_found(transactional_db):
    make.article(title="Kept")
    with transaction.atomic():
        make.article(title="Dropped")
        assert found("dropped") == ["Dropped"]
        transaction.set_rollback(True)

    assert found("dropped") == []
    assert found("kept") == ["Kept"]


def test_a_search_that_changes_nothing_writes_nothing(django_assert_num_queries):
    make.article(title="Kept")
    search("kept")

    with django_assert_num_queries(1):
        assert indexing.catch_up()


def test_a_lost_text_is_put_back_by_a_search_that_misses_it():
    make.article(title="Lost")
    assert found("lost") == ["Lost"]

    engine().clear()

    assert found("lost") == ["Lost"]
    assert is_whole()


def test_a_lost_table_is_made_again(transactional_db):
    make.article(title="Lost")
    search("lost")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")

    assert found("lost") == ["Lost"]


def test_migrate_makes_the_table_and_fills_it(transactional_db):
    make.article(title="Lost")
    search("lost")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")

    call_command("migrate", verbosity=0)

    assert is_whole()
    assert engine().count() == SearchEntry.objects.count()


def test_altering_the_entries_loses_nothing(transactional_db):
    """On SQLite Django remakes a table that it alters, and triggers would be gone."""
    make.article(title="Kept")
    search("kept")
    old = SearchEntry._meta.get_field("label")
    new = models.CharField(max_length=101)
    new.set_attributes_from_name("label")
    new.model = SearchEntry
    with connection.schema_editor() as editor:
        editor.alter_field(SearchEntry, old, new)
    with connection.schema_editor() as editor:
        editor.alter_field(SearchEntry, new, old)
    make.article(title="Kept too")

    assert found("kept") == ["Kept too", "Kept"]
    assert is_whole()


def test_an_index_of_a_site_that_had_none_is_made_by_migrate(transactional_db):
    make.article(title="There")
    SearchEntry.objects.all().delete()
    SearchProgress.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert SearchEntry.objects.filter(title="there").exists()


def test_filling_what_is_whole_changes_nothing():
    make.article(title="Kept")
    search("kept")
    before = contents(), engine().count()

    fill()

    assert (contents(), engine().count()) == before
    assert is_whole()


@pytest.mark.once
def test_the_index_of_sqlite_is_sound(transactional_db):
    for at in range(20):
        make.article(title=f"Story {at}")
        search("story")
    Article.objects.filter(title__endswith="3").delete()
    search("story")

    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('integrity-check')")  # noqa: S608


@pytest.mark.once
def test_on_sqlite_what_is_live_is_read_from_an_index_alone():
    make.article(title="Story")

    with CaptureQueriesContext(connection) as queries:
        assert search("story").of(Article)

    (asked,) = (it["sql"] for it in queries if it["sql"].startswith("WITH found"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        steps = [step for *_, step in cursor.fetchall()]
    of_entries = {step for step in steps if step.startswith(("SEARCH e ", "SCAN e "))}
    assert len(of_entries) == 1
    assert "USING COVERING INDEX nnsc_searchentry_live (id=?" in of_entries.pop()


def test_reindex_makes_it_anew(capsys):
    make.article(title="There", source=make.source())
    search("there")
    SearchTerm.objects.update(n=99)
    SearchEntry.objects.update(title="nonsense")

    call_command("reindex")

    assert "Search entries: 2." in capsys.readouterr().out
    assert found("there") == ["There"]
    assert SearchTerm.objects.get(term="there").n == 1


def test_a_word_that_nothing_has_any_more_is_forgotten():
    article = make.article(title="Zebra")
    search("zebra")
    assert SearchTerm.objects.filter(term="zebra").exists()

    article.delete()
    search("zebra")

    assert not SearchTerm.objects.filter(term="zebra").exists()


@pytest.mark.parametrize(
    "text,expected",
    [
        ("Boston’s gang-involved", ["bostons", "gang", "involved"]),
        ("F.A.S.T. and the U.S.", ["fast", "and", "the", "us"]),
        ("Swift, Certain, & Fair", ["swift", "certain", "and", "fair"]),
        ("José  ÉLAN\u0301", ["jose", "elan"]),
        ("63% 1996–2000 $1.5", ["63", "1996", "2000", "1", "5"]),
        ("npr.org", ["npr", "org"]),
        ("_ % ·", []),
    ],
)
def test_words_are_folded(text, expected):
    assert [word.folded for word in words(text)] == expected


def test_stems_are_those_of_the_porter_stemmer():
    text = """
        homicides homicide communities community policing police policies violence
        violent violently neighborhoods probation probationary relational conditional
        rational valency hesitancy digitizer conformably radically differently vilely
        analogously vietnamization predication operator feudalism decisiveness
        hopefulness callousness formality sensitivity sensibility triplicate formative
        formalize electricity electrical hopeful goodness revival allowance inference
        airliner gyroscopic adjustable defensible irritant replacement adjustment
        dependent adoption communism activate angularity homologous effective bowdlerize
        probate rate cease controlling rolling hopping tanned falling hissing fizzed
        failing filing happy sky feed agreed plastered bled motoring sing conflated
        troubled sized caresses ponies ties caress cats reconciliation interventions
        trying tried dies said says apology apologies psychologist possibly stopped
    """.split()  # noqa: SIM905
    with sqlite3.connect(":memory:") as database:
        database.execute(
            "CREATE VIRTUAL TABLE t USING fts5(a, tokenize='porter ascii')"
        )
        database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
        rows = [(at, word) for at, word in enumerate(text)]
        database.executemany("INSERT INTO t (rowid, a) VALUES (?, ?)", rows)
        porter = dict(database.execute("SELECT doc, term FROM v"))
    database.close()

    assert [stem(word) for word in text] == [porter[at] for at in range(len(text))]


def test_a_slip_is_one_letter_left_out_put_in_changed_or_moved():
    near = slips("jude")

    assert {"jde", "judge", "rude", "jued"} <= near
    assert not {"jude", "ju", "ejudge"} & near


def test_a_query_is_read_into_words_and_phrases():
    query = read_query('the "group violence" in Chicago "x" "')

    assert [part.text for part in query.parts] == ['"group violence"', "chicago", "x"]
    assert not query.was_cut
    assert read_query("word " * 13).was_cut
    assert len(read_query("word " * 13).parts) == 12


def test_of_a_phrase_that_is_too_long_its_beginning_is_looked_for():
    query = read_query("in " + '"' + "word " * 13 + '" more')

    assert [len(part.words) for part in query.parts] == [12]
    assert query.was_cut
    assert not read_query('"' + "word " * 12 + '"').was_cut


def test_words_that_strangers_make_up_leave_nothing_behind():
    make.article(title="The judge speaks")
    statements = set()

    def noted(execute, sql, parameters, many, context):
        statements.add(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(noted):
        assert found("judqe") == ["The judge speaks"]
        assert found("qzx8") == []
        known = set(statements)
        kept = fold_known.cache_info().currsize, stem_known.cache_info().currsize
        for number in range(20):
            assert found("qzx8"[: number % 2 + 3] + "jk" * number) == []

    # Each that differs by its words stays prepared, in every connection.
    assert statements == known
    assert (fold_known.cache_info().currsize, stem_known.cache_info().currsize) == kept
