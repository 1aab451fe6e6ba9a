/**
 * Softmax, likelihood and their gradient, as `convscope.labs.softmax`.
 *
 *     p[k] = exp(s[k]) / sum over j of exp(s[j]),  L = -log p[y],  dL/ds[k] = p[k] - (k is y)
 */

export interface SoftmaxState {
  readonly scores: readonly number[];
  /** exp(s - max(s)), which softmax divides by their sum. */
  readonly exponentials: readonly number[];
  readonly probabilities: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
}

export function softmaxState(scores: readonly number[], label: number): SoftmaxState {
  const largest = Math.max(...scores); // exp of large scores would overflow; softmax is the same
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  const probabilities = exponentials.map((value) => value / total);
  const loss = Math.log(total) - ((scores[label] ?? 0) - largest);
  const gradient = probabilities.map((p, k) => p - (k === label ? 1 : 0));
  return { scores, exponentials, probabilities, loss, gradient };
}

/** Return the state before and after each step s <- s - lr dL/ds: steps + 1 states. */
export function softmaxStates(
  scores: readonly number[],
  label: number,
  lr: number,
  steps: number,
): readonly SoftmaxState[] {
  const states = [softmaxState(scores, label)];
  for (let step = 0; step < steps; step++) {
    const last = states[step];
    if (!last) break;
    const moved = last.scores.map((score, k) => score - lr * (last.gradient[k] ?? 0));
    states.push(softmaxState(moved, label));
  }
  return states;
}
