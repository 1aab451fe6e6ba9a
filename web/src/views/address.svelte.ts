/** State of the page in the hash of its address, as #layer=conv1&map=3: links share it. */

type Values = Readonly<Record<string, string>>;

const WRITE_AFTER_MS = 150; // browsers limit how often an address changes

/** Return the values of a hash. */
export function parsed(hash: string): Values {
  return Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
}

/** Return a hash without the values that are empty. */
export function written(values: Values): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== "");
  // "," and "/" stay readable; both are allowed in a fragment
  const text = new URLSearchParams(pairs).toString();
  return text.replaceAll("%2C", ",").replaceAll("%2F", "/");
}

/** Return the href of a link that shows other values; all that are not named are gone. */
export function link(values: Values): string {
  return `#${written(values)}`;
}

class Address {
  #values = $state.raw<Values>({});
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Read the hash now and whenever a link changes it; returns the function that ends this. */
  follow(): () => void {
    const read = (): void => {
      this.#values = parsed(location.hash);
    };
    read();
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }

  get(key: string): string {
    return this.#values[key] ?? "";
  }

  /** All values. */
  get all(): Values {
    return this.#values;
  }

  /** Change some of the values; an empty one is removed. */
  set(changes: Values): void {
    const same = Object.entries(changes).every(([key, value]) => this.get(key) === value);
    if (same) return;
    this.#values = { ...this.#values, ...changes };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), WRITE_AFTER_MS);
  }

  /** Go to other values, as a link does: a new entry of the history, without the values before. */
  open(values: Values): void {
    clearTimeout(this.#timer);
    this.#write(); // "back" returns to the state that was left
    this.#values = values;
    this.#change((hash) => history.pushState(null, "", hash));
  }

  #write(): void {
    this.#change((hash) => history.replaceState(history.state, "", hash));
  }

  #change(how: (hash: string) => void): void {
    const hash = written(this.#values);
    try {
      how(hash ? `#${hash}` : location.pathname);
    } catch {
      // a page that was opened as a file may not change its address: the state is kept without
    }
  }
}

export const address = new Address();
