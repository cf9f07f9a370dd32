"""Puts the pages, the protocols and their guards together into one application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

import ropa
from webui import (
    activities,
    approvals,
    checks,
    coverage,
    day,
    descriptions,
    documents,
    entailments,
    findings,
    following,
    graphs,
    history,
    impact,
    inferred,
    judging,
    keeping,
    languages,
    negotiation,
    overview,
    problems,
    recorded,
    records,
    replies,
    resources,
    rules,
    search,
    security,
    sources,
    sparql,
    tables,
    transfers,
    unjudged,
    vendor,
    verification,
)
from webui.naming import install as install_names

if TYPE_CHECKING:
    from ropa.register import Register

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Largest request body that is read: 10 MiB."""

BLUEPRINTS = (
    overview.pages,
    records.pages,
    activities.pages,
    inferred.pages,
    entailments.pages,
    resources.pages,
    history.pages,
    rules.pages,
    sources.pages,
    transfers.pages,
    impact.pages,
    findings.pages,
    keeping.pages,
    replies.pages,
    approvals.pages,
    coverage.pages,
    search.pages,
    sparql.pages,
    checks.pages,
    verification.pages,
    graphs.pages,
    descriptions.pages,
)


def create_app(
    register: Register,
    *,
    trusted_hosts: Iterable[str] = security.LOOPBACK_HOSTS,
    max_body_bytes: int = MAX_BODY_BYTES,
    max_rows: int = 10_000,
    private: bool = True,
    settings: dict[str, Any] | None = None,
) -> Flask:
    """Make the web application of one open register.

    Args:
        register: the register that all pages read.
        trusted_hosts: host names under which the server may be reached; any
            other name in the ``Host`` header is refused, so that a foreign site
            cannot rebind its own name to this machine.
        max_body_bytes: largest request body, in bytes.
        max_rows: most rows of one answer of the query page.
        private: whether answers are kept out of caches (``no-store``).
        settings: Flask settings that override the ones made here.

    Returns:
        A WSGI application.
    """
    app = Flask("webui")
    app.config.update(
        MAX_CONTENT_LENGTH=max_body_bytes,
        MAX_FORM_MEMORY_SIZE=max_body_bytes,
        MAX_FORM_PARTS=50,
        ROPA_TRUSTED_HOSTS=tuple(trusted_hosts),
        ROPA_MAX_ROWS=max_rows,
        ROPA_PRIVATE=private,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.config.update(settings or {})
    app.extensions["register"] = register
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        version=ropa.__version__, vendor=vendor.address, register=register
    )
    app.url_map.strict_slashes = False
    negotiation.install(app)
    unjudged.install(app)
    security.install(app)
    languages.install(app)
    day.install(app)
    recorded.install(app)
    judging.install(app)
    install_names(app)
    documents.install(app)
    tables.install(app)
    following.install(app)
    replies.install(app)
    history.install(app)
    approvals.install(app)
    problems.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
