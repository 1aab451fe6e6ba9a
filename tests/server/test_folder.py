"""`convscope web`: what a folder's server sends, refuses, and says."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from convscope.server.folder import FolderServer, page_policy
from convscope.server.listening import listen

POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"
INDEX = f'<meta http-equiv="Content-Security-Policy"\n  content="{POLICY}" />'


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "export"
    (root / "assets").mkdir(parents=True)
    (root / "model").mkdir()
    (root / "index.html").write_text(INDEX)
    (root / "model" / "model.json").write_text('{"format": 1, "onnx": {}}')
    (root / "model" / "model.onnx").write_bytes(bytes(range(256)) * 4000)
    for name in ("a.js", "b.mjs", "c.wasm", "d.css", "e.gz"):
        (root / "assets" / name).write_text(name)
    (tmp_path / "secret.txt").write_text("secret")
    return root


@pytest.fixture
def server(folder):
    hosts = ("localhost", "127.0.0.1")
    sock = listen("127.0.0.1", 0)
    with contextlib.closing(sock), FolderServer(sock, folder, hosts=hosts) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path, method="GET", host=None, body=None):
    """Status, headers and body; the path is sent as it is."""
    port = server.server_address[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        headers = {"Host": host or f"127.0.0.1:{port}"}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_the_page_is_isolated_and_has_its_own_policy(server):
    status, headers, body = ask(server, "/")
    assert (status, body) == (200, INDEX.encode())
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors 'self'"
    assert ask(server, "/index.html")[2] == body
    assert ask(server, "/?a=1#b")[0] == 200


def test_a_page_without_a_policy_may_do_nothing():
    assert page_policy(b"<html>") == "default-src 'none'; frame-ancestors 'self'"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/a.js", "text/javascript; charset=utf-8"),
        ("/assets/b.mjs", "text/javascript; charset=utf-8"),
        ("/assets/c.wasm", "application/wasm"),
        ("/assets/d.css", "text/css; charset=utf-8"),
        ("/assets/e.gz", "application/gzip"),
        ("/model/model.json", "application/json"),
        ("/model/model.onnx", "application/octet-stream"),
    ],
)
def test_types(server, folder, path, kind):
    status, headers, body = ask(server, path)
    assert (status, headers["Content-Type"]) == (200, kind)
    assert body == (folder / path[1:]).read_bytes()
    assert "Content-Encoding" not in headers
    assert ("immutable" in headers["Cache-Control"]) == path.startswith("/assets/")
    head_status, head_headers, empty = ask(server, path, "HEAD")
    assert (head_status, empty) == (200, b"")
    assert head_headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    "path",
    [
        *("/..", "/../secret.txt", "/model/../../secret.txt", "//secret.txt", "/./index.html"),
        *("/%2e%2e/secret.txt", "/model%2fmodel.json", "/model/%00", "/model\\model.json"),
        *(
            "/model",
            "/model/",
            "/assets//a.js",
            "/absent",
            "/model/model.json/x",
            "/..%2fsecret.txt",
        ),
        "http://127.0.0.1/../secret.txt",
        "/" + "a" * 5000,
    ],
)
def test_what_is_no_file_of_the_folder_is_not_found(server, path):
    status, headers, body = ask(server, path)
    assert status == 404
    assert b"secret" not in body
    assert headers["Content-Security-Policy"] == "default-src 'none'"


def test_links_and_what_is_no_regular_file_are_not_found(server, folder, tmp_path):
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "inner").symlink_to(folder / "model")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "fifo")
    for path in ("/link.txt", "/inner/model.json", "/up/secret.txt", "/fifo"):
        assert ask(server, path)[0] == 404, path


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_other_methods_are_refused(server, method):
    status, headers, _ = ask(server, "/", method, body=b"x" if method == "POST" else None)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "x"]
)
def test_other_hosts_get_no_answer(server, host):
    assert ask(server, "/", host=host)[0] == 421


@pytest.mark.parametrize("host", ["localhost:80", "LOCALHOST", "127.0.0.1"])
def test_own_hosts_get_an_answer(server, host):
    assert ask(server, "/", host=host)[0] == 200


def test_a_broken_request_ends_the_connection_only(server):
    port = server.server_address[1]
    for raw in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 70_000):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(raw + b"\r\n\r\n")
            client.recv(1 << 16)
    assert ask(server, "/")[0] == 200


def test_a_client_that_goes_away_is_no_error(server, capfd):
    port = server.server_address[1]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /model/model.onnx HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert ask(server, "/")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def command(*arguments):
    return [sys.executable, "-m", "convscope", "web", *map(str, arguments)]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_program_prints_its_address_and_stops_at_a_signal(folder, number, code):
    words = command(folder, "--port", "0", "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        facts = json.loads(run.stdout.readline())
        port = int(facts["url"].rstrip("/").rpartition(":")[2])
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().status == 200
        begin = time.monotonic()
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
        assert run.returncode == code
        assert "Traceback" not in err
        assert time.monotonic() - begin < 60


@pytest.mark.slow
def test_a_folder_that_is_no_export_and_a_port_in_use_are_said(folder, tmp_path):
    def errors(*arguments):
        done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)
        return done.returncode, done.stderr

    code, err = errors(tmp_path)
    assert code == 2
    assert "no exported folder" in err
    assert "export MODEL --to web" in err
    code, err = errors(tmp_path / "absent")
    assert (code, "no such folder" in err) == (2, True)
    with contextlib.closing(listen("127.0.0.1", 0)) as sock:
        code, err = errors(folder, "--port", sock.getsockname()[1])
    assert code == 2
    assert "address already in use" in err
