/** Drawings of payloads compared with Python's. `e2e/test_drawing_contract.py` writes the cases. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { render } from "svelte/server";
import { describe, expect, it } from "vitest";
import { dense } from "$/payload/arrays";
import { axisAround, axisNear, axisOf, numberText, share, tickLabels } from "$/payload/axes";
import type { Axis } from "$/payload/axes";
import { cellText } from "$/payload/cells";
import { fixed, general, grouped } from "$/payload/format";
import { paint } from "$/payload/paint";
import Payload from "$/payload/Payload.svelte";
import { apart } from "$/payload/plot";
import { overlaid, overlaidStrip } from "$/payload/resample";
import { oneLine, textWidth, wrapped } from "$/payload/text";
import type { Heatmap, ImageGrid, Payload as AnyPayload } from "$/payload/types";
import { GROUPS, NUM_SERIES } from "$/theme/scales";

const folder = process.env["DRAWING_CASES"] ?? "";

function read<Case>(name: string): Case[] {
  return folder ? (JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Case[]) : [];
}

const rgb = (rgba: Uint8ClampedArray): number[] => [...rgba].filter((_, i) => i % 4 !== 3);

describe.skipIf(!folder)("numbers", () => {
  it("have the formats of Python", () => {
    for (const each of read<{
      value: number;
      fixed: string[];
      general: string[];
      grouped: string;
      text: string;
      percent: string;
    }>("formats")) {
      const { value } = each;
      expect(each.fixed.map((_, decimals) => fixed(value, decimals))).toEqual(each.fixed);
      expect(each.general.map((_, i) => general(value, i + 1))).toEqual(each.general);
      expect(grouped(fixed(value, 0))).toBe(each.grouped);
      expect([numberText(value), numberText(value, true)]).toEqual([each.text, each.percent]);
    }
  });

  it("are written in cells as Python writes them", () => {
    type Case = { cell: number | string | null; whole: boolean; text: string };
    for (const { cell, whole, text } of read<Case>("cells")) {
      expect(cellText(cell, whole ? "whole" : "decimal")).toBe(text);
    }
  });

  it("have the widths and lines of the bundled font", () => {
    type Case = { text: string; width: number; bold?: number; lines?: string[] };
    for (const { text, width, bold, lines } of read<Case>("texts")) {
      expect(textWidth(text, 12)).toBeCloseTo(width, 1);
      if (bold !== undefined) expect(textWidth(text, 12, true)).toBeCloseTo(bold, 1);
      if (lines) expect(wrapped(text, 110, 12)).toEqual(lines);
    }
  });
});

describe.skipIf(!folder)("axes", () => {
  const KINDS: Readonly<Record<string, (values: number[]) => Axis>> = {
    around: (values) => axisAround(values),
    around4: (values) => axisAround(values, { numTicks: 4 }),
    near: axisNear,
    horizontal: (values) => axisOf(values, false),
    log: (values) => axisAround(values, { log: true }),
  };

  it("have the ends, ticks and labels of Python", () => {
    for (const each of read<
      Axis & {
        values: number[];
        kind: string;
        labels: string[];
        percents: string[];
        at: number;
        share: number;
      }
    >("axes")) {
      const axis = KINDS[each.kind]?.(each.values);
      if (!axis) throw new Error(`no axis ${each.kind}`);
      const { low, high, ticks, log } = each;
      expect(axis, `${each.kind} of ${each.values}`).toEqual({ low, high, ticks, log });
      expect(tickLabels(axis)).toEqual(each.labels);
      expect(tickLabels(axis, true)).toEqual(each.percents);
      expect(share(axis, each.at)).toBeCloseTo(each.share, 12);
    }
  });

  it("keep names apart as Python does", () => {
    for (const each of read<{ heights: number[]; apart: number[] }>("places")) {
      const moved = apart(each.heights, 12, 100, 5);
      moved.forEach((height, i) => expect(height).toBeCloseTo(each.apart[i] ?? NaN, 9));
    }
  });
});

describe.skipIf(!folder)("colours", () => {
  it("are the bytes of Scale.paint", () => {
    type Case = { payload: ImageGrid; plain: number[]; divided: number[] };
    for (const { payload, plain, divided } of read<Case>("colours")) {
      const { data } = dense(payload.tiles);
      expect(rgb(paint(data, payload.scale))).toEqual(plain);
      const unit = payload.units?.[0] ?? 1;
      expect(rgb(paint(data, payload.scale, { unit }))).toEqual(divided);
    }
  });

  it("of maps over pictures differ by one level at most", () => {
    type Case = { payload: Heatmap; pixels: number[]; strip: number[] };
    for (const { payload, pixels, strip } of read<Case>("overlays")) {
      const under = payload.underlay ? dense(payload.underlay) : null;
      if (!under) throw new Error("no picture");
      const whole = [
        [rgb(overlaid(dense(payload.values), under, payload.scale)), pixels],
        [rgb(overlaidStrip(payload.scale)), strip],
      ] as const;
      for (const [ours, theirs] of whole) {
        expect(ours.length).toBe(theirs.length);
        const most = ours.reduce((m, v, i) => Math.max(m, Math.abs(v - (theirs[i] ?? NaN))), 0);
        expect(most).toBeLessThanOrEqual(1);
      }
    }
  });

  it("of groups are those of the palette", () => {
    for (const { number, colour } of read<{ number: number; colour: string }>("groups")) {
      expect(GROUPS.split(" ")[number - NUM_SERIES]).toBe(colour);
    }
  });
});

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&#39;": "'",
};

/** Return the texts between the tags of a page. */
function textsOf(html: string): string[] {
  return html
    .replace(/<!--.*?-->/gs, "")
    .split(/<[^>]*>/)
    .map((text) => oneLine(text.replace(/&(lt|gt|amp|quot|#39);/g, (name) => ENTITIES[name] ?? "")))
    .filter(Boolean);
}

interface Row {
  readonly name: string;
  readonly payload: AnyPayload;
  readonly title: string;
  readonly caption: string;
  readonly texts: readonly string[];
  /** Whether its texts are longer than there is room. */
  readonly long: boolean;
}

describe.skipIf(!folder)("payloads", () => {
  it.each(read<Row>("payloads").map((row) => [row.name, row] as const))(
    "%s has the texts of Python's drawing",
    (_, { payload, title, caption, texts, long }) => {
      const { body } = render(Payload, { props: { payload } });
      expect(body).not.toMatch(/role="alert"/);
      expect(body.toLowerCase()).not.toMatch(/<script|<img/);
      const ours = new Set(textsOf(body));
      for (const whole of [title, caption].filter(Boolean)) expect(ours).toContain(whole);
      const all = [...ours].join("\n");
      const isShown = (text: string): boolean =>
        ours.has(text) ||
        // JSON does not tell whole numbers from others: 5.0000 is 5
        (/^-?\d+\.0000$/.test(text) && ours.has(grouped(text.replace(".0000", "")))) ||
        // a long text is broken and cut elsewhere
        (long && all.includes(text.replace(/…$/, "").trimEnd()));
      expect(texts.filter((text) => text !== "↓" && !isShown(text))).toEqual([]);
    },
  );
});
