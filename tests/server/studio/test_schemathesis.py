"""Requests that the documentation of the routes allows, and those near it: none is answered 500."""

import contextlib

import pytest

from convscope.server.studio.jobs.queue import Jobs
from tests.server.studio.conftest import opened_studio

schemathesis = pytest.importorskip("schemathesis")
hypothesis = pytest.importorskip("hypothesis")

pytestmark = pytest.mark.slow
STREAMS = ("/api/events",)  # without an end
EXAMPLES = 25
KNOWN = (None, "tiny", "run-tiny", "zoo-lenet5", "mnist")
"""Ids that exist, so that not every request ends with 404."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory, tiny_run):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Jobs, "_launch", lambda self, job_id: None)  # jobs wait for ever
        patch.setattr("convscope.server.studio.jobs.queue.MOST_WAITING", 20)
        with opened_studio(tmp_path_factory.mktemp("any") / "workspace", tiny_run) as client:
            yield client


def operations():
    from convscope.server.studio.app import create

    schema = schemathesis.openapi.from_dict(create().openapi())
    return [each.ok() for each in schema.get_all_operations()]


@pytest.mark.parametrize(
    "operation",
    [each for each in operations() if each.path not in STREAMS],
    ids=lambda each: f"{each.method.upper()} {each.path}",
)
def test_no_request_is_answered_with_500(studio, operation):
    @hypothesis.given(case=operation.as_strategy(), known=hypothesis.strategies.sampled_from(KNOWN))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def check(case, known):
        reply = send(studio, case, known)
        if reply is not None:
            is_ours = reply.status_code == 503 and "error" in reply.json()
            assert reply.status_code < 500 or is_ours, (case.as_curl_command(), reply.text[:500])

    check()


def send(studio, case, known):
    path = operation_path(case, known)
    query = {name: str(value) for name, value in (case.query or {}).items()}

    method = case.method.upper()
    with contextlib.suppress(UnicodeError):
        if method == "GET":
            return studio.get(path, params=query)
        if isinstance(case.body, bytes):
            kind = {"content-type": "application/octet-stream"}
            return studio.request(method, path, params=query, content=case.body, headers=kind)
        body = case.body if is_json(case.body) else {}
        return studio.request(method, path, params=query, json=body)
    return None


def operation_path(case, known):
    path = case.path if known is None else case.path.replace("{id}", known)
    for name, value in (case.path_parameters or {}).items():
        path = path.replace("{" + name + "}", str(value))
    return path


def is_json(value):
    return value is None or isinstance(value, dict | list | str | int | float | bool)
