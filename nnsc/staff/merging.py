"""Merging records of one kind, from their list or a form: seen before it is done."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from nnsc.merge_plans import MergePlan, Remark, counts_of
from nnsc.merging import CannotMergeError, merge
from nnsc.naming import Alias
from nnsc.pointing import pointing_at
from nnsc.staff.again import ClashError, again_after_clash
from nnsc.staff.choosing import ChooseOne, is_key
from nnsc.staff.telling import link_to, tell_done

N_AT_MOST = 20


class MergingMixin:
    """For the ModelAdmin of records on nnsc.naming.Named.

    The page has an address that names the records, so it can be come back to; what it
    shows is asked again when the merge is sent.
    """

    merge_template = "admin/merge.html"

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_merge"
        view = self.admin_site.admin_view(self.merge_view)
        return [path("merge/", view, name=name), *super().get_urls()]

    def has_merge_permission(self, request):
        name = f"{self.opts.app_label}.merge_{self.opts.model_name}"
        return request.user.has_perm(name)

    @admin.action(description=_("Merge"), permissions=["merge"])
    def merge(self, request, queryset):
        keys = queryset.order_by().values_list("pk", flat=True)[: N_AT_MOST + 1]
        return HttpResponseRedirect(self.merge_address(keys))

    def merge_address(self, keys, **choice) -> str:
        keys = ",".join(map(str, keys))
        return (
            f"{self.address('merge')}?{urlencode({'keys': keys, **choice}, safe=',')}"
        )

    def merge_view(self, request):
        """Show what merging some records would do, and do it where that is sent."""
        if not self.has_merge_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        keys = keys_of(asked.get("keys", ""))
        if is_key(asked.get("add", "")):
            return HttpResponseRedirect(self.merge_address([*keys, int(asked["add"])]))
        if len(keys) > N_AT_MOST:
            text = gettext("At most %d can be merged at once.") % N_AT_MOST
            messages.error(request, text)
            return HttpResponseRedirect(self.address("changelist"))
        found = self.model._base_manager.in_bulk(keys)
        records = [found[key] for key in keys if key in found]
        into = self.record_that_stays(records, asked.get("into", ""))
        problems = []
        if len(records) < len(keys):
            text = gettext("Some of these are not there any more.")
            problems = [Remark(text, [])]
        elif request.method == "POST" and into is not None:
            problems = self.do_merge(request, into, keys)
            if not problems:
                return HttpResponseRedirect(self.address("change", into.pk))
        return self.show_merge(request, records, into, problems)

    def record_that_stays(self, records, asked):
        """Return the one that was asked for, else the one that is in use most."""
        if is_key(asked):
            return next((one for one in records if one.pk == int(asked)), None)
        if not records:
            return None
        counts = counts_of(records)
        return max(records, key=lambda one: sum(n for _kind, n in counts[one.pk]))

    def do_merge(self, request, into, keys) -> list[Remark]:
        """Merge; return what forbids it, nothing where it is done."""
        others = [key for key in keys if key != into.pk]
        doubts = self.doubts_of(into, others)
        if doubts and "sure" not in request.POST:
            return [Remark(gettext("Tick that they are the same all the same."), [])]
        try:
            revision = again_after_clash(
                lambda: merge(self.model, into.pk, others, request.user)
            )
        except CannotMergeError as error:
            return error.problems
        except ClashError as error:
            return [Remark(str(error), [])]
        n = revision.versions.exclude(label=into._meta.label_lower).count()
        text = ngettext(
            "%(what)s. One other record was changed with it.",
            "%(what)s. %(n)d other records were changed with it.",
            n,
        )
        tell_done(request, text % {"what": revision.note, "n": n}, revision)
        return []

    def doubts_of(self, into, others) -> list[str]:
        return MergePlan(into, [*self.model._base_manager.filter(pk__in=others)]).doubts

    def show_merge(self, request, records, into, problems):
        keys = [record.pk for record in records]
        plan = None
        if into is not None and len(records) > 1:
            plan = MergePlan(into, [record for record in records if record != into])
            problems = problems or plan.problems
        form = self.search_form(records)
        opts = self.opts
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Merge %(kinds)s") % {"kinds": opts.verbose_name_plural},
            "opts": opts,
            "media": self.media + form.media,
            "keys": ",".join(map(str, keys)),
            "candidates": self.candidates(records, into),
            "into": into,
            "plan": plan,
            "search": form,
            "problems": [self.shown_remark(problem) for problem in problems],
            "remarks": [self.shown_remark(one) for one in plan.remarks] if plan else [],
            "new_names": plan.new_names if plan else [],
        }
        return TemplateResponse(request, self.merge_template, context)

    def candidates(self, records, into):
        """Return for each record: itself, its counts, whether it stays, ways out."""
        counts = counts_of(records) if records else {}
        keys = [record.pk for record in records]
        return [
            {
                "record": record,
                "link": link_to(record, self.admin_site),
                "counts": [(capfirst(kind), n) for kind, n in counts[record.pk]],
                "stays": record == into,
                "stay_address": self.merge_address(keys, into=record.pk),
                "out_address": self.merge_address(
                    [key for key in keys if key != record.pk]
                ),
            }
            for record in records
        ]

    def shown_remark(self, remark: Remark):
        way_out = ""
        if remark.merge:
            model_admin = self.admin_site.get_model_admin(type(remark.merge[0]))
            way_out = model_admin.merge_address([one.pk for one in remark.merge])
        return {
            "sentence": remark.sentence,
            "links": [link_to(record, self.admin_site) for record in remark.records],
            "way_out": way_out,
        }

    def search_form(self, records):
        """Return a form with a box that finds another record to merge."""
        pointing = pointing_at(self.model)
        key = next(one.key for one in pointing if issubclass(one.model, Alias))
        if records:
            label = gettext("Another one to merge with these")
        else:
            label = gettext("The first one to merge")
        field = forms.ModelChoiceField(
            self.model._base_manager.all(),
            label=label,
            widget=ChooseOne(key, self.admin_site),
        )
        return type("MergeForm", (forms.Form,), {"add": field})()


def keys_of(text: str) -> list[int]:
    """Return the keys out of "1,2,3", each once; what is none is passed over."""
    return list(dict.fromkeys(int(key) for key in text.split(",") if is_key(key)))
