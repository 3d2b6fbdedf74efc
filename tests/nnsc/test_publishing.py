from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

import make
from news.models import Article
from nnsc.publishing import State

pytestmark = pytest.mark.django_db


def test_an_article_appears_on_the_second_that_it_was_scheduled_for(time_machine):
    time_machine.move_to("2016-01-25T09:00Z", tick=False)
    article = make.article(goes_live_at=timezone.now() + timedelta(hours=1))
    assert not article.is_live
    assert list(Article.objects.live()) == []

    time_machine.shift(timedelta(minutes=59, seconds=59))
    assert list(Article.objects.live()) == []
    time_machine.shift(timedelta(seconds=1))

    assert article.is_live
    assert list(Article.objects.live()) == [article]


@pytest.mark.parametrize("state", [State.DRAFT, State.READY, State.WITHDRAWN])
def test_what_is_not_published_is_not_live(state):
    article = make.article(state=state)

    assert not article.is_live
    assert not Article.objects.live().exists()


def test_publishing_without_a_moment_means_now():
    article = make.article(state=State.PUBLISHED, goes_live_at=None)

    assert article.is_live


def test_the_database_refuses_an_unknown_state_and_a_missing_moment():
    make.article()

    with pytest.raises(IntegrityError):
        Article.objects.update(state="secret")


def test_the_database_refuses_to_publish_without_a_moment():
    make.article()

    with pytest.raises(IntegrityError):
        Article.objects.update(goes_live_at=None)


def test_an_editor_reads_what_still_stops_publishing():
    article = make.article(state=State.DRAFT, source=None, dated=None)
    article.state = State.PUBLISHED

    with pytest.raises(ValidationError) as error:
        article.full_clean()

    assert set(error.value.message_dict) >= {"source", "dated"}


@pytest.mark.parametrize("missing", [{"source": None}, {"dated": None}, {"title": ""}])
def test_the_database_refuses_a_published_article_that_lacks_something(missing):
    make.article()

    with pytest.raises(IntegrityError):
        Article.objects.update(**missing)
