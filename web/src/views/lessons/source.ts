/** The course as the studio serves it. */

import { send } from "$/api/client";
import type { Chapter, Course } from "$/course/records";
import type { CourseSource } from "$/course/source";

export const studioSource: CourseSource = {
  course: async (lang) => (await send("get", "/api/lessons", { query: { lang } })) as Course,
  chapter: async (lang, id) =>
    (await send("get", "/api/lessons/{id}", { path: { id }, query: { lang } })) as Chapter,
};
