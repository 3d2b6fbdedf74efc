"""Staff: who may enter, and in which role."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from django.forms import CheckboxSelectMultiple
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from nnsc.entry import audit, codes, mails
from nnsc.entry.views import everywhere
from nnsc.roles import CONTRIBUTOR, EDITOR, MANAGER
from nnsc.staff.choosing import SeveralField
from nnsc.staff.content import ContentAdmin
from nnsc.staff.form import ContentForm

ROLES = [CONTRIBUTOR, EDITOR, MANAGER]
ENTRANCE = ["is_active", "is_staff", "groups"]
POWER = ["is_superuser", "user_permissions"]

admin.site.unregister(User)
admin.site.unregister(Group)


class PersonForm(ContentForm, UserChangeForm):
    pass


def rights_of(user) -> set[int]:
    """Return the keys of what the account would permit, active or not. One query."""
    rights = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(rights.values_list("pk", flat=True))


@admin.register(User)
class UserAdmin(ContentAdmin, DjangoUserAdmin):
    """A manager adds and changes staff; nobody hands on more than they have.

    Without being a superuser, a person may neither change who has more rights than
    themselves, nor their own way in, nor see who is a superuser.
    """

    section = _("People")
    place = 50
    # A password is to stand in no page and no session.
    keeps_typed = False
    form = PersonForm
    list_display = [
        *["username", "full_name", "email", "roles"],
        *["has_second_step", "is_active"],
    ]
    list_filter = ["is_active", "is_superuser", "groups"]
    list_prefetch_related = ["groups"]
    list_select_related = ["second_step"]
    actions = ["remove_second_step", "sign_out_everywhere"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
        (_("What they may do"), {"fields": [*ENTRANCE, *POWER]}),
        (_("Important dates"), {"fields": readonly_fields}),
    ]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user):
        return user.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, user):
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(description=_("second step"), boolean=True)
    def has_second_step(self, user):
        return hasattr(user, "second_step")

    @admin.action(
        description=_("Remove the second step, for who has lost their phone"),
        permissions=["change"],
    )
    def remove_second_step(self, request, users):
        """Let people in by their password alone. One's own goes with the password."""
        n_removed = 0
        for user in self.others_to_touch(request, users):
            if codes.remove(user):
                n_removed += 1
                everywhere(user)
                audit.record(audit.Kind.SECOND_STEP_OFF, user.get_username())
                mails.tell_second_step(user, is_on=False)
        text = _("Second steps removed: %(n)s.") % {"n": n_removed}
        self.message_user(request, text)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request, users):
        others = self.others_to_touch(request, users)
        for user in others:
            everywhere(user)
        text = _("People signed out: %(n)s.") % {"n": len(others)}
        self.message_user(request, text)

    def others_to_touch(self, request, users):
        return [
            user
            for user in users
            if user != request.user and self.has_change_permission(request, user)
        ]

    def get_list_filter(self, request):
        if request.user.is_superuser:
            return self.list_filter
        return [name for name in self.list_filter if name not in POWER]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (
                heading,
                options | {"fields": [f for f in options["fields"] if f not in POWER]},
            )
            for heading, options in fieldsets
        ]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if obj == request.user and not obj.is_superuser:
            return [*fields, *ENTRANCE]
        return fields

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.may_touch(
            request, obj
        )

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.may_touch(
            request, obj
        )

    def may_touch(self, request, user):
        if user is None or request.user.is_superuser:
            return True
        return not user.is_superuser and rights_of(user) <= rights_of(request.user)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs |= {
                "widget": CheckboxSelectMultiple,
                "form_class": SeveralField,
                "queryset": self.groups_to_give(request),
                "help_text": _(
                    "A contributor writes drafts; an editor publishes; a manager also "
                    "keeps the site’s texts and its people."
                ),
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def groups_to_give(self, request):
        if request.user.is_superuser:
            return Group.objects.all()
        beyond = Permission.objects.exclude(pk__in=rights_of(request.user))
        return Group.objects.filter(name__in=ROLES).exclude(permissions__in=beyond)

    def save_model(self, request, obj, form, change):
        if not change:
            # There are no other accounts than those of staff.
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Keep the groups that the person at the form could not see."""
        user = form.instance
        offered = self.groups_to_give(request)
        kept = list(user.groups.exclude(pk__in=offered))
        super().save_related(request, form, formsets, change)
        user.groups.add(*kept)


@admin.register(Group)
class GroupAdmin(ContentAdmin):
    """Shows what each role may do; nnsc.roles decides it."""

    section = _("People")
    place = 51
    search_fields = ["name"]
    fields = ["name", "rights"]
    readonly_fields = fields

    @admin.display(description=_("may"))
    def rights(self, group):
        names = group.permissions.order_by("name").values_list("name")
        return format_html_join("", "<div>{}</div>", names)

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
