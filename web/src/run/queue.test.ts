import { expect, test } from "vitest";
import { createQueue } from "$/run/queue";

function deferred() {
  let finish = (): void => {};
  const done = new Promise<void>((resolve) => (finish = resolve));
  return { done, finish };
}

test("a newer task of a lane replaces one that waits, not one that runs", async () => {
  const queue = createQueue();
  const { done, finish } = deferred();
  const ran: string[] = [];
  const task = (name: string) => async () => {
    ran.push(name);
    await done;
    return name;
  };
  const all = ["a1", "a2", "b1", "a3"].map((name) => queue.add(name.slice(0, 1), task(name)));
  finish();
  expect(await Promise.all(all)).toEqual(["a1", null, "b1", "a3"]);
  expect(ran).toEqual(["a1", "b1", "a3"]);
});

test("a task that fails does not stop those after it", async () => {
  const queue = createQueue();
  const failed = queue.add("a", () => Promise.reject(new Error("no")));
  const next = queue.add("b", () => Promise.resolve(1));
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe(1);
});
