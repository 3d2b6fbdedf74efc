import socket

import pytest
from django.contrib.auth.models import User
from django.template import Context, Origin, Template

from guards import TEMPLATES

Failed = pytest.fail.Exception


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        lambda: socket.create_connection(("nnscommunities.org", 80), timeout=1),
        lambda: socket.getaddrinfo("nnscommunities.org", 443),
        lambda: socket.gethostbyname(b"nnscommunities.org"),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53)),
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_another_machine_is_out_of_reach(reach):
    with pytest.raises(Failed, match="The network is closed in tests"):
        reach()


def test_this_machine_is_within_reach(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))


def render(source, name, **context):
    origin = Origin(str(name), template_name=name)
    return Template(source, origin).render(Context(context))


@pytest.mark.parametrize("source", ["{{ titel }}", "{{ article.titel|upper }}"])
def test_an_undefined_variable_fails(source):
    with pytest.raises(
        Failed, match=r"news/page.html uses .*titel, which is undefined"
    ):
        render(source, TEMPLATES / "news/page.html", article={"title": "Boston"})


def test_a_look_up_whose_error_django_hides_fails():
    def missing():
        raise User.DoesNotExist

    with pytest.raises(Failed, match=r"news/page.html uses a variable"):
        render("{{ author }}", TEMPLATES / "news/page.html", author=missing)


@pytest.mark.parametrize(
    "name", [TEMPLATES / "admin/base_site.html", "/elsewhere/admin/index.html"]
)
def test_the_admin_may_use_undefined_variables(name):
    assert render("<p>{{ titel }}</p>", name) == "<p></p>"


def test_a_variable_may_be_asked_for():
    source = "{% if titel %}{{ titel }}{% endif %}{{ title }}"

    assert render(source, TEMPLATES / "news/page.html", title="Boston") == "Boston"
