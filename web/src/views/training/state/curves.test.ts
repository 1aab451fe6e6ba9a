import { describe, expect, test } from "vitest";
import type { RunEvent } from "../records";
import { RunCurves } from "./curves";

const started: RunEvent = {
  ...{ type: "Started", architecture: "lenet5", data: "mnist", parameters: 61706, epochs: 3 },
  ...{ steps_per_epoch: 100, batch_size: 50, training_samples: 5000, validation_samples: 500 },
};
const step = (at: number, loss = 1 / at): RunEvent => ({
  ...{ type: "Step", step: at, epoch: Math.ceil(at / 100), lr: 0.1, loss, accuracy: 1 - loss },
});
const epoch = (at: number, accuracy: number): RunEvent => ({
  ...{ type: "Epoch", step: at, epoch: at / 100, validation_accuracy: accuracy },
  ...{ validation_loss: 1 - accuracy, best: true },
});
const values = (curves: RunCurves, quantity: "loss" | "validationAccuracy", axis = "steps") => {
  const points = curves.points(quantity, axis as "steps");
  return Array.from({ length: points.length }, (_, i) => [points.x(i), points.y(i)]);
};

describe("curves of a run", () => {
  test("steps, images and seconds are three axes of the same points", () => {
    const curves = new RunCurves();
    const events = [started, step(20, 2), step(40, 1), epoch(100, 0.9)];
    expect(curves.take({ from: 0, to: 900, events, seconds: [2, 3] })).toBe(true);
    expect(values(curves, "loss")).toEqual([
      [20, 2],
      [40, 1],
    ]);
    expect(values(curves, "loss", "images")).toEqual([
      [1000, 2],
      [2000, 1],
    ]);
    expect(values(curves, "loss", "seconds")).toEqual([
      [2, 2],
      [3, 1],
    ]);
    expect(values(curves, "validationAccuracy", "images")).toEqual([[5000, 0.9]]);
    expect([curves.step, curves.epoch, curves.totalSteps]).toEqual([100, 1, 300]);
    expect(curves.place(30, "seconds")).toBeCloseTo(2.5, 12);
    expect(curves.place(10, "seconds")).toBeCloseTo(1, 12);
    expect(curves.secondsPerStep()).toBeCloseTo(0.05, 12);
  });

  test("events that are known already change nothing when they come again", () => {
    const [once, twice] = [new RunCurves(), new RunCurves()];
    const events = [started, step(20), step(40), epoch(100, 0.5), step(120)];
    once.take({ from: 0, to: 500, events, seconds: [1, 2, 3] });
    twice.take({ from: 0, to: 300, events: events.slice(0, 3), seconds: [1, 2] });
    expect(twice.take({ from: 100, to: 300, events: events.slice(1, 3) })).toBe(true);
    expect(twice.take({ from: 300, to: 500, events: events.slice(3), seconds: [3] })).toBe(true);
    expect(values(twice, "loss", "seconds")).toEqual(values(once, "loss", "seconds"));
    expect(twice.offset).toBe(500);
  });

  test("a message that overlaps what is known adds only what is new", () => {
    const [once, twice] = [new RunCurves(), new RunCurves()];
    const pause: RunEvent = { type: "ControlApplied", step: 40, command: "pause", lr: null };
    const events = [started, step(20), step(40), pause, epoch(100, 0.5), step(120)];
    once.take({ from: 0, to: 600, events, seconds: [1, 2, 3] });
    twice.take({ from: 0, to: 400, events: events.slice(0, 4), seconds: [1, 2] });
    const message = { from: 100, to: 600, events: events.slice(1), seconds: [1, 2, 3] };
    expect(twice.take(message)).toBe(true);
    expect(values(twice, "loss", "seconds")).toEqual(values(once, "loss", "seconds"));
    expect([twice.commands, twice.offset]).toEqual([once.commands, 600]);
    // without the last event that is known it is another file
    expect(twice.take({ from: 500, to: 700, events: [step(7)] })).toBe(false);
  });

  test("a gap is refused, and nothing of it is kept", () => {
    const curves = new RunCurves();
    curves.take({ from: 0, to: 100, events: [started] });
    expect(curves.take({ from: 300, to: 400, events: [step(60)] })).toBe(false);
    expect(curves.take({ from: 50, to: 400, events: [step(60)] })).toBe(false);
    expect([curves.offset, curves.step]).toEqual([100, 0]);
  });

  test("a file that was cut is taken from its start: nothing of the later events is left", () => {
    const curves = new RunCurves();
    const lr: RunEvent = { type: "ControlApplied", step: 150, command: "lr", lr: 0.02 };
    const end: RunEvent = { type: "Finished", step: 200, epoch: 2 };
    const first = [started, step(50), epoch(100, 0.5)];
    const events = [...first, step(150), lr, epoch(200, 0.9), end];
    curves.take({ from: 0, to: 700, events, seconds: [1, 2] });
    expect([curves.best?.accuracy, curves.commands.length]).toEqual([0.9, 1]);
    expect(curves.finished).not.toBeNull();
    curves.take({ from: 0, to: 400, events: [...first, step(110, 7)], seconds: [1, 9] });
    expect(values(curves, "loss")).toEqual([
      [50, 0.02],
      [110, 7],
    ]);
    expect(values(curves, "validationAccuracy")).toEqual([[100, 0.5]]);
    expect([curves.best, curves.commands, curves.finished, curves.offset]).toEqual([
      ...[{ accuracy: 0.5, epoch: 1 }, [], null, 400],
    ]);
  });

  test("steps that go back rewind the curve, whatever the file says", () => {
    const curves = new RunCurves();
    const events = [started, step(20), step(40), step(60), epoch(100, 0.9)];
    curves.take({ from: 0, to: 4, events, seconds: [1, 2, 3] });
    curves.take({ from: 4, to: 5, events: [step(40, 5)], seconds: [2] });
    expect(values(curves, "loss")).toEqual([
      [20, 0.05],
      [40, 5],
    ]);
    expect(values(curves, "validationAccuracy")).toEqual([]);
  });

  test("missing times keep the axis rising, and foreign lines are ignored", () => {
    const curves = new RunCurves();
    const strange: RunEvent = { type: "<img src=x onerror=alert(1)>", step: "1e999" };
    curves.take({
      from: 0,
      to: 900,
      events: [started, step(20), strange, step(40), step(60)],
      seconds: [3, null, 1],
    });
    expect(values(curves, "loss", "seconds").map(([x]) => x)).toEqual([3, 3, 3]);
    expect(curves.step).toBe(60);
  });

  test("of 10,000 events every point is kept", () => {
    const curves = new RunCurves();
    const events = [started, ...Array.from({ length: 10_000 }, (_, i) => step(20 * (i + 1)))];
    const seconds = events.slice(1).map((_, i) => i / 10);
    curves.take({ from: 0, to: 900, events, seconds });
    expect(curves.points("loss", "steps").length).toBe(10_000);
    expect(curves.points("loss", "seconds").last).toEqual({ x: 999.9, y: 1 / 200_000 });
  });
});
