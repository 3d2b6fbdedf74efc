from collections import defaultdict

from django.db.models import Count
from django.db.models.deletion import PROTECT
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.bulk_changes.change import Change, Refusal
from nnsc.bulk_changes.to_state import life_text
from nnsc.history import key_of
from nnsc.models import Act
from nnsc.moments import day_in_words
from nnsc.naming import Named
from nnsc.pointing import pointing_at
from nnsc.trash import KEPT_FOR
from nnsc.trash import moments_of as moments_kept


class ToTrash(Change):
    """Delete records, which are kept in the trash for a while; see nnsc.trash.

    What brings them back together is what restores from the trash, and no journal.
    """

    right = "delete"
    act = Act.DELETED
    deletes = True
    # Each of them is made anew when it comes back.
    n_at_most = 500

    def spec(self):
        return ["trash"]

    def sentence(self):
        return ""

    def deed(self, n):
        return _("Move %(records)s to the trash") % self.counted(n)

    def seen(self, data):
        return data

    def is_made(self, record, data):
        return False

    def refusals(self, records):
        """A query for each kind of rows that do not let records go."""
        uses = defaultdict(list)
        for pointing in pointing_at(self.model):
            if pointing.key.remote_field.on_delete is not PROTECT:
                continue
            kind = capfirst(pointing.known_as._meta.verbose_name_plural)
            rows = pointing.rows(records).order_by().values_list(pointing.key.attname)
            for pk, n in rows.annotate(n=Count("pk")):
                uses[pk].append(f"{kind}: {n:,}")
        reason = _("It is in use. Take it out of these first.")
        if issubclass(self.model, Named):
            reason = _("It is in use. Merge it into another, or take it out of these.")
        in_use = {pk: Refusal(reason, ", ".join(some)) for pk, some in uses.items()}
        known = Refusal(_("Readers know it. Withdraw it, with a public note."))
        owing = [one for one in records if getattr(one, "owes_a_word", False)]
        return in_use | {record.pk: known for record in owing}

    def before_and_after(self, shown):
        until = day_in_words(timezone.now() + KEPT_FOR)
        after = _("In the trash until %(day)s") % {"day": until}
        return [(self.now(record), after) for record, _data in shown]

    def now(self, record) -> str:
        if hasattr(record, "state"):
            return life_text(record.state, record.goes_live_at)
        return _("There")

    def rows(self, keys):
        return iter(())

    def make(self, records, data, now):
        for record in records:
            data[key_of(record)] |= moments_kept(record)
        keys = [record.pk for record in records]
        self.model._base_manager.filter(pk__in=keys).delete()

    def complaint(self, record):
        return _("is in use")
