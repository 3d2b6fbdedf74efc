from django import template
from django.utils.safestring import mark_safe

register = template.Library()


@register.tag
def capture(parser, token):
    """{% capture as title %}…{% endcapture %}: keep what is rendered, to use it twice.

    Blocks inside can be filled by the templates that extend this one.
    """
    try:
        _, _, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError(
            "capture is written {% capture as name %}."
        ) from None
    nodelist = parser.parse(["endcapture"])
    parser.delete_first_token()
    return CaptureNode(nodelist, name)


class CaptureNode(template.Node):
    def __init__(self, nodelist, name):
        self.nodelist = nodelist
        self.name = name

    def render(self, context):
        # Rendered, it is escaped already.
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return ""
