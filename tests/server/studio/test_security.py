"""The layer outside the router: every route of the application, static files included.

The routes are those of the application, so that a new one is covered without new code.
"""

import re

import pytest

from convscope.server.studio import access
from convscope.server.studio.app import ROUTERS, create

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
STATIC = ("/", "/index.html", "/assets/index.js", "/robots.txt", "/api/openapi.json")
ROUTES = sorted(
    {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        for method in route.methods
    }
    | {("GET", path) for path in STATIC}
)
SAMPLES = {"id": "tiny", "file": "model.json", "name": "index.html"}
HOSTILE = (
    "..%2f..%2fetc%2fpasswd", "..%252f..%252fetc%252fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "..\\..\\etc", "a%00b", "%2fetc%2fpasswd", "C:%5cwindows", "link", "../tiny", "....//x",
    "%E4%B8%AD", "x" * 300, "A B", "tiny%20", "-", "_",
)  # fmt: skip


@pytest.fixture
def studio(shared_studio):
    return shared_studio


@pytest.fixture(scope="module", autouse=True)
def links(shared_studio, tmp_path_factory):
    """Links in run folders that lead out of the workspace."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "recipe.json").write_text("{}")
    runs = shared_studio.workspace.root / "runs"
    (runs / "link").symlink_to(outside)
    (runs / "tiny" / "link").symlink_to(outside / "recipe.json")


def filled(path, value=None):
    """Return a path with its parameters filled in: the last one with a value."""
    names = re.findall(r"\{(\w+)(?::path)?\}", path)
    for index, name in enumerate(names):
        is_last = index == len(names) - 1
        text = value if value is not None and is_last else SAMPLES.get(name, "tiny")
        path = re.sub(r"\{" + name + r"(:path)?\}", lambda _, text=text: text, path, count=1)
    return path


def send(client, method, path, **headers):
    if method in UNSAFE:
        headers.setdefault("content-type", "application/json")
    return client.request(method, path, headers=headers, content=b"{" if method in UNSAFE else b"")


def test_the_enumeration_sees_the_routes_of_the_application():
    documented = set(create().openapi()["paths"])
    assert documented <= {path.replace(":path", "") for _, path in ROUTES}
    assert {"/api/events", "/api/jobs/{id}", "/", "/{name:path}"} <= {path for _, path in ROUTES}
    assert len(ROUTES) > 20


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_refuses_strangers_and_foreign_pages(studio, stranger, method, path):
    target = filled(path)
    door = studio.guard._door
    if path == access.OPEN:
        assert send(stranger, method, target).status_code == 403
    else:
        assert send(stranger, method, target).status_code == 401
        for cookie in (f"{door.cookie}=", f"{door.cookie}=0", f"x={door._session}", "convscope"):
            assert send(stranger, method, target, cookie=cookie).status_code == 401
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "a@127.0.0.1"):
        assert send(studio, method, target, host=host).status_code == 403
    for foreign in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example", "sec-fetch-site": "none"},
    ):
        reply = send(studio, method, target, **foreign)
        assert reply.status_code == 403
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("method", "path"), [row for row in ROUTES if row[0] in UNSAFE])
def test_what_changes_something_takes_json_or_an_upload_only(studio, method, path):
    for kind in (
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
        "text/plain; application/json", "application/json5",
    ):  # fmt: skip
        reply = studio.request(method, filled(path), headers={"content-type": kind}, content=b"{}")
        assert reply.status_code == 415
    most = {"content-type": "application/json", "content-length": str(1 << 40)}
    assert studio.request(method, filled(path), headers=most, content=b"").status_code == 413


@pytest.mark.parametrize(("method", "path"), [row for row in ROUTES if "{" in row[1]])
def test_hostile_ids_and_paths_are_404(studio, method, path):
    for value in HOSTILE:
        reply = send(studio, method, filled(path, value))
        allowed = (404, 503) if path.endswith("{name:path}") and value in "-_" else (404,)
        if method in UNSAFE or re.fullmatch(r"[a-z0-9_-]{1,64}", value):
            allowed = (*allowed, 422)  # the body is none, or a value of the query is missing
        if value.startswith(".."):
            allowed = (*allowed, 405)  # the client shortens it to another path
        assert reply.status_code in allowed, (value, reply.text)
        assert "passwd" not in reply.text or "error" in reply.text


def test_methods_that_a_path_does_not_have_are_405(studio):
    for path in sorted({filled(path) for _, path in ROUTES if path.startswith("/api")}):
        for method in ("TRACE", "OPTIONS"):
            assert studio.request(method, path).status_code in (404, 405, 415)


def test_the_link_works_once_for_ten_minutes_and_sets_a_cookie_no_script_can_read(studio, stranger):
    door = studio.guard._door
    code = access.new_code(door._secret)
    navigation = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    reply = stranger.get(f"/open?code={code}", headers={**navigation, "sec-fetch-dest": "document"})
    assert reply.status_code == 200
    attributes = reply.headers["set-cookie"].split("; ")
    assert attributes[0].startswith(f"{door.cookie}=")
    assert attributes[1:] == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert code not in reply.text
    assert stranger.get("/api/jobs").status_code == 200
    for wrong in (code, code[:-1] + ("0" if code[-1] != "0" else "1"), "", "x", code.upper()):
        assert stranger.get(f"/open?code={wrong}").status_code == 403
    assert stranger.get(f"/open?code={access.new_code(b'other')}").status_code == 403


def test_old_links_and_those_of_earlier_studios_are_refused(studio, monkeypatch):
    door, now = studio.guard._door, access.time.time()
    for issued in (now - access.VALID_S - 1, door._started_ms / 1000 - 5, now + 120):
        monkeypatch.setattr(access.time, "time", lambda at=issued: at)
        code = access.new_code(door._secret)
        monkeypatch.setattr(access.time, "time", lambda: now)
        assert studio.get(f"/open?code={code}").status_code == 403


def test_a_browser_without_a_session_gets_a_page_that_says_what_to_do(stranger):
    reply = stranger.get("/", headers={"accept": "text/html", "sec-fetch-dest": "document"})
    assert reply.status_code == 401
    assert "<code>convscope studio --link</code>" in reply.text
    assert reply.headers["content-type"].startswith("text/html")


def test_no_route_documents_itself_with_files_from_elsewhere(studio):
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect", "/openapi.json"):
        assert studio.get(path).status_code == 404


def test_errors_are_in_the_language_of_the_request(studio):
    reply = studio.get("/api/jobs/absent", headers={"accept-language": "zh-Hans"})
    assert reply.json()["error"]["given"] == "没有这个任务"


def test_a_link_on_another_page_leads_to_a_page_from_which_the_studio_opens(studio):
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": "text/html"}
    reply = studio.get("/", headers={**headers, "sec-fetch-dest": "document"})
    assert reply.status_code == 403
    assert '<a href="/">Open the studio</a>' in reply.text
