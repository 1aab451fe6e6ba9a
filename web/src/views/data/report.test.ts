import { describe, expect, test } from "vitest";
import { pictureOf, readReport } from "$/views/data/report";

describe("report of a check", () => {
  test("is read as it is", () => {
    const place = { paths: ["a.png", "b.png"], detail: "cat and dog" };
    const finding = { code: "leak", severity: "error", message: "m", fix: "f", places: [place] };
    expect(readReport({ ok: false, num_files: 7, findings: [finding] })).toEqual({
      ok: false,
      numFiles: 7,
      findings: [finding],
    });
  });

  test.each([null, 3, "text", {}, { findings: [null, 5, { places: [null, { paths: [1] }] }] }])(
    "of another form is no error: %j",
    (value) => {
      expect(readReport(value).findings.every((one) => one.severity === "note")).toBe(true);
    },
  );

  test("paths that name images", () => {
    expect(pictureOf("train[12]")).toEqual({ kind: "image", split: "train", index: 12 });
    expect(pictureOf("train/cat/1.JPG")).toEqual({ kind: "file", path: "train/cat/1.JPG" });
    for (const path of ["train/cat", "all[3]", "test[x]", "notes.txt", ""])
      expect(pictureOf(path)).toBeNull();
  });
});
