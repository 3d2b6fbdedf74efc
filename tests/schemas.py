"""Whether a value is as a JSON Schema says, as far as our OpenAPI uses the language."""

import re
from datetime import date, datetime

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
FORMATS = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}
SAYS_NOTHING = {"title", "description", "default"}
UNDERSTOOD = {
    "$ref",
    "anyOf",
    "type",
    "properties",
    "required",
    "items",
    "pattern",
    "format",
}


def check(value, schema, document, at="answer"):
    """Fail where value is not as schema says; refuse a schema that is not understood.

    What an object has and its schema does not name fails too.
    """
    unknown = set(schema) - SAYS_NOTHING - UNDERSTOOD
    assert not unknown, f"{at}: this test does not understand {unknown}"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return check(value, document["components"]["schemas"][name], document, at)
    if "anyOf" in schema:
        return check_any(value, schema["anyOf"], document, at)
    expected = TYPES[schema["type"]]
    is_right = isinstance(value, expected) and (
        not isinstance(value, bool) or expected is bool
    )
    assert is_right, f"{at} is {value!r} and no {schema['type']}"
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), f"{at} is {value!r}"
    if "format" in schema:
        FORMATS[schema["format"]](value)
    if schema["type"] == "array":
        for number, item in enumerate(value):
            check(item, schema["items"], document, f"{at}[{number}]")
    if schema["type"] == "object":
        properties = schema["properties"]
        assert set(schema.get("required", [])) <= set(value), f"{at} lacks a field"
        assert set(value) <= set(properties), f"{at} has more fields than its schema"
        for name, part in value.items():
            check(part, properties[name], document, f"{at}.{name}")


def check_any(value, schemas, document, at):
    failures = []
    for schema in schemas:
        try:
            return check(value, schema, document, at)
        except AssertionError as failure:
            failures.append(str(failure))
    raise AssertionError(" and ".join(failures))
