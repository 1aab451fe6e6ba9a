/** What a unit is computed from, through the layers that are not shown, back to the image. */

import { explain, type Weights } from "$/explain";
import type { Step, Tensor } from "$/model/types";

/** A unit of a sheet, and its part of the unit that reads it. */
export interface Source {
  readonly path: string;
  readonly index: number;
  /** Signed: what it adds. */
  readonly amount: number;
}

/** A line between two units; `share`: its strength by that of the strongest beside it. */
export interface Link {
  readonly from: { readonly path: string; readonly index: number };
  readonly to: { readonly path: string; readonly index: number };
  readonly amount: number;
  readonly share: number;
}

export interface Network {
  readonly steps: ReadonlyMap<string, Step>;
  readonly hidden: ReadonlySet<string>;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly readWeights: (step: Step) => Weights;
}

/** Return the paths whose activations `sourcesOf` reads for a unit of a sheet. */
export function neededBy(
  path: string,
  steps: ReadonlyMap<string, Step>,
  hidden: ReadonlySet<string>,
): ReadonlySet<string> {
  const needed = new Set([path]);
  const visit = (at: string): void => {
    for (const input of steps.get(at)?.inputs ?? []) {
      needed.add(input);
      if (hidden.has(input)) visit(input);
    }
  };
  visit(path);
  return needed;
}

/** Return the units of other sheets that a unit reads; null while an activation is missing. */
export function sourcesOf(network: Network, path: string, index: number): Source[] | null {
  const step = network.steps.get(path);
  if (!step) return [];
  const inputs: Tensor[] = [];
  for (const input of step.inputs) {
    const tensor = network.tensors.get(input);
    if (!tensor) return null;
    inputs.push(tensor);
  }
  const { terms } = explain(step, index, inputs, network.readWeights(step));
  const sources: Source[] = [];
  for (const term of terms) {
    const input = step.inputs[term.input];
    if (input === undefined || term.index < 0) continue;
    if (!network.hidden.has(input)) {
      sources.push({ path: input, index: term.index, amount: term.product });
      continue;
    }
    const further = sourcesOf(network, input, term.index);
    if (!further) return null;
    const [only] = further;
    if (only && further.length === 1 && terms.length > 1) {
      sources.push({ ...only, amount: term.product }); // a layer that moves numbers
      continue;
    }
    // what is behind one value keeps its own amounts, as those of the sum before an activation
    const whole = further.reduce((sum, one) => sum + Math.abs(one.amount), 0);
    const scale = terms.length === 1 || whole === 0 ? 1 : Math.abs(term.product) / whole;
    sources.push(...further.map((one) => ({ ...one, amount: one.amount * scale })));
  }
  return sources;
}

const strongest = (sources: readonly Source[], most: number): Source[] =>
  [...sources]
    .filter((one) => one.amount !== 0)
    .sort((one, two) => Math.abs(two.amount) - Math.abs(one.amount))
    .slice(0, most);

/** Return the strongest lines into a unit; null while an activation is missing. */
export function linksInto(
  network: Network,
  path: string,
  index: number,
  most: number,
): Link[] | null {
  const sources = sourcesOf(network, path, index);
  if (!sources) return null;
  const kept = strongest(sources, most);
  const largest = Math.abs(kept[0]?.amount ?? 1);
  return kept.map(({ amount, ...from }) => ({
    from,
    to: { path, index },
    amount,
    share: Math.abs(amount) / largest,
  }));
}

const PER_UNIT = 5;
const PER_SHEET = 14;

/**
 * Return the strongest ways from the image to a unit; null while an activation is missing.
 *
 * Of each unit the strongest sources are followed, of each sheet the units with the largest share.
 */
export function linksBack(network: Network, path: string, index: number): Link[] | null {
  const order = ["", ...network.steps.keys()];
  const shares = new Map([[path, new Map([[index, 1]])]]);
  const links: Link[] = [];
  for (let at = order.indexOf(path); at > 0; at--) {
    const sheet = order[at] ?? "";
    const units = [...(shares.get(sheet) ?? [])].sort((one, two) => two[1] - one[1]);
    for (const [unit, share] of units.slice(0, PER_SHEET)) {
      const sources = sourcesOf(network, sheet, unit);
      if (!sources) return null;
      const kept = strongest(sources, PER_UNIT);
      const whole = kept.reduce((sum, one) => sum + Math.abs(one.amount), 0) || 1;
      for (const { amount, ...from } of kept) {
        const part = (share * Math.abs(amount)) / whole;
        links.push({ from, to: { path: sheet, index: unit }, amount, share: part });
        const before = shares.get(from.path) ?? new Map<number, number>();
        before.set(from.index, (before.get(from.index) ?? 0) + part);
        shares.set(from.path, before);
      }
    }
  }
  // shares get smaller with every layer: each layer has its own strongest line
  const largest = new Map<string, number>();
  for (const { to, share } of links)
    largest.set(to.path, Math.max(share, largest.get(to.path) ?? 1e-12));
  return links.map((link) => ({ ...link, share: link.share / (largest.get(link.to.path) ?? 1) }));
}
