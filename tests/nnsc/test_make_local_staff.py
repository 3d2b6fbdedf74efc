import re

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    def run():
        call_command("make_local_staff")
        return capsys.readouterr().out

    return run


def test_it_makes_an_account_whose_password_it_shows(run):
    password = re.search(r"password (\S+)", run())[1]

    staff = authenticate(username="staff", password=password)
    assert staff.is_superuser


def test_it_leaves_an_account_as_it_is(run):
    run()
    before = User.objects.get().password

    assert "changepassword staff" in run()
    assert User.objects.get().password == before


def test_it_refuses_in_production(run, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="one's own machine"):
        run()
    assert not User.objects.exists()
