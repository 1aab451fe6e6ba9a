/** Agreement of two networks about one picture, in figures. */

interface Judged {
  readonly labels: readonly string[];
  readonly probabilities: Float32Array;
}

export type Agreement =
  | { readonly kind: "other"; readonly one: Best; readonly two: Best }
  | {
      readonly kind: "agree" | "differ";
      readonly one: Best;
      readonly two: Best;
      /** The class whose probabilities differ most. */
      readonly most: { readonly label: string; readonly one: number; readonly two: number };
    };

export interface Best {
  readonly label: string;
  readonly share: number;
}

function bestOf({ labels, probabilities }: Judged): Best {
  const at = probabilities.indexOf(Math.max(...probabilities));
  return { label: labels[at] ?? String(at), share: probabilities[at] ?? 0 };
}

/** Compare two answers; networks with other classes can only be shown beside each other. */
export function agreementOf(first: Judged, second: Judged): Agreement {
  const [one, two] = [bestOf(first), bestOf(second)];
  const places = second.labels.map((label) => first.labels.indexOf(label));
  if (second.labels.length !== first.labels.length || places.includes(-1))
    return { kind: "other", one, two };
  let most = { label: one.label, one: one.share, two: one.share };
  let gap = -1;
  places.forEach((place, k) => {
    const pair = [first.probabilities[place] ?? 0, second.probabilities[k] ?? 0] as const;
    if (Math.abs(pair[0] - pair[1]) <= gap) return;
    gap = Math.abs(pair[0] - pair[1]);
    most = { label: second.labels[k] ?? "", one: pair[0], two: pair[1] };
  });
  return { kind: one.label === two.label ? "agree" : "differ", one, two, most };
}
