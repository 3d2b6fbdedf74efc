"""The form in which staff enter an article."""

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from news.dates import MonthOrDayField, Precision
from news.models import Article
from nnsc.staff.form import ContentForm


class ArticleForm(ContentForm):
    """An article with its date as it is typed, to the month or to the day."""

    date = MonthOrDayField(
        label=_("Date"),
        required=False,
        help_text=_(
            "As the source gives it: January 2016, or January 5, 2016. A day that the "
            "source does not give is never added."
        ),
    )

    stand_ins = {"dated": "date", "dated_precision": "date"}

    class Meta:
        model = Article
        exclude = ["dated", "dated_precision"]
        help_texts = {
            "slug": _(
                "The end of the page’s address. Left empty, it is made from the title."
            ),
            "tags": _("What it is about. Type to search; “+” makes a new one."),
            "cities": _("The cities that it is about. Type to search."),
            "kind": _("What sort of story it is."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.dated and "date" in self.fields:
            date = (self.instance.dated, self.instance.dated_precision)
            self.initial.setdefault("date", date)

    def clean_source_url(self):
        """Refuse a story that is already here, and lead to it."""
        url = self.cleaned_data["source_url"]
        twin = Article(pk=self.instance.pk, source_url=url).twin()
        if twin:
            raise ValidationError(already_here(twin))
        return url

    def clean(self):
        cleaned = super().clean()
        if "date" in cleaned:
            dated, precision = cleaned["date"] or (None, Precision.MONTH)
            self.instance.dated, self.instance.dated_precision = dated, precision
        return cleaned


def already_here(twin: Article):
    """Say which article has a story already, with a link to it."""
    return format_html(
        _(
            "You already have this: “{title}”, {about}. "
            '<a href="{address}" target="_blank">Open it in a new tab</a>.'
        ),
        title=twin.title,
        about=twin.attribution() or _("without source and date"),
        address=reverse("admin:news_article_change", args=[twin.pk]),
    )
