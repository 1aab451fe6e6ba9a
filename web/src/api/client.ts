/**
 * Requests to the studio, typed by OpenAPI: get("/api/jobs/{id}", { path: { id } }).
 *
 * Every failure is an error that `sentence` (lang/sentence) shows in the user's language;
 * `refusalOf` gives the parts of what the studio objected to.
 */

import type { paths } from "$/api/schema";
import { readRefusal, refused } from "$/api/refusal";
import { brief, failure } from "$/lang/failure";
import { choice } from "$/lang/index.svelte";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Value = string | number | boolean;

/** Paths that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> =
  paths[P] extends Record<M, infer Found> ? Found : never;

type Good<Responses> = Responses extends { 200: infer Answer }
  ? Answer
  : Responses extends { 201: infer Answer }
    ? Answer
    : Responses extends { 202: infer Answer }
      ? Answer
      : never;

/** The JSON that a route answers. */
export type Answer<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer Responses }
    ? Good<Responses> extends { content: { "application/json": infer Body } }
      ? Body
      : undefined
    : never;

/** The JSON that a route reads. */
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: { content: { "application/json": infer Sent } } }
    ? Sent
    : undefined;

type Path<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { parameters: { path: infer Names extends object } } ? Names : undefined;

type Query<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { parameters: { query?: infer Names } } ? Names : undefined;

/** An option that must be there where the route has one. */
type Option<Name extends string, T> = [T] extends [undefined]
  ? object
  : undefined extends T
    ? { readonly [N in Name]?: T }
    : { readonly [N in Name]: T };

interface Signal {
  readonly signal?: AbortSignal;
}

export type Options<P extends keyof paths, M extends Method> = Signal &
  Option<"path", Path<P, M>> &
  Option<"query", Query<P, M>> &
  Option<"body", Body<P, M>>;

/** The arguments of a call; without options where none is needed. */
type Rest<P extends keyof paths, M extends Method> =
  object extends Options<P, M> ? [options?: Options<P, M>] : [options: Options<P, M>];

interface Parts {
  readonly path?: Readonly<Record<string, Value>> | undefined;
  readonly query?: Readonly<Record<string, Value | readonly Value[] | null | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const MESSAGES = {
  401: "api.noAccess",
  403: "api.noAccess",
  413: "api.tooLarge",
  429: "api.busy",
  503: "api.busy",
} as const;

/** Return the address of a route: names in braces replaced, and the query behind it. */
export function addressOf(route: string, path: Parts["path"], query: Parts["query"]): string {
  const address = route.replace(/\{(\w+)(?::path)?\}/g, (_hole, name: string) =>
    encodeURIComponent(String(path?.[name] ?? "")),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) if (one !== undefined && one !== null) search.append(name, `${one}`);
  }
  const rest = search.toString();
  return rest === "" ? address : `${address}?${rest}`;
}

async function failureOfStatus(response: Response, address: string): Promise<Error> {
  const body: unknown = await response.json().catch(() => null);
  const refusal = readRefusal(body);
  if (refusal && response.status !== 401) return refused(refusal);
  const { status } = response;
  if (status === 404) return failure("api.notFound", { path: address });
  const key = status in MESSAGES ? MESSAGES[status as keyof typeof MESSAGES] : "api.status";
  return failure(key, { status });
}

async function answered(address: string, request: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, request);
  } catch (error) {
    if (request.signal?.aborted === true) throw failure("api.cancelled");
    throw failure("api.noConnection", { error: brief(error) });
  }
  if (!response.ok) throw await failureOfStatus(response, address);
  return response;
}

/** The studio writes its sentences in this language. */
const language = (): string => (choice.language === "zh" ? "zh-Hans" : "en");

/** Send a request to any route, and return its JSON unchecked; prefer the functions below. */
export async function send(method: Method, route: string, parts: Parts = {}): Promise<unknown> {
  const address = addressOf(route, parts.path, parts.query);
  const body = parts.body === undefined ? "{}" : JSON.stringify(parts.body);
  const hasBody = method !== "get"; // the studio reads nothing but JSON from a page
  const response = await answered(address, {
    method: method.toUpperCase(),
    headers: {
      Accept: "application/json",
      "Accept-Language": language(),
      ...(hasBody ? { "Content-Type": "application/json" } : {}),
    },
    ...(hasBody ? { body } : {}),
    ...(parts.signal ? { signal: parts.signal } : {}),
  });
  return json(response);
}

async function json(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch (error) {
    throw failure("api.notJson", { error: brief(error) });
  }
}

export async function get<P extends PathOf<"get">>(
  route: P,
  ...[options]: Rest<P, "get">
): Promise<Answer<P, "get">> {
  return (await send("get", route, options as Parts | undefined)) as Answer<P, "get">;
}

export async function post<P extends PathOf<"post">>(
  route: P,
  ...[options]: Rest<P, "post">
): Promise<Answer<P, "post">> {
  return (await send("post", route, options as Parts | undefined)) as Answer<P, "post">;
}

export async function put<P extends PathOf<"put">>(
  route: P,
  ...[options]: Rest<P, "put">
): Promise<Answer<P, "put">> {
  return (await send("put", route, options as Parts | undefined)) as Answer<P, "put">;
}

export async function remove<P extends PathOf<"delete">>(
  route: P,
  ...[options]: Rest<P, "delete">
): Promise<Answer<P, "delete">> {
  return (await send("delete", route, options as Parts | undefined)) as Answer<P, "delete">;
}

/** Return an image that the studio draws for a body of JSON. */
export async function sheet(
  route: string,
  path: Parts["path"],
  body: unknown,
  signal?: AbortSignal,
): Promise<Blob> {
  const response = await answered(addressOf(route, path, undefined), {
    method: "POST",
    headers: { "Accept-Language": language(), "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return response.blob();
}

/** Return the bytes that the studio serves at an address; with a body it is posted as JSON. */
export async function bytes(
  address: string,
  signal?: AbortSignal,
  body?: unknown,
): Promise<Uint8Array> {
  const posted: RequestInit = {
    method: "POST",
    headers: { "Accept-Language": language(), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await answered(address, {
    ...(body === undefined ? {} : posted),
    ...(signal ? { signal } : {}),
  });
  return new Uint8Array(await response.arrayBuffer());
}

export interface Upload {
  readonly query?: Parts["query"];
  readonly signal?: AbortSignal;
  /** Called with the share that was sent, 0 to 1. */
  readonly onprogress?: (share: number) => void;
}

/**
 * Send a file as the body of a POST; the name and other facts travel in the query.
 *
 * XMLHttpRequest, since `fetch` reports no progress of what it sends.
 */
export function upload(route: string, file: Blob, options: Upload = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const address = addressOf(route, undefined, options.query);
    request.open("POST", address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept-Language", language());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) options.onprogress?.(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const { status } = request;
      const answer = new Response(status === 204 ? null : request.responseText, {
        status: status === 0 ? 500 : status,
      });
      if (answer.ok) json(answer).then(resolve, reject);
      else failureOfStatus(answer, address).then(reject, reject);
    });
    request.addEventListener("error", () => reject(failure("api.noConnection", { error: "POST" })));
    request.addEventListener("abort", () => reject(failure("api.cancelled")));
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
