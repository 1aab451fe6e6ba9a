/** Tasks one after another; a newer one of a lane replaces an older one that still waits. */

interface Task {
  readonly lane: string;
  start(): Promise<void>;
  replace(): void;
}

export interface Queue {
  /** Runs a task in its turn; resolves to null if a newer one of its lane came before. */
  add<T>(lane: string, task: () => Promise<T>): Promise<T | null>;
}

export function createQueue(): Queue {
  const waiting: Task[] = [];
  let busy = false;

  async function work(): Promise<void> {
    busy = true;
    for (let task = waiting.shift(); task; task = waiting.shift()) await task.start();
    busy = false;
  }

  return {
    add: (lane, task) =>
      new Promise((resolve, reject) => {
        const place = waiting.findIndex((each) => each.lane === lane);
        if (place >= 0) waiting.splice(place, 1)[0]?.replace();
        waiting.push({
          lane,
          start: () => task().then(resolve, reject),
          replace: () => resolve(null),
        });
        if (!busy) void work();
      }),
  };
}
