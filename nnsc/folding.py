"""Templates with what is always the same rendered once, when they are first used.

A translated text, the address of a page without arguments and of a static file are the
same for every reader as long as the site speaks one language; so are parts that are
included with nothing else. On a page that shows little, they were half of its cost.
"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template import Context, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode
from django.template.defaulttags import IfNode, LoadNode, URLNode
from django.template.loader_tags import IncludeNode
from django.template.loaders import cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode

OURS = Path(settings.BASE_DIR, "templates")


class Loader(cached.Loader):
    """Keeps templates, as Django's does, with ours folded."""

    def get_template(self, template_name, skip=None):
        template = super().get_template(template_name, skip)
        if not hasattr(template, "is_folded"):
            template.is_folded = OURS in Path(template.origin.name).parents
            if template.is_folded:
                fold(template.nodelist, template)
        return template


def fold(nodes: NodeList, template: Template) -> None:
    """Replace what is constant by its text, in place, at any depth."""
    folded = []
    for node in nodes:
        for inner in nodelists_of(node):
            fold(inner, template)
        text = node.s if isinstance(node, TextNode) else constant_text(node, template)
        if text is None:
            folded.append(node)
        elif folded and isinstance(folded[-1], TextNode):
            folded[-1] = TextNode(folded[-1].s + text)
        else:
            folded.append(TextNode(text))
    nodes[:] = folded


def nodelists_of(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (nodelist for _, nodelist in node.conditions_nodelists)
    else:
        for name in node.child_nodelists:
            nodelist = getattr(node, name, None)
            if nodelist is not None:
                yield nodelist


def constant_text(node: Node, template: Template) -> str | None:
    """Return what the node always renders; None where that depends on something."""
    if isinstance(node, IncludeNode):
        return constant_include(node, template)
    if not is_constant(node):
        return None
    context = Context()
    with context.bind_template(template):
        return node.render(context)


def is_constant(node: Node) -> bool:
    if isinstance(node, LoadNode):
        return True
    if isinstance(node, TranslateNode):
        said = node.filter_expression
        is_plain = said.var.literal is not None and not said.filters
        return is_plain and not (node.asvar or node.message_context or node.noop)
    if isinstance(node, BlockTranslateNode):
        has_parts = node.extra_context or node.plural or node.message_context
        has_names = any(token.token_type.name == "VAR" for token in node.singular)
        return not (has_parts or has_names or node.asvar)
    if isinstance(node, URLNode):
        has_arguments = node.args or node.kwargs or node.asvar
        return not has_arguments and is_literal(node.view_name)
    if isinstance(node, StaticNode):
        return is_literal(node.path) and node.varname is None
    return False


def is_literal(said: FilterExpression) -> bool:
    return not said.is_var and not said.filters


def constant_include(node: IncludeNode, template: Template) -> str | None:
    """Return the text of a part that gets nothing but literals, if it has one text."""
    if not (node.isolated_context and is_literal(node.template)):
        return None
    if not all(map(is_literal, node.extra_context.values())):
        return None
    part = template.engine.get_template(node.template.var)
    if all(isinstance(inner, TextNode) for inner in part.nodelist):
        return "".join(inner.s for inner in part.nodelist)
    return None
