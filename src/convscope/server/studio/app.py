"""The studio as one application: all routes behind one guard.

A new route: a function in the file of its noun in `routes/`. A new noun: a file, and a line in
`ROUTERS`. Every route is behind the guard, and the tests of security walk all of them.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException

from convscope import __version__
from convscope.errors import ConvscopeError
from convscope.server.answers import Refusal, refusal, status_of
from convscope.server.bodies import Refused
from convscope.server.guard import LOOPBACK, Guard
from convscope.server.limits import Limits
from convscope.server.schema import ErrorAnswer
from convscope.server.studio.access import PROTECTION, Access
from convscope.server.studio.context import Studio
from convscope.server.studio.requests import JSON_BYTES, PostedBody
from convscope.server.studio.routes import (
    build,
    data,
    entrance,
    evaluate,
    events,
    exports,
    jobs,
    lessons,
    look,
    models,
    runs,
    training,
    zoo,
)
from convscope.server.studio.stream.watcher import Watcher
from convscope.server.telemetry import TELEMETRY_OFF
from convscope.text import printable

ROUTERS: tuple[APIRouter, ...] = (
    zoo.router,
    build.router,
    data.router,
    models.router,
    look.router,
    evaluate.router,
    training.router,
    runs.router,
    jobs.router,
    exports.router,
    lessons.router,
    events.router,
    entrance.router,
)
"""All routes; the entrance is the last, since it serves the files of the page."""

LIMITS = Limits(body_bytes=JSON_BYTES, all_body_bytes=256 << 20, answer_s=600.0, body_s=3600.0)
STOPPING = replace(LIMITS, answer_s=3.0, body_s=2.0)
"""Limits of a stop: computations are ended, uploads broken off; runs and jobs go on."""
ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorAnswer, "description": "An error: its parts as sentences"}
}


def create(studio: Studio | None = None) -> FastAPI:
    """Return the application without its guard.

    Args:
        studio: None for the documentation of the routes alone.
    """
    app = FastAPI(
        title="convscope studio",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        telemetry=TELEMETRY_OFF,
        lifespan=_lifespan,
        responses=ERRORS,
        generate_unique_id_function=lambda route: f"{route.tags[0]}_{route.name}",
    )
    app.state.studio = studio
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(ConvscopeError, _on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def guarded(studio: Studio, access: Access, *, watches: bool = True) -> Guard:
    """Return the studio as one ASGI application, with its security.

    Args:
        watches: look at runs and jobs in a thread while the application runs.
    """
    app = create(studio)
    app.state.access, app.state.watches = access, watches
    return Guard(app, LIMITS, door=access, hosts=LOOPBACK, protection=PROTECTION)


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Watch the workspace while the application runs."""
    studio = app.state.studio
    studio.jobs.load()
    watcher = Watcher(studio)
    if app.state.watches:
        watcher.start()
    try:
        yield
    finally:
        studio.hub.close()
        watcher.stop()
        studio.worker.close()
        studio.pictures.close()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return FastAPI's documentation of the routes, with the bodies that `posted` reads."""
    if app.openapi_schema:
        return app.openapi_schema
    schema = FastAPI.openapi(app)
    bodies: list[tuple[str, str, PostedBody]] = []
    for route in _api_routes():
        for part in route.dependant.dependencies:
            if isinstance(part.call, PostedBody):
                bodies += [(route.path, method.lower(), part.call) for method in route.methods]
    kinds = [(body.kind, "validation") for _, _, body in bodies]
    template = "#/components/schemas/{model}"
    references, shared = models_json_schema(kinds, ref_template=template)  # type: ignore[arg-type]
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in shared.get("$defs", {}).items():
        components.setdefault(name, definition)
    for path, method, body in bodies:
        reference = references[(body.kind, "validation")]
        schema["paths"][path][method]["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }
    for definition in components.values():
        _shorten(definition)
    return schema


def _shorten(definition: dict[str, Any]) -> None:
    """Leave out titles that repeat names, and all but the first line of descriptions."""
    definition.pop("title", None)
    if "description" in definition:
        definition["description"] = definition["description"].partition("\n")[0]
    for field in definition.get("properties", {}).values():
        field.pop("title", None)


def _api_routes() -> list[Any]:
    """Return all routes that have dependencies."""
    return [route for router in ROUTERS for route in router.routes if hasattr(route, "dependant")]


async def _on_refusal(_request: Any, error: Exception) -> Any:
    assert isinstance(error, Refusal)
    return Refused(error)


async def _on_error(_request: Any, error: Exception) -> Any:
    assert isinstance(error, ConvscopeError)
    return Refused(Refusal(status_of(error), error))


async def _on_http(request: Any, error: Exception) -> Any:
    """Answer an unknown path, or a method that a path does not have."""
    assert isinstance(error, HTTPException)
    headers = [(k.lower().encode(), v.encode()) for k, v in (error.headers or {}).items()]
    path = printable(request.scope["path"], 200)
    if error.status_code == 405:
        allowed = dict(headers).get(b"allow", b"").decode()
        refused = refusal(405, f"{path} does not take this method", expected=allowed)
    else:
        refused = refusal(404, "there is no such path", where=path)
    return Refused(Refusal(error.status_code, refused.error, headers))


async def _on_validation(request: Any, error: Exception) -> Any:
    """Answer a value in the path or the query that does not fit: 404 for the path, else 422."""
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    first = problems[0]
    name = printable(str(first["loc"][-1]), 60)
    if any(problem["loc"][0] == "path" for problem in problems):
        path = printable(request.scope["path"], 200)
        return Refused(refusal(404, "there is no such path", where=path))
    problem = f"the value of {name} does not fit: {first['msg']}"
    return Refused(refusal(422, printable(problem, 200), where=name))
