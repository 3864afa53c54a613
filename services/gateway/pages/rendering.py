"""Templates, and the few filters they need. Everything is escaped; Markdown is rendered and then cleaned.

The libraries are imported with the first page: a gateway that only takes submissions does without them.
"""

from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.gateway.pages.languages import LANGUAGES, Words, language_of
from shared.messages.gathering import Definition, Localised

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt

TEMPLATES = Path(__file__).parent / "templates"
TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "code", "pre", "blockquote", "br", "hr", "h3", "h4", "h5"}
SCHEMES = {"http", "https", "mailto"}


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  not before the first page

    return MarkdownIt("commonmark", {"html": False})


def rich(text: str) -> Markup:
    """An organiser's Markdown; it may format, never run or load anything."""
    import nh3  # noqa: PLC0415  not before the first page

    cleaned = nh3.clean(_markdown().render(text), tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)
    return Markup(cleaned)  # noqa: S704  this is what nh3 is for


def tongue(language: str) -> str:
    """A language's own name for itself."""
    from babel import Locale  # noqa: PLC0415  not before the first page

    locale = Locale.parse(language, sep="-")
    return (locale.get_display_name(locale) or language).capitalize()


class Renderer:
    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  not before the first page

        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"moment": datetime.fromisoformat, "rich": rich, "tongue": tongue}
        return environment

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        gathering = values.get("gathering")
        say = Words(language_of(request), gathering if isinstance(gathering, Definition) else None)

        def text(localised: Localised | dict[str, str]) -> str:
            known = localised if isinstance(localised, Localised) else Localised.model_validate(localised)
            return known.in_language(say.language)

        other = next(language for language in LANGUAGES if language != say.language)
        html = self._environment.get_template(template).render(
            say=say, text=text, language=say.language, other_language=other, path=request.scope["path"], **values
        )
        return HTMLResponse(html, status, {"Content-Language": say.language, "Vary": "Accept-Language"})
