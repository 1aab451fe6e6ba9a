/** Types of the studio's routes. tools/studio_schema.py wrote this file from OpenAPI. */

export interface paths {
  readonly "/api/jobs": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Jobs
     * @description Return all jobs, the newest first.
     */
    readonly get: operations["jobs_jobs"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Job
     * @description Return one job.
     */
    readonly get: operations["jobs_job"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/result": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Result
     * @description Return what the verb printed with --json.
     */
    readonly get: operations["jobs_result"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/log": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Log
     * @description Return the end of what the verb printed.
     */
    readonly get: operations["jobs_log"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/cancel": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Cancel
     * @description Stop a job; a training saves a checkpoint and can be resumed.
     */
    readonly post: operations["jobs_cancel"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/events": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Events
     * @description Stream what changes: run, job, watch, data, task; and reset, after which all is read anew.
     */
    readonly get: operations["events_events"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/events": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Events
     * @description Return the events of a run from an offset on, as many as there are.
     */
    readonly get: operations["events_run_events"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/health": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Health
     * @description Return where the studio works.
     */
    readonly get: operations["studio_health"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Every error has this form. */
    readonly ErrorAnswer: {
      readonly error: components["schemas"]["ErrorText"];
    };
    /** @description The parts of an error. */
    readonly ErrorText: {
      readonly status: number;
      readonly given: string;
      readonly expected?: string | null;
      readonly fix?: string | null;
      readonly where?: string | null;
    };
    /** @description State of the studio. */
    readonly Health: {
      readonly version: string;
      readonly workspace: string;
      readonly data: readonly string[];
      readonly pid: number;
    };
    /** @description A verb of the command line that runs, ran, or waits. */
    readonly Job: {
      readonly id: string;
      readonly verb: string;
      /** @enum {string} */
      readonly kind: "training" | "work";
      readonly command: string;
      /** @enum {string} */
      readonly state: "waiting" | "running" | "done" | "failed" | "cancelled" | "damaged";
      /**
       * @default {
       *       "done": 0,
       *       "total": 0,
       *       "text": ""
       *     }
       */
      readonly progress: components["schemas"]["Progress"];
      /** @default false */
      readonly resumable: boolean;
      readonly exit_code?: number | null;
      readonly error?: components["schemas"]["Reason"] | null;
      readonly created: number;
      readonly started?: number | null;
      readonly ended?: number | null;
      readonly run?: string | null;
      readonly position?: number | null;
    };
    /** @description All jobs, the newest first. */
    readonly JobList: {
      readonly jobs: readonly components["schemas"]["Job"][];
    };
    /** @description The end of what a job printed. */
    readonly Log: {
      readonly output: string;
      readonly error: string;
    };
    /** @description Progress of a job or a task. */
    readonly Progress: {
      /** @default 0 */
      readonly done: number;
      /** @default 0 */
      readonly total: number;
      /** @default  */
      readonly text: string;
    };
    /** @description The parts of an error of something that ran: a job, a task. */
    readonly Reason: {
      readonly given: string;
      /** @default  */
      readonly expected: string;
      /** @default  */
      readonly fix: string;
      /** @default  */
      readonly where: string;
    };
    /** @description Events of a run. */
    readonly RunEvents: {
      readonly events: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly offset: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly jobs_jobs: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["JobList"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_job: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_result: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description JSON */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_log: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Log"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_cancel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly events_events: {
    readonly parameters: {
      readonly query?: {
        /** @description As the header Last-Event-ID. */
        readonly last?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Server-sent events */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "text/event-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly events_run_events: {
    readonly parameters: {
      readonly query?: {
        readonly offset?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RunEvents"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly studio_health: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
}
