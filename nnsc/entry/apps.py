from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EntryConfig(AppConfig):
    name = "nnsc.entry"
    verbose_name = _("Signing in")

    def ready(self):
        from nnsc.entry import audit, rules

        audit.notice()
        post_migrate.connect(rules.make_rule, sender=self)
