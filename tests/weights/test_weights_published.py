"""Published weights by name: fetched from a server of our own, checked, and shown real photos."""

import hashlib
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from skimage import data as photos

from convscope.errors import DataError, FormatError, InputError
from convscope.extras import install_command
from convscope.model import Model
from convscope.network import build
from convscope.weights import load as weights
from convscope.weights import published as weights_published
from convscope.weights.fetch import fetch
from convscope.weights.labels import imagenet_labels
from convscope.weights.layout import to_torchvision
from convscope.weights.load import model_file
from convscope.weights.published import PUBLISHED, Published
from convscope.zoo import load

NAME = "resnet18@torchvision"


@dataclass
class Server:
    root: str
    files: dict[str, bytes]
    asked: list[str]


@pytest.fixture
def server():
    files, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.lstrip("/")
            asked.append(name)
            body = files.get(name)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield Server(f"http://127.0.0.1:{running.server_port}/", files, asked)
        running.shutdown()
        thread.join()


@pytest.fixture
def resnet(server, tmp_path, monkeypatch):
    """A file in torchvision's layout on the server, and a published name for it."""
    network = build(load("resnet18"), seed=3)
    torch.save(to_torchvision(network), tmp_path / "made.pth")
    body = (tmp_path / "made.pth").read_bytes()
    file = f"resnet18-{hashlib.sha256(body).hexdigest()[:8]}.pth"
    server.files[file] = body
    published = Published("resnet18", file, 69.758, 89.078)
    monkeypatch.setitem(weights_published.PUBLISHED, NAME, published)
    return network, published


def test_a_name_is_downloaded_once_and_verified(server, resnet, tmp_path):
    network, published = resnet
    seen = []
    file = model_file(
        NAME,
        cache=tmp_path / "cache",
        root=server.root,
        progress=lambda name, size: seen.append((name, size)),
    )
    again = model_file(NAME, cache=tmp_path / "cache", root=server.root)
    assert server.asked == [published.file]
    assert seen[-1] == (published.file, len(server.files[published.file]))
    assert all(torch.equal(again.weights[k], v) for k, v in network.state_dict().items())
    assert file.card.provenance["file"] == published.file
    assert file.card.provenance["layout"] == "torchvision"
    assert file.card.provenance["published_accuracy"] == {"top1": 69.758, "top5": 89.078}
    image = photos.coffee()
    assert Model(file).predict(image)[0] == Model(again).predict(image)[0]


def test_a_file_with_another_hash_is_not_kept(server, resnet, tmp_path):
    _, published = resnet
    server.files[published.file] = server.files[published.file][:-1]
    with pytest.raises(DataError, match="SHA-256") as caught:
        fetch(published, cache=tmp_path / "cache", root=server.root)
    assert str(tmp_path) in caught.value.fix
    assert list((tmp_path / "cache" / "weights").iterdir()) == []


def test_a_changed_cached_file_is_rejected(server, resnet, tmp_path):
    _, published = resnet
    place = fetch(published, cache=tmp_path, root=server.root)
    place.write_bytes(place.read_bytes() + b"x")
    with pytest.raises(FormatError, match="SHA-256"):
        fetch(published, cache=tmp_path, root=server.root)


def test_no_server_no_file(server, tmp_path):
    published = PUBLISHED["vgg11@torchvision"]
    with pytest.raises(DataError, match=r"vgg11-8a719046\.pth .*HTTP status 404"):
        fetch(published, cache=tmp_path, root=server.root)
    with pytest.raises(DataError, match="refused"):
        fetch(published, cache=tmp_path, root="http://127.0.0.1:9/")


def test_a_slow_server_times_out(server, tmp_path):
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x")
                    gone.wait(0.05)
            except OSError:
                pass

        def log_message(self, *arguments):
            pass

    gone = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{running.server_port}/"
        with pytest.raises(DataError, match="too slow"):
            fetch(PUBLISHED[NAME], cache=tmp_path, root=root, timeout_s=0.3)
        gone.set()
        running.shutdown()
        thread.join()


def test_every_name_has_a_hash_a_network_and_a_preprocessing_that_fits():
    for name, published in PUBLISHED.items():
        assert name.startswith(f"{published.architecture}@")
        assert len(published.sha256) in (8, 10)
        assert int(published.sha256, 16) >= 0
        own = load(published.architecture).input.height == published.crop
        assert own == (name != "efficientnet_b2@torchvision")  # 260 in the paper, 288 there


def test_half_is_what_transform_input_does():
    """Normalised by ImageNet's figures, then by torchvision's formula inside the network."""
    pixels = torch.rand(3)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    inside = (pixels - mean) / std * (std / 0.5) + (mean - 0.5) / 0.5
    half = PUBLISHED["inception_v3@torchvision"].normalize
    torch.testing.assert_close((pixels - torch.tensor(half.mean)) / torch.tensor(half.std), inside)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(InputError, match=r"resnet50@torchvision"):
        weights.published("resnet50@torchvison")


def test_a_package_that_is_missing(monkeypatch, tmp_path):
    lost = PUBLISHED["efficientnet_lite0@imagenet"]._replace(package="not_installed_here")
    monkeypatch.setitem(weights_published.PUBLISHED, "efficientnet_lite0@imagenet", lost)
    with pytest.raises(InputError, match="not-installed-here") as caught:
        model_file("efficientnet_lite0@imagenet", cache=tmp_path)
    assert caught.value.fix == install_command("pretrained")


PHOTOS = {"chelsea": 282, "coffee": 967, "rocket": 657}


def test_real_photos_have_the_right_names(tmp_path):
    model = Model(model_file("efficientnet_lite0@imagenet", cache=tmp_path))
    chinese = imagenet_labels("zh")
    for name, expected in PHOTOS.items():
        answers = model.predict(getattr(photos, name)())[0].top
        assert answers[0].label == model.labels[expected], answers
    assert [model.labels[i] for i in PHOTOS.values()] == ["tiger cat", "espresso", "missile"]
    assert [chinese[i] for i in PHOTOS.values()] == ["虎纹猫", "意式浓缩咖啡", "导弹"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_labels(language):
    labels = imagenet_labels(language)
    assert len(labels) == len(set(labels)) == 1000
    assert all(label == label.strip() and label for label in labels)


def test_the_network_of_published_weights_has_the_size_of_their_crop():
    """EfficientNet-B2 is evaluated at 288 x 288 by torchvision, and at 260 x 260 by the paper."""
    sized = weights.sized_architecture(PUBLISHED["efficientnet_b2@torchvision"])
    assert str(sized.input) == "3x288x288"
