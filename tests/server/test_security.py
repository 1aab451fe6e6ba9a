"""The layer outside the router: every route, and paths that are none."""

import pytest
from fastapi.routing import APIRoute

from convscope.errors import InputError
from convscope.server.predictions.app import ROUTES, _Routes
from convscope.server.tokens import Token, find_token

TOKEN = "secret-of-the-test"
PATHS = (*ROUTES, "/docs/page.css", "/docs/page.js")
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "TRACE")


def test_the_list_of_routes_is_complete(service):
    application = _Routes(service).application()
    own = {route.path for route in application.routes if isinstance(route, APIRoute)}
    assert own | {"/openapi.json"} == set(PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_every_route_but_health_demands_the_token(client_with, path):
    client = client_with(token=Token(TOKEN))
    method = "POST" if path == "/predict" else "GET"
    for authorization in (None, "Bearer wrong", f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN}x"):
        headers = {} if authorization is None else {"authorization": authorization}
        reply = client.request(method, path, headers=headers)
        assert reply.status_code == (200 if path == "/health" else 401)
    reply = client.request(method, path, headers={"authorization": f"Bearer {TOKEN}"})
    assert reply.status_code == (422 if path == "/predict" else 200)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_405_with_allow(client, path, method):
    allowed = "POST" if path == "/predict" else "GET"
    if method == allowed:
        return
    reply = client.request(method, path)
    if (method, allowed) == ("HEAD", "GET"):
        assert reply.status_code == 200
    else:
        assert reply.status_code == 405
        assert allowed in reply.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/%68ealth", "//health", "/health/", "/health%00", "/predict%2f..", "/a b",
        "/docs/page.css%2f..%2f..", "/..%2f..%2fetc/passwd", "/\\model", "/模型",
        "/health;x", "/HEALTH", "/redoc", "/docs/oauth2-redirect", "/static/x",
    ],
)  # fmt: skip
def test_tricks_with_paths_are_404_or_need_the_token(client, client_with, path):
    assert client.get(path).status_code == 404
    assert client_with(token=Token(TOKEN)).get(path).status_code in (401, 404)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a@b"])
def test_a_foreign_host_is_refused_on_the_loopback(client_with, host):
    client = client_with(hosts=("localhost", "127.0.0.1", "::1"))
    assert client.get("/model", headers={"host": host}).status_code == 403
    for own in ("127.0.0.1:8000", "localhost", "[::1]:8000", "LOCALHOST:1"):
        assert client.get("/model", headers={"host": own}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {"origin": "evil"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_pages_of_other_origins_are_refused(client, headers):
    assert client.post("/predict", headers=headers).status_code == 403
    assert client.get("/model", headers={"origin": "http://127.0.0.1"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-length": "1", "transfer-encoding": "chunked"}, 400),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "identity"}, 422),
        ({"content-length": "x"}, 400),
    ],
)
def test_a_body_has_one_size_and_is_not_compressed(client, headers, status):
    assert client.post("/predict", content=b"x", headers=headers).status_code == status


def test_headers_that_decide_may_not_be_there_twice(client):
    headers = [("authorization", "Bearer a"), ("authorization", "Bearer b")]
    assert client.get("/model", headers=headers).status_code == 400


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_answers_forbid_sniffing_and_framing(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "'unsafe" not in headers["content-security-policy"]


def test_the_page_names_nothing_elsewhere_and_escapes(client):
    text = client.get("/docs").text
    assert "POST /predict" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "//cdn" not in text


@pytest.mark.parametrize("secret", ["", "short", "with a space", "é" * 10, "tab\t" * 4])
def test_a_weak_token_is_refused(secret):
    with pytest.raises(InputError, match="token"):
        Token(secret)


def test_a_token_comes_from_an_option_or_a_file(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert find_token(None, None) is None
    token = find_token(None, file)
    assert token is not None
    assert token.accepts(f"bearer {TOKEN}".encode())
    assert TOKEN not in repr(token)
    with pytest.raises(InputError, match="together"):
        find_token(TOKEN, file)
    with pytest.raises(InputError, match="cannot be read"):
        find_token(None, tmp_path / "absent")
