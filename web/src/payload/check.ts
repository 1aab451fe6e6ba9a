/** What does not agree within a payload: the rules of `convscope.payload`, in words of the page. */

import { text } from "$/lang/index.svelte";
import { dense, type Values } from "$/payload/arrays";
import type { Curves, Heatmap, ImageGrid, Item, Payload, Scale, Table } from "$/payload/types";
import type { Scatter } from "$/payload/types";

type Fault = string | null;

/** Return what is wrong with a field of an array whose axes differ; "*" is any length. */
function shape(field: string, values: Values, expected: readonly (number | string)[]): Fault {
  const { shape: actual } = dense(values);
  const fits =
    actual.length === expected.length &&
    actual.every((side, i) => typeof expected[i] === "string" || expected[i] === side);
  if (fits) return null;
  const [now, wanted] = [actual.join(" × "), expected.join(" × ")];
  return text("payload.fault.shape", { field, shape: now, expected: wanted });
}

function count(field: string, num: number, expected: number): Fault {
  return num === expected ? null : text("payload.fault.count", { field, num, expected });
}

function scale(each: Scale): Fault {
  return each.low < each.high
    ? null
    : text("payload.fault.scale", { low: each.low, high: each.high });
}

const first = (...faults: (() => Fault)[]): Fault => {
  for (const fault of faults) {
    const words = fault();
    if (words !== null) return words;
  }
  return null;
};

function heatmap(each: Heatmap): Fault {
  const [rows = 0, columns = 0] = dense(each.values).shape;
  const named = (each.rows?.length ?? 0) + (each.columns?.length ?? 0) > 0;
  return first(
    () => scale(each.scale),
    () => shape("values", each.values, ["H", "W"]),
    () => (each.underlay ? shape("underlay", each.underlay, ["H", "W", 3]) : null),
    () => (named ? count("rows", each.rows?.length ?? 0, rows) : null),
    () => (named ? count("columns", each.columns?.length ?? 0, columns) : null),
    () => (each.numbers ? shape("numbers", each.numbers, [rows, columns]) : null),
  );
}

function imageGrid(each: ImageGrid): Fault {
  const [num = 0] = dense(each.tiles).shape;
  const axes = each.scale.colours === "rgb" ? ["N", "H", "W", 3] : ["N", "H", "W"];
  return first(
    () => scale(each.scale),
    () => shape("tiles", each.tiles, axes),
    () => (each.labels?.length ? count("labels", each.labels.length, num) : null),
    () => (each.units?.length ? count("units", each.units.length, num) : null),
    () => (each.picture ? shape("picture", each.picture, ["H", "W", 3]) : null),
  );
}

function curves(each: Curves): Fault {
  for (const { name, x, y } of each.series) {
    const fault = count(name, y.length, x.length);
    if (fault) return fault;
    const below =
      (each.x_scale === "log" && x.some((value, i) => y[i] !== null && value <= 0)) ||
      (each.y_scale === "log" && y.some((value) => value !== null && value <= 0));
    if (below) return text("payload.fault.log", { field: name });
  }
  return null;
}

function table(each: Table): Fault {
  const row = each.rows.find((cells) => cells.length !== each.columns.length);
  return row ? count(`rows[${each.rows.indexOf(row)}]`, row.length, each.columns.length) : null;
}

function scatter(each: Scatter): Fault {
  const num = each.groups.length;
  const most = each.groups.reduce((high, group) => Math.max(high, group), 0);
  return first(
    () => shape("points", each.points, [num, 2]),
    () => (most < each.names.length ? null : count("names", each.names.length, most + 1)),
    () =>
      each.thumbnails
        ? shape("thumbnails", each.thumbnails, [each.pictured?.length ?? 0, "H", "W", 3])
        : null,
  );
}

type Rules = { [K in Payload["kind"]]: (payload: Extract<Payload, { kind: K }>) => Fault };
const RULES: Rules = {
  heatmap,
  image_grid: imageGrid,
  curves,
  table,
  scatter,
  sheet: (each) => (each.items.length > 0 ? null : text("payload.empty")),
};

/** Return why a payload cannot be drawn, or null. */
export function faultOf(payload: Payload): Fault {
  const kind: string | undefined = (payload as Item | undefined)?.kind;
  const rule = kind === undefined ? undefined : RULES[kind as Payload["kind"]];
  if (!rule) {
    const kinds = Object.keys(RULES).join(", ");
    return text("payload.unknown", { kind: String(kind), kinds });
  }
  try {
    return (rule as (payload: Payload) => Fault)(payload);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
