"""Records in use, and the page on which they are merged."""

import make


def merge_page(*records, **choice):
    opts = records[0]._meta
    keys = ",".join(str(record.pk) for record in records)
    choice = "".join(f"&{name}={value}" for name, value in choice.items())
    return f"/admin/{opts.app_label}/{opts.model_name}/merge/?keys={keys}{choice}"


def send(client, into, *others, **more):
    keys = ",".join(str(record.pk) for record in (into, *others))
    address = merge_page(into).partition("?")[0]
    return client.post(address, {"keys": keys, "into": into.pk} | more, follow=True)


def tag_in_use(name):
    tag = make.tag(name, meaning=f"All on {name}.")
    tag.aliases.create(name=f"{name} of old")
    make.article(tags=[tag])
    return tag


def source_in_use(name):
    source = make.source(name=name, domains=f"{name}.org")
    source.aliases.create(name=f"{name} of old")
    make.article(source=source)
    return source


def city_in_use(name):
    city = make.city(name, description=f"{name} is a city.")
    city.aliases.create(name=f"{name} of old")
    make.article(cities=[city])
    make.metric(city=city)
    make.program(cities=[city])
    return city


def program_in_use(name):
    program = make.program(name, cities=[make.city()], description=f"{name}.")
    program.aliases.create(name=f"{name} of old")
    make.metric(program=program)
    return program


KINDS = [
    (tag_in_use, "/news/tags/"),
    (source_in_use, "/sources/"),
    (city_in_use, "/cities/"),
    (program_in_use, "/programs/"),
]
