/** The course as the studio serves it. */

import { get } from "$/api/client";
import type { CourseSource } from "$/course/source";

export const studioSource: CourseSource = {
  course: (lang) => get("/api/lessons", { query: { lang } }),
  chapter: (lang, id) => get("/api/lessons/{id}", { path: { id }, query: { lang } }),
};
