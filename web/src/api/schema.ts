/**
 * Types of the studio's routes. To be generated from OpenAPI; until then those that every view uses.
 */

interface Json<T> {
  content: { "application/json": T };
}

export interface paths {
  "/api/jobs": {
    get: { responses: { 200: Json<components["schemas"]["Jobs"]> } };
  };
  "/api/jobs/{id}": {
    get: {
      parameters: { path: { id: string } };
      responses: { 200: Json<components["schemas"]["Job"]> };
    };
  };
  "/api/jobs/{id}/result": {
    get: { parameters: { path: { id: string } }; responses: { 200: Json<unknown> } };
  };
  "/api/jobs/{id}/cancel": {
    post: {
      parameters: { path: { id: string } };
      requestBody: { content: { "application/json": Record<string, never> } };
      responses: { 200: Json<components["schemas"]["Job"]> };
    };
  };
  "/api/health": { get: { responses: { 200: Json<{ workspace: string; version: string }> } } };
}

export interface components {
  schemas: {
    Progress: { done: number; total: number | null; text: string };
    Job: {
      id: string;
      verb: string;
      command: string;
      kind: "training" | "work";
      state: "waiting" | "running" | "done" | "failed" | "cancelled" | "damaged";
      progress: components["schemas"]["Progress"];
      resumable: boolean;
      error: string | null;
      created: number;
      run: string | null;
    };
    Jobs: { jobs: components["schemas"]["Job"][] };
  };
}
