"""Build the course as a static site: pages, chapters, data of the figures, service worker.

python tools/site.py             build into build/site
python tools/site.py -o FOLDER   build into another folder
python tools/site.py --records   only write chapters and data into a site that has its pages

The folder is complete: any server of static files serves it, below any path. Documentation that
`make docs` built is copied to docs/. The pages need Node: see hatch_build.py.
"""

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "build" / "site"
DOCS = ROOT / "build" / "docs"
WORKER = ROOT / "web" / "src" / "pages" / "course" / "worker.js"
LANGUAGES = ("en", "zh")
DOCUMENTATION = '<meta name="documentation" content="docs/" />'
WEBGPU = "ort-wasm-simd-threaded.asyncify"  # loaded where a reader chooses WebGPU: 6.6 MB


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, default=SITE, help="folder of the site")
    parser.add_argument(
        "--records", action="store_true", help="write chapters and data only; keep the pages"
    )
    options = parser.parse_args(arguments)
    site = options.out.resolve()
    if not options.records:
        build_pages(site)
    write_records(site)
    copy_docs(site)
    write_worker(site)
    print(f"{site}: {describe(site)}")


def build_pages(site: Path) -> None:
    """Build the pages with Vite; the folder is emptied first."""
    sys.path.insert(0, str(ROOT))
    import hatch_build

    try:
        hatch_build.install()
        code = hatch_build.run(
            *("npx", "--no-install", "vite", "build", "--mode", "course"),
            *("--outDir", str(site), "--emptyOutDir", "--logLevel", "warn"),
        )
    except hatch_build.PageError as error:
        sys.exit(f"tools/site.py: {error}")
    if code != 0:
        sys.exit(f"tools/site.py: vite ended with {code}")


def write_records(site: Path) -> None:
    """Write lessons/LANGUAGE.json, lessons/LANGUAGE/CHAPTER.json and data/."""
    from convscope.lessons import load_chapter, load_course
    from convscope.lessons.data import names, read

    for language in LANGUAGES:
        folder = site / "lessons" / language
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        course = load_course(language)
        (site / "lessons" / f"{language}.json").write_text(course.model_dump_json(), "utf-8")
        for entry in course.chapters:
            chapter = load_chapter(entry.id, language)
            (folder / f"{entry.id}.json").write_text(chapter.model_dump_json(), "utf-8")
    shutil.rmtree(site / "data", ignore_errors=True)
    for name in names():
        file = site / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(read(name))


def copy_docs(site: Path) -> None:
    """Copy the documentation that `make docs` built, and name it to the front page."""
    index = site / "index.html"
    page = index.read_text("utf-8").replace(DOCUMENTATION, "")
    if DOCS.is_dir():
        shutil.rmtree(site / "docs", ignore_errors=True)
        shutil.copytree(DOCS, site / "docs")
        page = page.replace("</head>", f"{DOCUMENTATION}</head>", 1)
    index.write_text(page, "utf-8")


def write_worker(site: Path) -> None:
    """Write sw.js, which keeps all files but the documentation."""
    files = kept_files(site)
    digest = hashlib.sha256(WORKER.read_bytes())
    for name in files:
        digest.update(name.encode() + hashlib.sha256((site / name).read_bytes()).digest())
    head = f"const VERSION = {json.dumps(digest.hexdigest()[:16])};\n"
    head += f"const FILES = {json.dumps(files)};\n\n"
    (site / "sw.js").write_text(head + WORKER.read_text("utf-8"), "utf-8")


def kept_files(site: Path) -> list[str]:
    """Return the files that the service worker keeps, as paths in the site."""
    names = (path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    return sorted(
        name
        for name in names
        if name != "sw.js" and not name.startswith("docs/") and WEBGPU not in name
    )


def describe(site: Path) -> str:
    files = kept_files(site)
    size = sum((site / name).stat().st_size for name in files)
    chapters = len(list((site / "lessons" / "en").iterdir()))
    return f"{chapters} chapters in en and zh, {len(files)} files, {size / 1e6:.1f} MB"


if __name__ == "__main__":
    main(sys.argv[1:])
