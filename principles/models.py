from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nnsc import proofreading
from nnsc.entries import Entry
from nnsc.illustrated import DESCRIBED, NOT_DESCRIBED, Illustrated
from nnsc.naming import unused_slug
from nnsc.publishing import Publishable, PublishableQuerySet, State


class Principle(Illustrated, Publishable):
    """A rule the network works by."""

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=140, unique=True, blank=True)
    summary = models.CharField(
        _("in one sentence"),
        max_length=300,
        blank=True,
        help_text=_("Shown in lists, below the title. May stay empty."),
    )
    body = models.TextField(
        _("explanation"),
        help_text=_("Plain text. An empty line begins a new paragraph."),
    )
    position = models.PositiveIntegerField(_("position"), default=0, db_index=True)

    objects = PublishableQuerySet.as_manager()

    search_joins = []

    class Meta(Publishable.Meta):
        verbose_name = _("principle")
        verbose_name_plural = _("principles")
        ordering = ["position", "id"]
        permissions = [("publish_principle", "Can publish and withdraw principles")]
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="principles_principle_image_described",
                condition=~Q(state=State.PUBLISHED) | DESCRIBED,
                violation_error_message=NOT_DESCRIBED,
            ),
        ]

    def __str__(self):
        return self.title

    def missing_for_publishing(self):
        return self.missing_words()

    def warnings_for_staff(self):
        texts = [self.title, self.summary, self.body]
        return list(proofreading.remarks(self.title, *texts))

    def save(self, *args, **kwargs):
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self):
        """Fill what follows from the other fields. One query where there is no slug."""
        if not self.slug:
            self.slug = unused_slug(self, self.title)

    def get_absolute_url(self):
        return reverse("principle", args=[self.slug])

    def search_entry(self):
        if self.state != State.PUBLISHED:
            return None
        return Entry(
            self.title,
            body="\n".join(filter(None, [self.summary, self.body])),
            goes_live_at=self.goes_live_at,
        )
