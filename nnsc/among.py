"""Records that have one of many values, asked for in the same words however many."""

import json

from django.db.models import Field, Lookup


@Field.register_lookup
class Among(Lookup):
    """pk__among=keys: as pk__in, with all of the values in one parameter.

    Each connection keeps the statements it has prepared. One for each number of values
    that strangers can bring about would cost it megabytes.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if connection.vendor == "sqlite":
            sql = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608
            return sql, [*parameters, json.dumps(values)]
        return f"{column} = ANY(%s)", [*parameters, values]
