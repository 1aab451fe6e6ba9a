/** Undo and redo of values that never change in place. */

export interface History<T> {
  readonly past: readonly T[];
  readonly now: T;
  readonly future: readonly T[];
}

const MOST = 200;

export function begun<T>(now: T): History<T> {
  return { past: [], now, future: [] };
}

/** Return the history with a new value; `joins` puts it in place of the last one: typing. */
export function after<T>(history: History<T>, now: T, joins = false): History<T> {
  if (joins && history.past.length > 0) return { past: history.past, now, future: [] };
  return { past: [...history.past, history.now].slice(-MOST), now, future: [] };
}

export function undone<T>(history: History<T>): History<T> {
  const now = history.past.at(-1);
  if (history.past.length === 0 || now === undefined) return history;
  return { past: history.past.slice(0, -1), now, future: [history.now, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [now, ...future] = history.future;
  if (now === undefined) return history;
  return { past: [...history.past, history.now], now, future };
}
