"""Articles in any number for benchmarks and tests: made up, and always the same."""

import random
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from impact.models import City
from news.dates import Precision
from news.models import Article, ArticleCity, ArticleTag, Source
from nnsc.changes import record_bulk_change
from nnsc.indexing import rebuild
from nnsc.models import Tag
from nnsc.naming import fold
from nnsc.progress import progress_bar
from nnsc.publishing import State

N_CITIES, N_TAGS, N_SOURCES, N_YEARS = 60, 40, 200, 15
FIRST_YEAR = 2011
BATCH = 2_000
ADDRESS = "https://made-up.example/story/"
ADDED_FROM = datetime(2026, 1, 1, tzinfo=UTC)

PLACES = [
    *["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel"],
    *["Juniper", "Linden", "Maple", "Oak", "Pine", "Willow"],
]
ENDINGS = ["field", "ford", "ton", "ville", "port"]
STATES = ["OH", "PA", "NY", "CA", "TX", "IL", "GA", "MI", "NC", "WA"]
SUBJECTS = [
    *["Call-ins", "Outreach", "Street work", "Hospital visits", "Trust"],
    *["Listening sessions", "Probation", "Reentry", "Schools", "Families"],
    *["Evaluation", "Training", "Funding", "Youth", "Prosecution"],
    *["Public health", "Clergy", "Data", "Neighborhoods", "Victims"],
]
OUTLETS = [
    *["Gazette", "Herald", "Tribune", "Courier"],
    *["Radio", "Observer", "Post", "Star"],
]
WHO = [
    *["Residents", "Police and clergy", "Outreach workers", "City council members"],
    *["Researchers", "Mothers of victims", "Former gang members", "Prosecutors"],
    *["Teachers", "Two mayors"],
]
DID = [
    *["discuss", "meet about", "report on", "call for", "question", "welcome"],
    *["look back on", "plan", "take part in", "evaluate"],
]
WHAT = [
    "a call-in for street groups",
    "fewer shootings this summer",
    "a homicide review",
    "help for people leaving prison",
    "a drug market that closed",
    "a year of custom notifications",
    "trust between police and residents",
    "the cost of violence",
    "a reconciliation meeting",
    "support for families",
]


class Command(BaseCommand):
    help = (
        "Make up articles until there are NUMBER of them, spread over 15 years, 60 "
        "cities, 40 tags and 200 sources of very unequal frequency. The same number "
        "makes the same articles, and a second run makes only what is missing."
    )

    def add_arguments(self, parser):
        parser.add_argument("number", type=int, help="1 to 1,000,000")
        parser.add_argument("--seed", type=int, default=2016)

    def handle(self, number, seed, **options):
        if not 1 <= number <= 1_000_000:
            raise CommandError(f"{number} is not between 1 and 1,000,000.")
        if settings.PRODUCTION:
            raise CommandError(
                "Made-up news does not belong on the site in production."
            )
        cities, tags, sources = make_cities(), make_tags(), make_sources()
        made = Article.objects.filter(source_url__startswith=ADDRESS).count()
        show_progress = progress_bar(self.stderr)
        for start in range(made, number, BATCH):
            numbers = range(start, min(start + BATCH, number))
            make_batch(numbers, seed, cities, tags, sources)
            show_progress(numbers.stop, number)
        if made < number:
            self.stdout.write("Making them ready for search.")
            rebuild(show_progress)
        self.stdout.write(f"Made-up articles: {max(made, number):,}.")


@transaction.atomic
def make_batch(numbers: range, seed: int, cities, tags, sources):
    drafts = [make_draft(number, seed, cities, tags, sources) for number in numbers]
    articles = Article.objects.bulk_create([draft[0] for draft in drafts])
    record_bulk_change()
    ArticleCity.objects.bulk_create(
        ArticleCity(article=article, city=city)
        for article, (_, chosen, _) in zip(articles, drafts, strict=True)
        for city in chosen
    )
    ArticleTag.objects.bulk_create(
        ArticleTag(content_object=article, tag=tag)
        for article, (_, _, chosen) in zip(articles, drafts, strict=True)
        for tag in chosen
    )


def make_draft(number: int, seed: int, cities, tags, sources):
    """Return article number, not saved, with its cities and tags."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - nobody must not guess it
    known_to_the_day = chance.random() < 0.4
    dated = date(
        FIRST_YEAR + chance.randrange(N_YEARS),
        chance.randint(1, 12),
        chance.randint(1, 28) if known_to_the_day else 1,
    )
    title = f"{chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHAT)}"
    sentences = " ".join(
        f"{chance.choice(WHO)} {chance.choice(DID)} {chance.choice(WHAT)}."
        for _ in range(chance.randint(2, 6))
    )
    is_quote = chance.random() < 0.6
    article = Article(
        title=title,
        source=skewed(chance, sources),
        source_url=f"{ADDRESS}{number}/",
        dated=dated,
        dated_precision=Precision.DAY if known_to_the_day else Precision.MONTH,
        quote=sentences if is_quote else "",
        summary="" if is_quote else sentences,
        # As few have one as in an office where most days need none.
        staff_note="Made up by make_articles." if number % 20 == 0 else "",
        state=State.PUBLISHED,
        goes_live_at=ADDED_FROM,
        created_at=ADDED_FROM + timedelta(seconds=number),
    )
    article.prepare()
    n_cities = chance.choices([0, 1, 2, 3], [1, 12, 2, 1])[0]
    n_tags = chance.choices([0, 1, 2, 3, 4], [1, 6, 6, 3, 1])[0]
    return (
        article,
        {skewed(chance, cities) for _ in range(n_cities)},
        {skewed(chance, tags) for _ in range(n_tags)},
    )


def skewed(chance: random.Random, choices):
    """Choose one, the first about as often as all of the second half together."""
    return choices[int(len(choices) * chance.random() ** 3)]


def make_cities() -> list[City]:
    """Return the first real cities and as many made-up ones as make N_CITIES."""
    names = {
        (fold(place + ending), STATES[(at * 7 + len(ending)) % len(STATES)]): (
            place + ending
        )
        for at, place in enumerate(PLACES)
        for ending in ENDINGS
    }
    real = [
        city
        for city in City.objects.order_by("id")
        if (city.key, city.state) not in names
    ]
    real = real[: N_CITIES // 2]
    made = [
        City.objects.get_or_create(key=key, state=state, defaults={"name": name})[0]
        for (key, state), name in list(names.items())[: N_CITIES - len(real)]
    ]
    return real + made


def make_tags() -> list[Tag]:
    names = [*SUBJECTS, *(f"{subject} abroad" for subject in SUBJECTS)]
    real = list(Tag.objects.exclude(name__in=names).order_by("id")[: N_TAGS // 2])
    return real + named(Tag, names[: N_TAGS - len(real)])


def make_sources() -> list[Source]:
    names = [
        f"{place}{ending} {outlet}"
        for outlet in OUTLETS
        for place in PLACES
        for ending in ENDINGS
    ]
    return named(Source, names[:N_SOURCES])


def named(model, names: list[str]):
    return [
        model.objects.get_or_create(key=fold(name), defaults={"name": name})[0]
        for name in names
    ]
