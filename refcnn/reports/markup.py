"""The templates of reports: pages, pictures, Markdown."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def template(name: str) -> Template:
    """A template of this package; what it prints into HTML or SVG is escaped."""
    environment = Environment(
        loader=PackageLoader("refcnn.reports"),
        autoescape=name.endswith((".html", ".svg")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    return environment.get_template(name)
