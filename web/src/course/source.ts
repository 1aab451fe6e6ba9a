/** Where the course comes from: files of the static site, or routes of the studio. */

import type { Chapter, Course } from "$/course/records";
import { failure } from "$/lang/failure";
import type { Language } from "$/lang/index.svelte";
import { received } from "$/run/source";

export interface CourseSource {
  course(language: Language): Promise<Course>;
  chapter(language: Language, id: string): Promise<Chapter>;
}

async function json(file: string): Promise<unknown> {
  const bytes = await received(file, file);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    throw failure("course.data.damaged", { file });
  }
}

/** Files below `lessons/`, beside the page; the site and its records are built together. */
export const siteSource: CourseSource = {
  course: async (language) => (await json(`lessons/${language}.json`)) as Course,
  chapter: async (language, id) => {
    // an address may come from anyone: it names files of this folder only
    if (!/^\w+$/.test(id)) throw failure("course.chapter.unknown", { name: id });
    return (await json(`lessons/${language}/${id}.json`)) as Chapter;
  },
};
