"""The principles as a table."""

from nnsc.outputs import absolute, output, refuse_others
from nnsc.tables import CHUNK_SIZE, csv_response, fields
from principles.models import Principle

PRINCIPLE = {
    **fields("id"),
    "url": lambda principle: absolute(principle.get_absolute_url()),
    **fields("title", "slug", "summary", "body", "position", "updated_at"),
}


@output
def principle_csv(request):
    refuse_others(request.GET, [])
    principles = Principle.objects.live().iterator(CHUNK_SIZE)
    return csv_response("principles", PRINCIPLE, principles)
