"""Contributor, editor, manager: what each may do."""

from django.apps import apps
from django.contrib.auth.management import create_permissions

from nnsc.changes import content_models
from nnsc.naming import Named
from nnsc.publishing import Publishable

CONTRIBUTOR, EDITOR, MANAGER = "Contributor", "Editor", "Manager"


def make_roles(using, **kwargs):
    """Give the three groups their permissions, after migrate.

    This module decides: what was added to or taken from one of these groups by hand is
    set back. Rights beyond a role are given through a group of another name.
    """
    for config in apps.get_app_configs():
        create_permissions(config, using=using, verbosity=0)
    permission_model = apps.get_model("auth", "Permission")
    permissions = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in permission_model.objects.using(using).select_related(
            "content_type"
        )
    }
    for name, wanted in role_permissions().items():
        group, _ = (
            apps.get_model("auth", "Group")
            .objects.using(using)
            .get_or_create(name=name)
        )
        group.permissions.set(permissions[permission] for permission in wanted)


def role_permissions() -> dict[str, set[tuple[str, str]]]:
    """Return the permissions of each role as (app label, codename).

    A contributor writes drafts and adds the names they need; an editor publishes, and
    changes, merges and deletes; a manager also keeps the site's own texts and its
    people, and erases from the trash for good.
    """
    site_text = apps.get_model("nnsc.SiteText")
    content = content_models()
    written = [model for model in content if issubclass(model, Publishable)]
    looked_up = [model for model in content if model not in [*written, site_text]]
    contributor = allow(["view", "add", "change"], written)
    contributor |= allow(["view", "add"], looked_up)
    editor = contributor | allow(["publish", "delete"], written)
    editor |= allow(["change", "delete"], looked_up)
    editor |= allow(["merge"], [model for model in content if issubclass(model, Named)])
    manager = editor | allow(["view", "change"], [site_text])
    manager |= allow(["view", "add", "change"], [apps.get_model("auth.User")])
    manager |= allow(["view", "change"], [apps.get_model("entry.Rule")])
    manager |= allow(["view"], [apps.get_model("entry.Event")])
    manager |= allow(["delete"], [apps.get_model("nnsc.Version")])
    return {CONTRIBUTOR: contributor, EDITOR: editor, MANAGER: manager}


def allow(actions, models) -> set[tuple[str, str]]:
    return {
        (model._meta.app_label, f"{action}_{model._meta.model_name}")
        for action in actions
        for model in models
    }
