/** Data of a diagram: `convscope.render.diagram.diagram_data`, without coordinates. */

import type { Role } from "$/model/types";

/** A layer with the normalisations, activations and dropouts that follow it. */
export interface LayerItem {
  readonly type: "layer";
  readonly role: Role;
  readonly label: string;
  readonly shape: readonly number[];
  /** Labels of the layers that follow. */
  readonly follow: readonly string[];
  /** Equal items in a row that this one stands for. */
  readonly times: number;
  /** Height and width of the input that one unit reads; null for the whole input. */
  readonly window: readonly [number, number] | null;
  readonly groups: number;
  /** Paths of all layers that it stands for, copy by copy. */
  readonly layers: readonly string[];
}

/** Branches whose outputs are joined along the channels. */
export interface ConcatItem {
  readonly type: "concat";
  readonly branches: readonly (readonly Item[])[];
  readonly shape: readonly number[];
  readonly follow: readonly string[];
  readonly times: number;
  readonly name: string;
  /** Paths of every block that this item stands for. */
  readonly paths: readonly string[];
  readonly layers: readonly string[];
}

/** A body and a second branch that is added to it or multiplies it. */
export interface MergeItem {
  readonly type: "merge";
  readonly body: readonly Item[];
  readonly branch: readonly Item[];
  readonly operation: "add" | "multiply";
  readonly shape: readonly number[];
  readonly follow: readonly string[];
  readonly times: number;
  readonly name: string;
  readonly paths: readonly string[];
  readonly layers: readonly string[];
}

/** An auxiliary head; `weight` is the factor of its loss. */
export interface HeadItem {
  readonly type: "head";
  readonly head: readonly Item[];
  readonly weight: number;
}

/** A named part of the main path; `blocks`: 0 where other layers stand between its blocks. */
export interface StageItem {
  readonly type: "stage";
  readonly name: string;
  readonly blocks: number;
  readonly items: readonly Item[];
}

export type FlatItem = LayerItem | ConcatItem | MergeItem | HeadItem;
export type Item = FlatItem | StageItem;

export interface DiagramData {
  readonly name: string;
  readonly input: readonly number[];
  readonly num_classes: number;
  readonly items: readonly Item[];
}

/** What a layer computes, where the page knows it. */
export interface Facts {
  readonly parameters?: number;
  readonly macs?: number;
}
