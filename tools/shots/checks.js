// Problems of the page that is open, as JSON: sideways scrolling, clipped text, weak contrast.
(() => {
  const found = new Set();
  const root = document.documentElement;
  const name = (el) => {
    const text = (el.textContent || "").trim().replace(/\s+/g, " ").slice(0, 50);
    const cls = typeof el.className === "string" && el.className ? "." + el.className : "";
    return `${el.tagName.toLowerCase()}${cls} "${text}"`;
  };

  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter(
      (el) => el.getBoundingClientRect().right > root.clientWidth + 1 && !scrolls(el)
    );
    const worst = wide.at(-1);
    found.add(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}` + (worst ? `, ${name(worst)}` : ""));
  }

  function scrolls(el) {
    for (let up = el.parentElement; up; up = up.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
    return false;
  }

  // colours as the browser paints them, whatever CSS function they were written with
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (css) => {
    if (!known.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(css, [r, g, b, a / 255]);
    }
    return known.get(css);
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (c) => {
    const [r, g, b] = c.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const both = [getComputedStyle(root).colorScheme, document.querySelector("meta[name=color-scheme]")?.content];
  const canvas = both.join().includes("dark") && dark ? [18, 18, 18, 1] : [255, 255, 255, 1];

  // the colour behind an element of the page; null where a picture is
  function behind(el) {
    const layers = [];
    for (let up = el; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.backgroundImage !== "none") return null;
      const colour = rgba(style.backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), canvas);
  }

  // the colour behind a text of a drawing: the shapes under its middle
  function behindDrawn(text, box) {
    const under = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const layers = [];
    for (const el of under) {
      if (el.tagName === "image" || el.tagName === "IMG") return null;
      if (!["rect", "circle", "polygon", "path"].includes(el.tagName)) {
        if (!(el instanceof SVGElement)) {
          const page = behind(el);
          return page && layers.reverse().reduce((below, top) => over(top, below), page);
        }
        continue;
      }
      const style = getComputedStyle(el);
      if (style.fill === "none" || !shown(el)) continue;
      const [r, g, b, a] = rgba(style.fill);
      layers.push([r, g, b, a * Number(style.fillOpacity)]);
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), canvas);
  }

  function shown(el) {
    if (!el.checkVisibility()) return false; // also what is folded in <details>
    for (let up = el; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.visibility === "hidden" || style.display === "none" || Number(style.opacity) < 0.05) return false;
    }
    return true;
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const el = walker.currentNode.parentElement;
    if (!/[\p{L}\p{N}]/u.test(walker.currentNode.data) || seen.has(el) || el.closest("title, desc, style, script")) continue;
    seen.add(el);
    const box = el.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || !shown(el)) continue;
    const style = getComputedStyle(el);
    const drawn = el instanceof SVGElement;
    if (!drawn && ["hidden", "clip"].includes(style.overflowX) && el.scrollWidth > el.clientWidth + 1 && !el.title)
      found.add(`clipped: ${name(el)}`);
    if (el.matches(":disabled")) continue;
    const ground = drawn ? behindDrawn(el, box) : behind(el);
    if (!ground) continue;
    const ink = over(rgba(drawn ? style.fill : style.color), ground);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
    const ratio = contrast(ink, ground);
    if (ratio < (large ? 3 : 4.5) - 0.01) found.add(`contrast ${ratio.toFixed(1)}: ${name(el)}`);
  }
  return JSON.stringify([...found].slice(0, 40));
})()
