"""Digits of MNIST drawn as people draw and photograph them. Pillow and NumPy only."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def ink(digit_HW, size, *, grow=0):
    """Return the strokes of a 28 x 28 digit at size x size, 0 to 1; `grow` in 28ths."""
    large = Image.fromarray(digit_HW).resize((size, size), Image.Resampling.BICUBIC)
    strokes = large.point(lambda value: 255 if value > 110 else 0)
    width = round(abs(grow) * size / 28) * 2 + 1
    if grow > 0:
        strokes = strokes.filter(ImageFilter.MaxFilter(width))
    if grow < 0:
        strokes = strokes.filter(ImageFilter.MinFilter(width))
    return np.asarray(strokes.filter(ImageFilter.GaussianBlur(size / 300)), float) / 255


def on_page(strokes, page_HW, at):
    """Put strokes onto an empty plane, 0 to 1."""
    plane = np.zeros(page_HW)
    top, left = at
    plane[top : top + len(strokes), left : left + strokes.shape[1]] = strokes
    return plane


def drawn(plane, paper, colour):
    """Mix ink of a colour onto paper (H, W, 3), 0 to 255."""
    return paper * (1 - plane[..., None]) + np.array(colour, float) * plane[..., None]


def paper(size_HW, colour, *, shadow=0.0, noise=0.0, random=None):
    """Return paper in uneven light: a slope, and a soft shadow over one side."""
    height, width = size_HW
    rows, columns = np.mgrid[0:height, 0:width]
    light = 1 - 0.25 * columns / width - 0.1 * rows / height
    edge = 1 / (1 + np.exp(-(columns - 0.55 * width + 0.3 * rows) / (0.02 * width)))
    light = light * (1 - shadow * edge)
    page = np.array(colour, float) * light[..., None]
    return page if random is None else page + random.normal(0, noise, page.shape)


def picture(page):
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def jpeg(page, quality=70):
    stream = io.BytesIO()
    Image.fromarray(picture(page)).save(stream, format="JPEG", quality=quality)
    return stream.getvalue()


def transparent(digit, random):
    """(a) Black ink on a transparent canvas."""
    plane = on_page(ink(digit, 260), (320, 300), (random.integers(60), random.integers(40)))
    return np.dstack([np.zeros((*plane.shape, 3)), 255 * plane]).round().astype(np.uint8)


def photo(digit, random):
    """(b) Grey paper with a shadow and noise."""
    page = paper((480, 640), (190, 188, 182), shadow=0.45, noise=4, random=random)
    plane = on_page(
        ink(digit, 300), (480, 640), (40 + random.integers(100), 60 + random.integers(220))
    )
    return picture(drawn(plane, page, (40, 40, 45)))


def corner(digit, random):
    """(c) 40 % of the side, in a corner, black on white."""
    size, small = 280, 112
    at = [(0, 0), (0, size - small), (size - small, 0), (size - small, size - small)]
    plane = on_page(ink(digit, small), (size, size), at[random.integers(4)])
    return picture(drawn(plane, np.full((size, size, 3), 255.0), (0, 0, 0)))


def marker(digit, random):
    """(d) A thick marker."""
    plane = on_page(
        ink(digit, 280, grow=1.1), (360, 360), (30 + random.integers(20), 30 + random.integers(20))
    )
    return picture(drawn(plane, np.full((360, 360, 3), 250.0), (10, 10, 10)))


def blue(digit, random):
    page = paper((500, 400), (240, 240, 235), shadow=0.2, noise=3, random=random)
    plane = on_page(ink(digit, 240), (500, 400), (100, 80))
    return picture(drawn(plane, page, (40, 70, 190)))


def pencil(digit, random):
    page = paper((500, 400), (245, 235, 205), shadow=0.2, noise=3, random=random)
    plane = on_page(ink(digit, 240, grow=-0.4), (500, 400), (100, 80))
    return picture(drawn(plane * 0.45, page, (80, 80, 85)))


def squared(digit, random):
    """Squared paper, turned by 2 degrees."""
    page = paper((600, 600), (248, 248, 245), noise=2, random=random)
    lines = Image.new("L", (800, 800))
    draw = ImageDraw.Draw(lines)
    for at in range(0, 800, 40):
        draw.line([(at, 0), (at, 800)], fill=255, width=2)
        draw.line([(0, at), (800, at)], fill=255, width=2)
    grid = np.asarray(lines.rotate(2, Image.Resampling.BICUBIC), float)[100:700, 100:700] / 255
    page = drawn(grid * 0.5, page, (120, 150, 210))
    plane = on_page(ink(digit, 260), (600, 600), (150, 170))
    return picture(drawn(plane, page, (35, 40, 90)))


def phone(digit, random):
    """3000 x 4000, noise, JPEG, bytes."""
    page = paper((4000, 3000), (205, 200, 190), shadow=0.35)
    page += random.normal(0, 8, (4000, 3000, 1)).astype(np.float32)
    plane = on_page(ink(digit, 900), (4000, 3000), (1500, 900))
    return jpeg(drawn(plane, page, (50, 50, 60)))


def coloured(digit, random):
    page = paper((400, 400), (90, 180, 120), noise=3, random=random)
    return picture(drawn(on_page(ink(digit, 240), (400, 400), (90, 60)), page, (30, 20, 60)))


def chalk(digit, random):
    page = paper((400, 600), (45, 60, 50), noise=5, random=random)
    plane = on_page(ink(digit, 260), (400, 600), (70, 200))
    grain = 0.75 + 0.25 * random.random(plane.shape)
    return picture(drawn(plane * grain, page, (225, 225, 215)))


def thin(digit, random):
    page = paper((800, 600), (240, 240, 240), noise=2, random=random)
    plane = on_page(ink(digit, 420, grow=-0.85), (800, 600), (150, 80))
    return picture(drawn(plane, page, (40, 40, 40)))


def rotated(digit, random):
    turned = Image.fromarray(np.pad(digit, 4)).rotate(random.uniform(-12, 12), Image.BICUBIC)
    plane = on_page(ink(np.asarray(turned), 300), (400, 400), (40, 50))
    return picture(drawn(plane, np.full((400, 400, 3), 245.0), (20, 20, 20)))


def table(digit, random):
    """The edge of a dark table in the corner."""
    page = paper((480, 640), (225, 222, 215), shadow=0.2, noise=3, random=random)
    rows, columns = np.mgrid[0:480, 0:640]
    page[columns + 0.8 * rows < 150] = (80, 50, 30)
    plane = on_page(ink(digit, 260), (480, 640), (140, 280))
    return picture(drawn(plane, page, (30, 30, 35)))


def lined(digit, random):
    """Lined paper with a margin, whose end is in the image."""
    page = paper((400, 600), (250, 249, 240), noise=3, random=random)
    page[25:-10:37, 6:-9] = page[26:-10:37, 6:-9] = (120, 150, 210)
    page[:, 75:77] = (220, 90, 90)
    plane = on_page(ink(digit, 150), (400, 600), (90 + random.integers(80), 150))
    return picture(drawn(plane, page, (20, 20, 25)))


def sheet(digit, random):
    """A whole sheet of paper on a dark table."""
    page = paper((400, 500), (70, 50, 35), noise=4, random=random)
    page[40:340, 60:360] = paper((300, 300), (235, 233, 228), noise=3, random=random)
    plane = on_page(ink(digit, 170), (400, 500), (100, 90 + random.integers(60)))
    return picture(drawn(plane, page, (30, 30, 60)))


REQUIRED = (transparent, photo, corner, marker)
FURTHER = (
    blue,
    pencil,
    squared,
    phone,
    coloured,
    chalk,
    thin,
    rotated,
    table,
    lined,
    sheet,
)
