from django import template
from django.utils.safestring import mark_safe

from nnsc.fragments import part

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
        html = self.nodelist.render(context).strip()
        context[self.name] = mark_safe(html)  # noqa: S308 - rendering has escaped it
        return ""


@register.tag
def kept(parser, token):
    """{% kept "figures" of "impact" %}…{% endkept %}: make it once for many pages.

    After of stand the labels of all apps whose records it shows; of the request it
    shows nothing. What it shows for one value and not for others is told by:
    {% kept "figures" by city.pk of "impact" %}. See nnsc.fragments.
    """
    match token.split_contents():
        case [_, name, "of", apps]:
            by = None
        case [_, name, "by", by, "of", apps]:
            by = parser.compile_filter(by)
        case _:
            raise template.TemplateSyntaxError(
                'kept is written {% kept "name" by value of "app app" %}.'
            )
    nodelist = parser.parse(["endkept"])
    parser.delete_first_token()
    return KeptNode(nodelist, name, by, tuple(apps.strip("\"'").split()))


class KeptNode(template.Node):
    def __init__(self, nodelist, name, by, apps):
        self.nodelist = nodelist
        self.name = name
        self.by = by
        self.apps = apps

    def render(self, context):
        if context.get("preview"):
            # It shows a record as it is nowhere saved.
            return self.nodelist.render(context)
        key = self.by and self.by.resolve(context)
        return part(self.name, key, self.apps, lambda: self.nodelist.render(context))
