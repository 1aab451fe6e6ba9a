/** Short messages that go away by themselves; failures stay until they are dismissed. */

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isFailure: boolean;
  /** Where a click leads: an address in the page. */
  readonly href: string | undefined;
}

const SHOWN_MS = 6_000;
const MOST = 4;

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 0;

  add(text: string, options: { isFailure?: boolean; href?: string } = {}): void {
    const toast = {
      id: this.#next++,
      text,
      isFailure: options.isFailure ?? false,
      href: options.href,
    };
    this.list = [...this.list, toast].slice(-MOST);
    if (!toast.isFailure) setTimeout(() => this.remove(toast.id), SHOWN_MS);
  }

  remove(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
