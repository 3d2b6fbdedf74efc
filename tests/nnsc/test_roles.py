import pytest
from django.contrib.auth.models import Group, Permission

import make
from nnsc.roles import make_roles

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "role,may,may_not",
    [
        (
            "Contributor",
            ["news.add_article", "news.change_article", "nnsc.add_tag"],
            ["news.publish_article", "news.delete_article", "nnsc.change_tag"],
        ),
        (
            "Editor",
            ["news.publish_article", "impact.publish_metric", "nnsc.change_tag"],
            ["nnsc.change_sitetext", "auth.add_user"],
        ),
        (
            "Manager",
            ["news.publish_article", "nnsc.change_sitetext", "auth.add_user"],
            ["auth.change_group", "auth.delete_user", "nnsc.add_sitetext"],
        ),
    ],
)
def test_a_role_may_what_its_name_says(role, may, may_not):
    user = make.staff(role)

    assert [name for name in may if not user.has_perm(name)] == []
    assert [name for name in may_not if user.has_perm(name)] == []


def test_a_right_given_to_a_role_by_hand_is_taken_back_after_migrate():
    contributor = Group.objects.get(name="Contributor")
    contributor.permissions.add(Permission.objects.get(codename="publish_article"))

    make_roles(using="default")

    assert not make.staff("Contributor").has_perm("news.publish_article")
