from django.apps import AppConfig as DjangoAppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate


class NnscConfig(DjangoAppConfig):
    name = "nnsc"
    verbose_name = "Site"
    # What run_due does: functions that return in a sentence what they have done.
    due = ["nnsc.trash.empty_trash", "nnsc.sweeping.sweep_images"]

    def ready(self):
        import nnsc.among  # noqa: F401 registers it
        from nnsc.changes import notice_changes
        from nnsc.indexing import mend_after_migrate
        from nnsc.moved import notice_moves
        from nnsc.roles import make_roles
        from nnsc.texts import make_texts

        notice_changes()
        notice_moves()
        post_migrate.connect(make_texts, sender=self)
        post_migrate.connect(make_roles, sender=self)
        post_migrate.connect(mend_after_migrate, sender=self)


class AdminConfig(DjangoAdminConfig):
    default_site = "nnsc.staff.desk.AdminSite"
