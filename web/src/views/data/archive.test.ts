import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { archive } from "$/views/data/archive";

test("tar reads what was written: long names, names in Chinese, empty files", async () => {
  const long = `train/${"x".repeat(80)}/${"y".repeat(90)}.png`;
  const files = [
    { path: "train/cat/1.png", file: new Blob([new Uint8Array(700).fill(7)]) },
    { path: long, file: new Blob(["long"]) },
    { path: `val/${"猫".repeat(60)}.jpg`, file: new Blob(["猫"]) },
    { path: "val/empty.png", file: new Blob([]) },
    { path: "labels.csv", file: new Blob([new Uint8Array(512)]) },
  ];
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  try {
    const path = join(folder, "all.tar");
    writeFileSync(path, new Uint8Array(await archive(files).arrayBuffer()));
    execFileSync("tar", ["-xf", path, "-C", folder]);
    for (const { path: name, file } of files) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      expect(new Uint8Array(readFileSync(join(folder, name)))).toEqual(bytes);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
