"""Pages made from the files in a package's folder `templates`; text from corpora and records is escaped."""

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from repro.streams import escaped


def environment(package: str, **options: Any) -> jinja2.Environment:
    """The templates of a package, in which a name that is not there is an error.

    Args:
        package: its dotted name, such as "repro.inspection".
        options: further ones of Jinja's.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
        **options,
    )


def _shown(value: Any) -> Any:
    """A value of a page with its control characters made visible; markup was made of such values."""
    return escaped(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def template_file(package: str, name: str) -> str:
    """A file of that folder as it stands, such as a style sheet or a script."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")
