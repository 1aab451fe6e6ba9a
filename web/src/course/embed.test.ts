import { expect, test } from "vitest";
import { iframe } from "$/course/embed";

test("the line is one element", () => {
  const line = iframe({
    address: "https://x.org/embed.html#figure=a&b=1",
    title: "A",
    height: 99.6,
  });
  expect(line).toBe(
    '<iframe src="https://x.org/embed.html#figure=a&amp;b=1" title="A" width="100%" height="100" ' +
      'style="border:0" loading="lazy" allow="fullscreen"></iframe>',
  );
});

test("no text ends an attribute or the element", () => {
  const line = iframe({ address: 'a"><script>', title: '"<b>&', height: 1 });
  expect(line.match(/[<>]/g)).toHaveLength(4);
  expect(line.match(/"/g)).toHaveLength(14);
});
