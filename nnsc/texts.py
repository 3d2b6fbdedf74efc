"""The site's own texts: where each appears and how it first reads.

Staff edit them in the admin; templates read them as {{ texts.mission }}.
"""

from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Text:
    label: str
    place: str
    first_wording: str


TEXTS = {
    "mission": Text(
        _("Mission"),
        _("Top of the home page, and the about page"),
        "The National Network for Safe Communities supports cities implementing "
        "proven strategic interventions to reduce violence and improve public "
        "safety, minimize arrest and incarceration, strengthen communities, and "
        "improve relationships between law enforcement and the communities it "
        "serves.",
    ),
    "commitment": Text(
        _("Commitment"),
        _("Above the guiding principles"),
        "The National Network is committed to building a community of practice that "
        "operates along a set of guiding principles:",
    ),
    "news": Text(
        _("News & Updates, introduction"),
        _("Top of the news list"),
        "What newspapers, broadcasters and agencies report about the work, city by "
        "city. Each story leads to the outlet that ran it.",
    ),
    "impact": Text(
        _("Impact, introduction"),
        _("Top of the impact page"),
        "What changed, where, and who says so. Every figure stands with the study it "
        "comes from, what it was compared with, and what speaks against it. A figure "
        "that we have not been able to read at its source is shown without a number.",
    ),
    "cities": Text(
        _("Cities, introduction"),
        _("Top of the city list"),
        "The cities where the network’s strategies are or have been at work, as far "
        "as published sources tell.",
    ),
    "programs": Text(
        _("Programs, introduction"),
        _("Top of the program list"),
        "The strategies that the network supports, and the names under which cities "
        "have put them to work.",
    ),
    "license": Text(
        _("License of the figures"),
        _("The page on data, and every archive of figures"),
        "The figures, what is said of them here and the way they are put together may "
        "be used by anyone for any purpose, under the license Creative Commons "
        "Attribution 4.0, https://creativecommons.org/licenses/by/4.0/: name the study "
        "that a figure comes from, and this site.\n\n"
        "The studies themselves, and what is quoted from them, belong to their authors "
        "and publishers.",
    ),
    "about": Text(
        _("About"),
        _("The about page, below the mission"),
        "This site gathers three things: news about the work as it is reported by "
        "others, the impact that evaluations have measured in cities, and the "
        "principles behind the strategies.\n\n"
        "News is collected from newspapers, broadcasters, agencies and public "
        "bodies. A passage in quotation marks is the outlet’s own wording; a passage "
        "without them is our summary. A date is given as precisely as we know it: "
        "mostly that is the month.\n\n"
        "A figure is published here once it has been found in a source that anyone "
        "can look up. The source stands beneath it, together with the kind of study, "
        "the comparison that was made, independent ratings where there are any, and "
        "what speaks against it. Where a source could not be read, the page says so "
        "and gives no number.",
    ),
    "accessibility": Text(
        _("Accessibility statement"),
        _("The accessibility page"),
        "This site is made for everyone, whatever they see, hear or use to read it. "
        "We aim to meet the Web Content Accessibility Guidelines (WCAG) 2.2 at level "
        "AA.\n\n"
        "Every page works with the keyboard alone and without scripts, follows the "
        "reader’s choice of light or dark, of less motion and of forced colors, and "
        "can be enlarged to four times its size or read on a screen 320 pixels wide "
        "without scrolling sideways. The map and the chart are drawn from the same "
        "records as the tables and lists beside them, which say the same in words.\n\n"
        "Every page is checked automatically before each change goes live, at several "
        "widths, in light and in dark. Automatic checks do not find everything, and "
        "the pages have not yet been tested with people who use assistive "
        "technology every day. The stories that we link to stand on other sites, "
        "whose accessibility we cannot vouch for.",
    ),
}


def current_texts() -> dict[str, str]:
    """Return each text as it reads now, by key. One query."""
    first = {key: text.first_wording for key, text in TEXTS.items()}
    site_text = apps.get_model("nnsc", "SiteText")
    return first | dict(site_text.objects.values_list("key", "text"))


def make_texts(using, **kwargs):
    """Make the rows that staff edit, after migrate. What is there stays as it is."""
    site_text = apps.get_model("nnsc", "SiteText")
    site_text.objects.using(using).bulk_create(
        [site_text(key=key, text=text.first_wording) for key, text in TEXTS.items()],
        ignore_conflicts=True,
    )
