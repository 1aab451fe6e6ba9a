"""POST /predict: the same predictions as `Model.predict`, from every form of a body."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from convscope.errors import InputError


def encoded(pixels, form="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


def noise(*shape, seed=5):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def ink():
    """Return a photo of a dark stroke on light paper, (60, 50)."""
    pixels = np.full((60, 50), 230, np.uint8)
    pixels[10:50, 22:28] = 30
    return pixels


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(noise(40, 30, 3), "JPEG", exif=exif, quality=95)


IMAGES = {
    "grey": encoded(noise(28, 28)),
    "colour": encoded(noise(33, 47, 3), "JPEG"),
    "alpha": encoded(noise(20, 30, 4)),
    "16 bits": encoded(noise(20, 30).astype(np.uint16) * 200),
    "turned": turned(),
    "webp": encoded(noise(40, 40, 3), "WEBP", lossless=True),
    "digit": encoded(ink()),
    "gif": encoded(noise(16, 16), "GIF"),
}


def same(row, prediction):
    assert [score["label"] for score in row["answers"]] == [s.label for s in prediction.top]
    values = [score["probability"] for score in row["answers"]]
    assert values == pytest.approx([s.probability for s in prediction.top], rel=1e-4)
    assert row["note"] == prediction.note


def outcome(model, data, options):
    try:
        return model.predict(data, **options)[0], None
    except InputError as error:
        return None, error


CASES = [
    *((name, "digit=false") for name in IMAGES),
    *((name, "digit=true") for name in ("digit", "turned", "16 bits")),
    *((name, "invert=true&topk=2") for name in ("grey", "alpha", "colour")),
]


@pytest.mark.parametrize(("name", "query"), CASES)
def test_an_upload_is_predicted_as_the_model_does(client, model, name, query):
    options = {"digit": None, "invert": False, "topk": 5}
    options |= {"digit=false": {"digit": False}, "digit=true": {"digit": True}}.get(
        query, {"invert": True, "topk": 2}
    )
    reply = client.post(f"/predict?{query}", content=IMAGES[name], headers={"content-type": ""})
    expected, error = outcome(model, IMAGES[name], options)
    if error is None:
        assert reply.status_code == 200, reply.text
        same(reply.json()["predictions"][0], expected)
    else:
        assert reply.status_code == 422
        assert reply.json()["error"]["given"] == error.given


def test_several_files_come_in_order_with_their_names(client, model):
    names = ["grey", "turned", "alpha"]
    files = [("image", (f"图 {name}.png", IMAGES[name], "image/png")) for name in names]
    rows = client.post("/predict?digit=false", files=files).json()["predictions"]
    assert [row["source"] for row in rows] == [f"图 {name}.png" for name in names]
    for row, name in zip(rows, names, strict=True):
        same(row, model.predict(IMAGES[name], digit=False)[0])


def test_json_takes_files_lists_and_raw_bytes(client, model):
    pixels = noise(28, 28)
    text = base64.b64encode(pixels.tobytes()).decode()
    images = [
        {"base64": base64.b64encode(encoded(pixels)).decode(), "name": "file"},
        {"pixels": pixels.tolist()},
        {"pixels": (pixels / 255).tolist()},
        {"base64": text, "shape": [28, 28]},
    ]
    reply = client.post("/predict", json={"images": images, "topk": 3, "digit": False})
    rows = reply.json()["predictions"]
    assert [row["source"] for row in rows] == ["file", "images.1", "images.2", "images.3"]
    for row in rows:
        same(row, model.predict(pixels, topk=3, digit=False)[0])


def test_fields_of_a_form_are_options(client):
    files = [("image", ("a.png", IMAGES["grey"], "image/png"))]
    reply = client.post("/predict", files=files, data={"topk": "2", "invert": "true"})
    assert len(reply.json()["predictions"][0]["answers"]) == 2


def test_an_unreadable_image_has_its_name_or_a_row(client):
    files = [("image", ("a.png", IMAGES["grey"])), ("image", ("b.png", IMAGES["grey"][:60]))]
    reply = client.post("/predict", files=files)
    assert reply.status_code == 422
    assert reply.json()["error"]["where"] == "b.png"
    rows = client.post("/predict?keep_going=true", files=files).json()["predictions"]
    assert [bool(row["answers"]) for row in rows] == [True, False]
    assert "truncated" in rows[1]["error"]


DEEP = '{"images": [{"pixels": ' + "[" * 100_000 + "]" * 100_000 + "}]}"
BAD_JSON = {
    "not JSON": "{",
    "deep": DEEP,
    "NaN": '{"images": [{"pixels": [[NaN]]}]}',
    "infinite": '{"images": [{"pixels": [[1e400]]}]}',
    "huge": '{"images": [{"pixels": [[1' + "0" * 5000 + "]]}]}",
    "above 255": '{"images": [{"pixels": [[256, 1]]}]}',
    "negative": '{"images": [{"pixels": [[-1]]}]}',
    "ragged": '{"images": [{"pixels": [[1, 2], [3]]}]}',
    "texts": '{"images": [{"pixels": [["a"]]}]}',
    "empty": '{"images": []}',
    "no image": '{"images": [{}]}',
    "both": '{"images": [{"pixels": [[1]], "base64": ""}]}',
    "base64": '{"images": [{"base64": "%%%"}]}',
    "shape": '{"images": [{"base64": "AAAA", "shape": [2, 3]}]}',
    "shape that overflows": '{"images": [{"base64": "AAAA", "shape": [65535, 65535, 65535]}]}',
    "unknown field": '{"images": [{"path": "/etc/passwd"}]}',
    "topk": '{"images": [{"pixels": [[1]]}], "topk": 0}',
    "NUL": '{"images": [{"pixels": [[1]], "name": "a\\u0000b"}], "x": 1}',
    "surrogate": '{"images": [{"base64": "\\ud800"}]}',
    "a list": "[]",
    "no bytes": "",
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_json_is_an_error_of_our_form(client, name):
    reply = client.post(
        "/predict", content=BAD_JSON[name], headers={"content-type": "application/json"}
    )
    assert reply.status_code == 422, reply.text
    assert reply.json()["error"]["given"]
    assert "Traceback" not in reply.text


FORM = "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
FIELD = b'--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--\r\n'
BAD_FORMS = {
    "no boundary": ("multipart/form-data", PART, 422),
    "ends early": (FORM, PART + IMAGES["grey"], 422),
    "not a form": (FORM, b"hello", 422),
    "no file": (
        FORM,
        b'--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--\r\n',
        422,
    ),
    "many parts": (FORM, (PART + b"x\r\n") * 9 + b"--B--\r\n", 413),
    "many headers": (FORM, b"--B\r\n" + b"a: b\r\n" * 1000 + b"\r\nx\r\n--B--\r\n", 422),
    "unknown field": (
        FORM,
        PART + b'x\r\n--B\r\nContent-Disposition: form-data; name="y"\r\n\r\n1\r\n--B--\r\n',
        422,
    ),
    "extended file name": (
        FORM,
        PART.replace(b'filename="a.png"', b"filename*=utf-8''%e5%9b%be%2f.png") + b"x\r\n--B--\r\n",
        422,
    ),
    "wrong type": ("text/html", IMAGES["grey"], 415),
    "empty": ("image/png", b"", 422),
    "not an image": ("image/png", b"GET / HTTP/1.1", 422),
    "a script": ("image/svg+xml", b"<svg onload='alert(1)'/>", 422),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_bad_body_is_an_error_of_our_form(client, name):
    kind, body, status = BAD_FORMS[name]
    reply = client.post("/predict", content=body, headers={"content-type": kind})
    assert reply.status_code == status, reply.text
    assert set(reply.json()["error"]) <= {"status", "given", "expected", "fix", "where"}


@pytest.mark.parametrize("query", ["topk=0", "topk=x", "topk=1e3", "digits=1", "invert=maybe"])
def test_a_bad_option_names_it(client, query):
    reply = client.post(f"/predict?{query}", content=IMAGES["grey"])
    assert reply.status_code == 422
    assert query.split("=")[0] in reply.text


def test_limits_of_body_pixels_and_queue(client):
    large = client.post("/predict", content=b"x" * (2 << 20))
    assert large.status_code == 413
    chunks = (b"x" * 100_000 for _ in range(20))  # no Content-Length
    assert client.post("/predict", content=chunks).status_code == 413
    wide = client.post("/predict", content=encoded(np.zeros((1001, 1000), np.uint8)))
    assert wide.status_code == 413
    assert "1,000,000" in wide.json()["error"]["expected"]
    images = [{"pixels": [[1]]}] * 5
    assert client.post("/predict", json={"images": images}).status_code == 413


def test_the_card_and_health(client, model):
    card = client.get("/model").json()
    assert card["labels"] == list(model.labels)
    assert card["input"] == [1, 32, 32]
    assert json.dumps(card["preprocessing"]).count("Resize")
    assert client.get("/health").json() == {"status": "ready"}


def test_metrics_count_requests_and_batches(client):
    client.post("/predict", content=IMAGES["grey"])
    client.get("/no/such/path/123")
    text = client.get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines['convscope_requests_total{path="/predict",status="200"}']) >= 1
    assert float(lines['convscope_requests_total{path="other",status="404"}']) >= 1
    assert float(lines["convscope_batch_images_count"]) >= 1
    assert 'architecture="lenet5"' in text
