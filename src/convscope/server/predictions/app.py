"""Routes of the prediction service: /predict, /model, /health, /metrics, /docs, /openapi.json."""

import asyncio
import json
from typing import Any, NamedTuple, final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from convscope import __version__
from convscope.errors import ConvscopeError
from convscope.predict import Prediction
from convscope.server.answers import Refusal, refusal, status_of
from convscope.server.bodies import SHARE, Disconnected, Refused, Share, read_body
from convscope.server.guard import Guard, TokenDoor
from convscope.server.limits import Limits
from convscope.server.predictions import page
from convscope.server.predictions.batching import Batcher
from convscope.server.predictions.metrics import CONTENT_TYPE, Metrics
from convscope.server.predictions.schema import (
    Health,
    ModelCard,
    Options,
    PredictAnswer,
    PredictRequest,
)
from convscope.server.predictions.uploads import Parsed, Upload, parse, with_texts
from convscope.server.schema import ErrorAnswer
from convscope.server.telemetry import TELEMETRY_OFF
from convscope.server.tokens import Token

ROUTES = ("/predict", "/model", "/health", "/metrics", "/docs", "/openapi.json")
SLOW_BYTES = 1 << 18
"""Bodies of JSON and forms above this size are parsed in a thread."""

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        401: "The token is missing or wrong",
        408: "The body came too slowly",
        413: "Body, image or number of images too large",
        415: "A Content-Type that is not read",
        422: "An image or an option that does not fit",
        429: "Too many images wait; Retry-After",
        503: "No memory for more bodies, or too many connections; Retry-After",
        504: "No answer in time",
    }.items()
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            },
            "application/json": {"schema": PredictRequest.model_json_schema()},
        },
    },
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": schema,
            "description": text,
        }
        for (name, schema), text in zip(
            Options.model_json_schema()["properties"].items(),
            (
                "Number of classes per image.",
                "Invert brightness first, as for dark ink on white paper.",
                "Prepare photos of digits as MNIST was made (default: for models of MNIST).",
                "Give unreadable images a row with an error; else the request fails.",
            ),
            strict=True,
        )
    ],
}


TEXTS = {
    "/predict": "Classify images: a file as it is, a form with several files, or JSON.",
    "/model": "Labels, input, preprocessing, results and engine of the model.",
    "/health": "Status 200 while the service answers, 503 once it is stopping.",
    "/metrics": "Metrics in Prometheus' text format.",
}


class Service(NamedTuple):
    """Everything that the routes need: the model's card, the batcher, limits and metrics."""

    card: ModelCard
    batcher: Batcher
    metrics: Metrics
    limits: Limits


class Protection(NamedTuple):
    """Clients that may use a service, and whether requests are logged; see `Guard`."""

    token: Token | None = None
    hosts: tuple[str, ...] | None = None
    logs: bool = False


def guarded(service: Service, protection: Protection = Protection()) -> Guard:
    """Return the service as one ASGI application, with its security."""
    routes = _Routes(service)
    application = routes.application()
    guard = Guard(
        application,
        service.limits,
        door=TokenDoor(protection.token),
        hosts=protection.hosts,
        observe=service.metrics.count_request,
        logs=protection.logs,
    )
    routes.guard = guard
    return guard


@final
class _Routes:
    def __init__(self, service: Service) -> None:
        self._service = service
        self.guard: Guard | None = None
        self._card = _body(service.card.model_dump())
        self._page: bytes | None = None

    def application(self) -> FastAPI:
        app = FastAPI(
            title="convscope serve",
            version=__version__,
            description=f"Predictions of {self._service.card.architecture}.",
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            telemetry=TELEMETRY_OFF,
        )
        app.add_exception_handler(Refusal, _on_refusal)
        app.add_exception_handler(ConvscopeError, _on_error)
        app.add_exception_handler(HTTPException, _on_http)
        app.add_exception_handler(RequestValidationError, _on_validation)
        for path, endpoint, model in (
            ("/predict", self.predict, PredictAnswer),
            ("/model", self.model, ModelCard),
            ("/health", self.health, Health),
            ("/metrics", self.metrics, None),
            ("/docs", self.docs, None),
            ("/docs/page.css", page.style, None),
            ("/docs/page.js", page.script, None),
        ):
            is_post = path == "/predict"
            app.add_api_route(
                path,
                endpoint,
                methods=["POST" if is_post else "GET"],
                description=TEXTS.get(path),
                response_model=None,  # answers are written as they are; types are for readers
                responses={
                    **({200: {"model": model}} if model else {}),
                    **(ERRORS if is_post else {}),
                },
                openapi_extra=BODY if is_post else None,
                include_in_schema=path in TEXTS,
            )
            if not is_post:  # its body is left out by the server
                app.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)
        self._app = app
        return app

    async def predict(self, request: Request) -> Response:
        """Classify images: a file as it is, a form with several files, or JSON."""
        service, scope = self._service, request.scope
        options = with_texts(Options(), dict(request.query_params))
        body = await read_body(request.receive, service.limits, scope[SHARE])
        kind = dict(scope["headers"]).get(b"content-type", b"")
        parts = service.limits.parts
        if len(body) > SLOW_BYTES and not kind.startswith(b"image/"):
            parsed = await asyncio.to_thread(parse, kind, body, options, parts=parts)
        else:
            parsed = parse(kind, body, options, parts=parts)
        del body
        return await self._answer(parsed, scope[SHARE])

    async def _answer(self, parsed: Parsed, share: Share) -> Response:
        service, (uploads, options) = self._service, parsed
        try:
            async with asyncio.timeout(service.limits.answer_s):
                results = await service.batcher.predict(
                    list(uploads), options, options.topk, share.give_up_by
                )
        except TimeoutError:
            raise refusal(
                504,
                f"no prediction after {service.limits.answer_s:g} s",
                fix="send fewer images at once, or start the service with a longer --timeout",
            ) from None
        if share.left:
            raise Disconnected
        failed = [result for result in results if isinstance(result, BaseException)]
        service.metrics.count_images(len(results) - len(failed), len(failed))
        for error in failed:
            if not options.keep_going or not isinstance(error, ConvscopeError):
                raise error
        rows = [_row(each, upload) for each, upload in zip(results, uploads, strict=True)]
        return _json({"predictions": rows})

    async def model(self) -> Response:
        """Labels, input, preprocessing, results, and the engine."""
        return Response(self._card, media_type="application/json")

    async def health(self) -> Response:
        """Return 200 while the service answers, 503 once it is stopping."""
        is_stopping = self.guard is not None and self.guard.stopping
        status = "stopping" if is_stopping else "ready"
        return _json({"status": status}, 503 if is_stopping else 200)

    async def metrics(self) -> Response:
        """Metrics in Prometheus' text format."""
        text = self._service.metrics.text(self._service.batcher.pending)
        return Response(text, media_type=CONTENT_TYPE)

    async def docs(self) -> Response:
        """Return the documentation as a page that loads nothing from elsewhere."""
        if self._page is None:
            self._page = page.written(self._app.openapi(), self._service.card)
        return HTMLResponse(self._page)


def _row(result: Prediction | BaseException, upload: Upload) -> dict[str, Any]:
    if isinstance(result, Prediction):
        return result.to_dict()
    assert isinstance(result, ConvscopeError)
    return Prediction(upload.name, (), error=result.on_one_line()).to_dict()


def _body(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _json(data: Any, status: int = 200) -> Response:
    return Response(_body(data), status_code=status, media_type="application/json")


async def _on_refusal(_request: Request, error: Exception) -> Any:
    assert isinstance(error, Refusal)
    return Refused(error)


async def _on_error(_request: Request, error: Exception) -> Any:
    assert isinstance(error, ConvscopeError)
    return Refused(Refusal(status_of(error), error))


async def _on_http(request: Request, error: Exception) -> Any:
    """Answer an unknown path, or a method that a path does not have."""
    assert isinstance(error, HTTPException)
    headers = [(k.lower().encode(), v.encode()) for k, v in (error.headers or {}).items()]
    path = request.scope["path"]
    if error.status_code == 405:
        allowed = dict(headers).get(b"allow", b"").decode()
        refused = refusal(405, f"{path} does not take this method", expected=allowed)
    else:
        refused = refusal(404, "there is no such path", expected=", ".join(ROUTES), where=path)
    return Refused(Refusal(error.status_code, refused.error, headers))


async def _on_validation(_request: Request, error: Exception) -> Any:
    return Refused(refusal(422, f"the request does not fit: {type(error).__name__}"))
