"""An address that was once good leads on, in one hop."""

import pytest

import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "thing,folder",
    [
        (make.city, "/cities/"),
        (make.program, "/programs/"),
        (make.source, "/sources/"),
        (make.tag, "/news/tags/"),
        (make.principle, "/principles/"),
    ],
)
def test_a_renamed_record_is_found_at_each_of_its_old_addresses(client, thing, folder):
    record = thing()
    first = record.slug
    for slug in ["second", "third"]:
        record.slug = slug
        record.save()

    for old in [first, "second"]:
        answer = client.get(f"{folder}{old}/?page=1")
        assert answer.status_code == 301
        assert answer.url == f"{folder}third/?page=1"
    assert client.get(f"{folder}third/").status_code == 200


def test_a_feed_moves_with_its_page(client):
    city = make.city("Bostn")
    city.slug = "boston"
    city.save()

    answer = client.get("/cities/bostn/feed.atom")

    assert (answer.status_code, answer.url) == (301, "/cities/boston/feed.atom")


def test_an_old_address_that_somebody_else_has_now_is_theirs(client):
    first = make.city("Boston")
    first.slug = "boston-old"
    first.save()
    make.city("Boston", state="MA")

    assert client.get("/cities/boston/").status_code == 200


def test_the_address_of_what_was_deleted_is_not_found(client):
    city = make.city("Bostn")
    city.slug = "boston"
    city.save()
    city.delete()

    assert client.get("/cities/bostn/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/impact/news", "/impact/news/", "/impact/news/P25", "/impact/news/P575/"],
)
def test_addresses_of_the_former_site_lead_to_the_news(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer.url) == (301, "/news/")


@pytest.mark.parametrize("address", ["/nothing/", "/cities/%00/", "/" + "x" * 5000])
def test_what_never_was_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_a_page_that_is_there_costs_no_query_more(client, django_assert_num_queries):
    make.principle("Rule")
    client.get("/principles/rule/")

    # For the edition, and for the page.
    with django_assert_num_queries(2):
        client.get("/principles/rule/")


# Former slugs among what is asked


@pytest.mark.parametrize("name", ["city", "tag", "source"])
def test_a_choice_by_a_former_slug_leads_to_the_present_one(client, name):
    record = {"city": make.city, "tag": make.tag, "source": make.source}[name]()
    of = {"source": record, "city": [record], "tag": [record]}[name]
    make.article(**{{"city": "cities", "tag": "tags"}.get(name, name): of})
    for slug in ["first", "second", "third"]:
        record.slug = slug
        record.save()

    paths = ["/news/", "/news/feed.atom", "/news/feed.json", "/news.csv"]
    for path in [*paths, "/api/v1/articles"]:
        answer = client.get(f"{path}?{name}=first&{name}=second&q=shot")
        assert (answer.status_code, answer.url) == (301, f"{path}?{name}=third&q=shot")
        assert client.get(answer.url).status_code == 200


def test_what_is_unknown_besides_is_named_where_it_leads(client):
    tag = make.tag("Old")
    make.article(tags=[tag])
    tag.slug = "new"
    tag.save()

    answer = client.get("/news/?tag=old&city=nowhere&year=&tag=new")

    assert (answer.status_code, answer.url) == (301, "/news/?tag=new&city=nowhere")
    assert "No city called “nowhere”." in client.get(answer.url).text


def test_figures_by_a_former_slug_lead_on_too(client):
    metric = make.metric(program=make.program("Cure"))
    for record in (metric.city, metric.program):
        record.slug = f"{record.slug}-now"
        record.save()
    city, program = metric.city.slug, metric.program.slug
    query = f"city={city}&program={program}"

    for path in ["/impact/", "/impact.csv", "/api/v1/metrics"]:
        former = query.replace("-now", "")
        answer = client.get(f"{path}?{former}")
        assert (answer.status_code, answer.url) == (301, f"{path}?{query}")
        assert client.get(answer.url).status_code == 200


@pytest.mark.parametrize("kind", ["cities", "programs", "sources", "tags"])
def test_the_api_leads_a_former_slug_on(client, kind):
    makers = [make.city, make.program, make.source, make.tag]
    things = dict(zip(["cities", "programs", "sources", "tags"], makers, strict=True))
    record = things[kind]()
    former = record.slug
    record.slug = "now"
    record.save()

    answer = client.get(f"/api/v1/{kind}/{former}")

    assert (answer.status_code, answer.url) == (301, f"/api/v1/{kind}/now")
    assert client.get(f"/api/v1/{kind}/never").status_code == 404


@pytest.mark.parametrize("slug", ["never", "%00", "a/b", "%F0%9F%92%A9", "x" * 2000])
def test_a_slug_that_never_was_is_named_as_before(client, slug):
    make.article(tags=[make.tag("Old")])

    assert client.get(f"/news/?tag={slug}").status_code == 200
    assert client.get(f"/news.csv?tag={slug}").status_code == 400
    assert client.get(f"/impact.csv?city={slug}").status_code == 400
    assert client.get(f"/api/v1/articles?tag={slug}").status_code == 422
