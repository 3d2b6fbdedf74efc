"""Images with their records: kept by a form, replaced, removed, lost, in words."""

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, IntegrityError, transaction

import make
from impact.models import City
from news.models import Article
from nnsc.publishing import State
from reading import errors_of
from uploading import ADD, WORDS, change, kind_of, taken, typed

pytestmark = pytest.mark.django_db


# Kept by a form


def kept(response) -> str:
    """Return what the form that came back sends in the place of the image."""
    return response.context["adminform"].form["image"].field.widget.kept["token"]


def test_an_image_is_kept_when_something_else_is_wrong(editor, stored):
    response = editor.post(ADD, typed(make.upload(size=(600, 400)), name=""))

    assert list(errors_of(response)) == ["name"]
    assert "Chosen, not saved yet" in response.text
    fields = typed(image_alt=WORDS, **{"image-kept": kept(response)})
    assert editor.post(ADD, fields).status_code == 302

    city = City.objects.get()
    assert (city.image_width, city.image_height) == (600, 400)
    names = [*city.image.webp_names().values(), city.image.jpeg_name()]
    assert {Path(name).name for name in names} < set(stored())


def test_two_records_never_share_a_kept_image(editor, stored, committed):
    token = kept(editor.post(ADD, typed(make.upload(size=(600, 400)), name="")))
    for name in ("Gary", "Chicago"):
        fields = {"name": name, "image_alt": WORDS, "image-kept": token}
        editor.post(ADD, typed(**fields))
    gary, chicago = City.objects.order_by("-name").filter(name__in=["Gary", "Chicago"])

    with committed():
        gary.delete()

    assert Path(chicago.image.name).name in stored()
    assert gary.image.name != chicago.image.name


def test_another_image_takes_the_place_of_a_kept_one(editor):
    token = kept(editor.post(ADD, typed(make.upload(size=(600, 400)), name="")))

    other = make.upload(size=(300, 200))
    editor.post(ADD, typed(other, image_alt=WORDS, **{"image-kept": token}))

    assert City.objects.get().image_width == 300


def test_a_kept_image_that_is_not_wanted_is_left_out(editor):
    assert kept(editor.post(ADD, typed(make.upload(), name="")))

    editor.post(ADD, typed())

    assert not City.objects.get().image


@pytest.mark.parametrize("token", ["x", "WyJhIl0:1:x", "../../etc/passwd", "\0"])
def test_a_kept_image_that_is_none_is_asked_for_again(editor, token, stored):
    response = editor.post(ADD, typed(**{"image-kept": token}))

    assert "Please choose it again" in errors_of(response)["image"][0]
    assert stored() == []


def test_an_image_is_not_kept_for_ever(editor, time_machine):
    time_machine.move_to("2016-01-25T10:00:00Z")
    token = kept(editor.post(ADD, typed(make.upload(), name="")))
    time_machine.move_to("2016-01-25T22:10:00Z")
    editor.force_login(make.staff("Editor"))

    response = editor.post(ADD, typed(**{"image-kept": token}))

    assert "Please choose it again" in errors_of(response)["image"][0]


def test_a_text_in_the_place_of_the_file_changes_nothing(editor, stored):
    assert editor.post(ADD, typed(image="photo.jpg")).status_code == 302
    assert not City.objects.get().image
    assert stored() == []


# Replaced, removed, lost


@pytest.fixture
def city(stored):
    city = make.city("Gary", image=make.upload(), image_alt=WORDS)
    assert len(stored()) == 4
    return city


def test_a_replaced_image_goes_once_the_new_one_is_safe(city, stored, committed):
    before = stored()
    with committed():
        city.image = make.upload(size=(600, 300))
        city.save()
        assert set(before) < set(stored())

    assert [kind_of(name) for name in stored()] == ["480.webp", "600.jpg", "600.webp"]


def test_a_replaced_image_stays_where_the_history_shows_it(
    editor, city, stored, committed
):
    before = stored()
    with committed():
        editor.post(change(city), typed(make.upload(size=(600, 300))))

    city.refresh_from_db()
    assert set(before) < set(stored())
    assert Path(city.image.name).name in set(stored()) - set(before)
    assert (city.image_width, city.image_height) == (600, 300)


def test_an_image_is_removed_by_ticking_its_box(editor, city, stored, committed):
    page = editor.get(change(city)).content.decode()
    assert city.image.narrowest_url() in page
    assert 'name="image-clear"' in page

    with committed():
        editor.post(change(city), typed(**{"image-clear": "on", "image_alt": WORDS}))

    city.refresh_from_db()
    assert not city.image
    assert (city.image_width, city.image_height) == (None, None)
    # Else they would speak of the next image.
    assert city.image_alt == ""
    # The history shows it.
    assert len(stored()) == 4


def test_both_a_new_image_and_none_cannot_be_had(editor, city, stored):
    before = stored()
    contradiction = typed(make.upload(), **{"image-clear": "on"})

    errors = errors_of(editor.post(change(city), contradiction))

    assert "Please do one of the two." in errors["image"][0]
    assert stored() == before


def test_saving_the_rest_leaves_the_image_alone(editor, city, stored, committed):
    before = stored()
    with committed():
        editor.post(change(city), typed(name="Gary!", image_alt=WORDS))

    city.refresh_from_db()
    assert city.name == "Gary!"
    assert stored() == before
    assert city.image_alt == WORDS


def test_the_image_of_a_deleted_record_goes_with_it(editor, city, stored, committed):
    with committed():
        City.objects.only("name").filter(pk=city.pk).delete()
        assert len(stored()) == 4

    assert stored() == []


def test_an_image_stays_when_the_record_cannot_be_saved(city, stored, committed):
    before, name = stored(), city.image.name
    city.image = make.upload()
    city.kind = None  # NOT NULL

    with pytest.raises(DatabaseError), committed(), transaction.atomic():
        city.save()

    city.refresh_from_db()
    assert city.image.name == name
    assert stored() == before


def test_an_image_stays_when_what_follows_its_save_fails(city, stored, committed):
    before = stored()
    city.image = make.upload()

    def save_twice():
        with transaction.atomic():
            city.save()
            make.city("Gary", state=city.state)

    with committed(), pytest.raises(IntegrityError):
        save_twice()

    city.refresh_from_db()
    assert set(before) <= set(stored())
    assert Path(city.image.name).name in before


def test_an_image_is_stored_whole_or_not_at_all(city, stored, monkeypatch):
    before, real = stored(), FileSystemStorage._save

    def full_disk(self, name, content):
        if name.endswith(".jpg"):
            raise OSError(28, "No space left on device")
        return real(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", full_disk)
    with pytest.raises(OSError, match="No space"):
        make.city("Elsewhere", image=make.upload())

    assert not City.objects.filter(name="Elsewhere").exists()
    assert stored() == before


def test_who_saves_an_older_copy_does_not_bring_a_removed_image_back(
    city, stored, committed
):
    older_copy = City.objects.get(pk=city.pk)
    with committed():
        city.image, city.image_alt = make.upload(), "Another."
        city.save()
        older_copy.description = "Typed meanwhile."
        older_copy.save()

    older_copy.refresh_from_db()
    assert older_copy.description == "Typed meanwhile."
    assert older_copy.image == city.image
    assert older_copy.image_alt == "Another."
    assert Path(older_copy.image.name).name in stored()


def test_an_image_is_saved_by_its_name_alone(city, committed, stored):
    with committed():
        city.image = make.upload(size=(200, 100))
        city.save(update_fields=["image"])
        city.description = "x"
        city.save(update_fields=["description"])

    city.refresh_from_db()
    assert (city.image_width, city.image_height) == (200, 100)
    assert [kind_of(name) for name in stored()] == ["200.jpg", "200.webp"]


def test_an_image_survives_that_the_form_is_asked_again(editor, monkeypatch, stored):
    """A conflict in the database makes the admin ask the form once more."""
    real, refused = City.save, []

    def save_at_second_try(self, *args, **kwargs):
        if not refused:
            refused.append(self)
            raise IntegrityError
        real(self, *args, **kwargs)

    monkeypatch.setattr(City, "save", save_at_second_try)

    assert taken(editor, make.upload()).image
    assert len(stored()) == 4


def test_who_may_not_change_a_published_article_sees_its_image(client):
    article = make.article(image=make.upload(), image_alt=WORDS)
    client.force_login(make.staff("Contributor"))

    page = client.get(f"/admin/news/article/{article.pk}/change/").content.decode()

    assert article.image.url in page
    assert 'type="file"' not in page


# Words for those who cannot see it


def test_a_city_is_not_shown_with_an_image_without_words(editor):
    errors = errors_of(editor.post(ADD, typed(make.upload(), image_alt=" ")))

    assert errors["image_alt"][0].startswith("Say what the image shows")
    assert not City.objects.exists()
    decorative = typed(make.upload(), image_alt="", image_decorative="on")
    assert editor.post(ADD, decorative).status_code == 302


def test_a_draft_may_wait_for_its_words_and_a_published_article_may_not(editor):
    about = {"title": "A", "kind": "news", "date": "2016", "source": make.source().pk}
    add = "/admin/news/article/add/"
    draft = about | {"state": "draft", "date": "January 2016", "image": make.upload()}
    assert editor.post(add, draft).status_code == 302
    article = Article.objects.get()

    page = f"/admin/news/article/{article.pk}/change/"
    published = about | {"state": "published", "date": "January 2016"}
    errors = errors_of(editor.post(page, published))
    assert list(errors) == ["image_alt"]

    assert editor.post(page, published | {"image_alt": WORDS}).status_code == 302
    article.refresh_from_db()
    assert article.is_live
    assert article.image


def test_a_principle_is_not_published_from_the_list_without_words(editor):
    principle = make.principle(state=State.DRAFT, image=make.upload())

    chosen = {"action": "publish", "_selected_action": principle.pk}
    page = editor.post("/admin/principles/principle/", chosen, follow=True)

    assert "Say what the image shows" in page.content.decode()
    principle.refresh_from_db()
    assert principle.state == State.DRAFT


@pytest.mark.parametrize(
    "maker", [make.article, make.city, make.program, make.principle]
)
def test_the_database_knows_the_rule_too(maker):
    with pytest.raises(IntegrityError), transaction.atomic():
        maker(image=make.upload())
    maker(image=make.upload(), image_decorative=True)
