/** The line that embeds a figure in another page. */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

export interface Embedded {
  /** Absolute address of the page that shows the figure. */
  readonly address: string;
  readonly title: string;
  /** In pixels. */
  readonly height: number;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => ESCAPES[letter] ?? letter);

/** Return an iframe as HTML, in one line. */
export function iframe({ address, title, height }: Embedded): string {
  const size = `width="100%" height="${Math.round(height)}"`;
  const rest = 'style="border:0" loading="lazy" allow="fullscreen"';
  return `<iframe src="${escaped(address)}" title="${escaped(title)}" ${size} ${rest}></iframe>`;
}
