"""What readers know is not changed in silence: by no form, action, undoing or shell."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

import make
from impact.models import City, Correction, Metric
from nnsc.history import key_of
from nnsc.journals import JournalWriter
from nnsc.merging import merge
from nnsc.models import Act, Revision
from nnsc.publishing import State
from nnsc.undoing import CannotUndoError, undo
from reading import errors_of, main, untouched
from sending import in_bulk

pytestmark = pytest.mark.django_db

LIST = "/admin/impact/metric/"
NOTE = "The study says otherwise; we had misread its table."


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def change(record):
    return f"/admin/impact/{record._meta.model_name}/{record.pk}/change/"


def send(editor, record, **fields):
    page = editor.get(change(record))
    return editor.post(change(record), untouched(page) | fields)


def another_study():
    return make.citation(title="Another study").pk


CHANGES = [
    {"value_low": "40"},
    {"value_high": "50"},
    {"direction": "rose"},
    {"unit": "count"},
    {"interval_not_reported": [], "interval_low": "5", "interval_high": "60"},
    {"year_from": "1998"},
    {"year_to": ""},
    {"year_from": "", "year_to": "", "years_not_stated": "on"},
    {"citation": another_study},
    {"state": "withdrawn"},
    {"state": "draft"},
    {"goes_live_at": "2099-01-01T00:00"},
]


@pytest.mark.parametrize("fields", CHANGES, ids=lambda change: "-".join(change))
def test_a_change_of_what_readers_know_needs_a_public_note(editor, metric, fields):
    fields = {name: it() if callable(it) else it for name, it in fields.items()}

    for note in ("", "  \n "):
        errors = errors_of(send(editor, metric, **fields, correction_note=note))
        assert list(errors) == ["correction_note"]
        assert "Readers know this figure" in str(errors)
    assert Metric.objects.get().value_text() == "42%"
    assert not Correction.objects.exists()

    response = send(editor, metric, **fields, correction_note=NOTE)
    assert response.status_code == 302
    correction = Correction.objects.get()
    assert correction.note == NOTE
    assert correction.version == 1
    assert correction.was["value_low"] == 42


@pytest.mark.parametrize(
    "fields",
    [
        {"caveats": "Small numbers."},
        {"headline": "fewer killed"},
        {"value_low": "42.0"},
        {"verification": "second_hand"},
    ],
    ids=lambda change: "-".join(change),
)
def test_other_changes_need_none(editor, metric, fields):
    assert send(editor, metric, **fields).status_code == 302
    assert not Correction.objects.exists()


def test_what_readers_do_not_know_needs_none(editor):
    metric = make.metric(state=State.DRAFT)
    scheduled = make.metric(goes_live_at=timezone.now() + timedelta(days=1))

    for record in (metric, scheduled):
        assert "correction_note" not in untouched(editor.get(change(record)))
        assert send(editor, record, value_low="40").status_code == 302
    assert send(editor, metric, state="published").status_code == 302
    assert not Correction.objects.exists()


def test_what_comes_back_needs_one_too(editor, metric):
    make.correction(metric, state=State.WITHDRAWN)

    assert send(editor, metric, state="draft").status_code == 302
    errors = errors_of(send(editor, metric, state="published"))
    assert "why it is back" in str(errors["correction_note"])
    fields = {"state": "published", "correction_note": "Read anew."}
    assert send(editor, metric, **fields).status_code == 302
    kinds = Correction.objects.order_by("id").values_list("kind", "version")
    assert list(kinds) == [("withdrawn", 1), ("shown_again", None)]
    assert make.correction(metric).version == 2


# Past the form


def test_the_shell_asks_for_the_note(metric):
    metric.value_low = metric.value_high = 40
    for act in (metric.full_clean, metric.save):
        with pytest.raises(ValidationError, match="Readers know this figure"):
            act()
    assert Metric.objects.get().value_text() == "42%"

    metric.correction_note = NOTE
    metric.full_clean()
    metric.save()
    assert Correction.objects.get().changes == [
        {"name": "value", "was": "fell by 42%", "now": "fell by 40%"}
    ]
    metric.caveats = "Small numbers."
    metric.save()
    metric.value_low = 39
    # A note is for one change.
    with pytest.raises(ValidationError):
        metric.save()
    metric.refresh_from_db()
    metric.position = 7
    metric.save(update_fields=["position"])
    assert Correction.objects.count() == 1


@pytest.mark.parametrize("action", ["withdraw", "back_to_draft"])
def test_no_action_on_many_takes_a_figure_back_in_silence(editor, metric, action):
    draft = make.metric(state=State.DRAFT)
    chosen = {"action": action, "_selected_action": [metric.pk, draft.pk]}

    page = editor.post(LIST, chosen, follow=True)

    assert "Say in the public note why it is" in main(page)
    assert Metric.objects.get(pk=metric.pk).is_live


def test_no_action_puts_one_back_in_silence(editor, metric):
    make.correction(metric, state=State.WITHDRAWN)

    chosen = {"action": "publish", "_selected_action": [metric.pk]}
    assert "why it is back" in main(editor.post(LIST, chosen, follow=True))
    assert not Metric.objects.live().exists()


def test_an_earlier_version_is_not_restored_in_silence(editor, metric):
    send(editor, metric, value_low="40", correction_note=NOTE)
    address = f"{change(metric)}?version=1"

    restored = untouched(editor.get(address))
    assert restored["value_low"] == ["42"]
    response = editor.post(address, restored)
    assert list(errors_of(response)) == ["correction_note"]
    assert (
        editor.post(address, restored | {"correction_note": "No."}).status_code == 302
    )
    assert Correction.objects.count() == 2


def test_an_act_is_not_undone_in_silence(metric):
    revision = Revision.of(make.staff(), Act.BULK)
    revision.save()
    journal = JournalWriter("impact.change_metric")
    rows = Metric.objects.filter(pk=metric.pk).values("id", "value_low", "value_high")
    with journal.watching([key_of(metric)], rows):
        make.correction(metric, value_low=40, value_high=40)
    journal.keep(revision)

    with pytest.raises(CannotUndoError):
        undo(revision, make.staff())
    assert Metric.objects.get().value_text() == "40%"


def test_a_city_is_merged_and_parted_without_a_note(metric):
    other = make.city("Boston Metro", state="MA")
    act = merge(City, other.pk, [other.pk, metric.city_id], make.superuser())
    assert Metric.objects.get().city == other
    undo(act, make.superuser())
    assert Metric.objects.get().city == metric.city
    assert not Correction.objects.exists()


def test_what_readers_know_is_withdrawn_and_not_deleted(editor, metric):
    question = editor.get(f"{LIST}{metric.pk}/delete/")
    assert "withdraw it, with a note" in main(question)
    editor.post(f"{LIST}{metric.pk}/delete/", {"post": "yes"})
    in_bulk(editor, LIST, "delete_selected", [metric.pk])
    assert Metric.objects.exists()

    make.correction(metric, state=State.WITHDRAWN)
    editor.post(f"{LIST}{metric.pk}/delete/", {"post": "yes"})
    in_bulk(editor, LIST, "delete_selected", [metric.pk])
    assert Metric.objects.exists()


def test_a_study_that_figures_rest_on_is_not_made_another_in_silence(editor, metric):
    study = metric.citation

    assert send(editor, study, publication="A journal").status_code == 302
    errors = errors_of(send(editor, study, title="Another"))
    assert list(errors) == ["correction_note"]
    fields = {"title": "Another", "correction_note": "The title was misspelled."}
    assert send(editor, study, **fields).status_code == 302
    correction = metric.corrections.get()
    (changed,) = correction.changes
    assert changed["name"] == "citation"
    assert "What the letters changed" in changed["was"]
    assert "Another" in changed["now"]
    study.refresh_from_db()
    study.year = 2009
    with pytest.raises(ValidationError, match="Readers know this figure"):
        study.save()
    draft = make.metric(state=State.DRAFT)
    assert send(editor, draft.citation, title="Anything").status_code == 302


def test_the_database_keeps_no_correction_without_a_note(metric):
    correction = make.correction(metric)

    for wrong in [{"note": ""}, {"version": None}, {"kind": "shown_again"}]:
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=correction.pk).update(**wrong)


def test_the_note_stands_in_the_history_of_staff_and_can_be_mended(editor, metric):
    send(editor, metric, value_low="40", correction_note=NOTE)

    assert NOTE in main(editor.get(f"{LIST}{metric.pk}/history/"))
    correction = metric.corrections.get()
    send(editor, correction, note="Mended.", kind="withdrawn")
    correction.refresh_from_db()
    assert (correction.note, correction.kind) == ("Mended.", "corrected")


def test_a_note_is_not_lost_with_the_right_to_save_it(client, metric):
    person = make.staff("Editor")
    client.force_login(person)
    fields = untouched(client.get(change(metric)))
    person.groups.set(Group.objects.filter(name="Contributor"))

    refused = client.post(change(metric), fields | {"correction_note": NOTE})

    assert refused.status_code == 403
    assert NOTE in main(refused)


def test_a_title_of_any_length_is_kept(metric):
    Metric.objects.update(
        headline="W" * 200, city=None, program=make.program("P" * 100)
    )

    assert make.correction(metric).title.startswith("W" * 200)
