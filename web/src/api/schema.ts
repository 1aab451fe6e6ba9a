/** Types of the studio's routes. tools/studio_schema.py wrote this file from OpenAPI. */

export interface paths {
  readonly "/api/build/palette": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Palette
     * @description Return the layers with the schema of their settings, compositions and ready blocks.
     */
    readonly get: operations["build_build_palette"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/check": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Check
     * @description Trace a network as far as it goes: figures of every block, and what does not fit.
     */
    readonly post: operations["build_build_check"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/fixes": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Fixes
     * @description Return fixes of the first problems, each of which was tried.
     */
    readonly post: operations["build_build_fixes"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/networks": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Networks
     * @description Return the networks of the workspace, the newest first.
     */
    readonly get: operations["build_build_networks"];
    readonly put?: never;
    /**
     * Build Save
     * @description Write a network that fits to networks/NAME.json.
     */
    readonly post: operations["build_build_save"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/start": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Start
     * @description Return a network to start from: of the zoo, of a run, or a saved one.
     */
    readonly get: operations["build_build_start"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
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
    /** @description Figures and problems of a draft. */
    readonly CheckedDraft: {
      readonly fits: boolean;
      readonly rows: readonly components["schemas"]["Figures"][];
      readonly shapes: {
        readonly [key: string]: readonly number[];
      };
      readonly output: readonly number[];
      readonly field: readonly [number, number];
      readonly totals: components["schemas"]["Sums"];
      readonly problems: readonly components["schemas"]["Clash"][];
      readonly convention: string;
    };
    /** @description A block that does not fit. */
    readonly Clash: {
      readonly path: string;
      readonly stage: string;
      readonly sentence: string;
      readonly expected: string;
      readonly fix: string;
      readonly inputs: {
        readonly [key: string]: readonly number[];
      };
    };
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
    /** @description Figures of one operation. */
    readonly Figures: {
      readonly path: string;
      readonly type: string;
      readonly label: string;
      readonly shape: readonly number[];
      readonly parameters: number;
      readonly macs: number;
      readonly activation_bytes: number;
      readonly training_bytes: number;
      readonly field: readonly [number, number];
      readonly field_stride: readonly [number | null, number | null];
      readonly auxiliary: boolean;
    };
    /** @description A fix that was tried. */
    readonly Fixed: {
      readonly path: string;
      readonly kind: string;
      readonly values: {
        readonly [key: string]: string;
      };
      readonly changes: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly solves: boolean;
    };
    /** @description Fixes of the first problems of a draft. */
    readonly Fixes: {
      readonly fixes: readonly components["schemas"]["Fixed"][];
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
    /** @description A layer of the palette. */
    readonly LayerKind: {
      readonly type: string;
      /** @enum {string} */
      readonly role:
        | "convolution"
        | "linear"
        | "normalisation"
        | "activation"
        | "pooling"
        | "shape"
        | "padding"
        | "dropout"
        | "preprocessing"
        | "shortcut";
      readonly summary: string;
      readonly form: {
        readonly [key: string]: unknown;
      };
      readonly start: {
        readonly [key: string]: unknown;
      };
    };
    /** @description The end of what a job printed. */
    readonly Log: {
      readonly output: string;
      readonly error: string;
    };
    /** @description All of them, the newest first. */
    readonly Networks: {
      readonly networks: readonly components["schemas"]["Saved"][];
    };
    /** @description A network as the text of the editor, and where it comes from. */
    readonly Opened: {
      readonly text: string;
      readonly source: string;
    };
    /** @description Everything that can be put into a network. */
    readonly Palette: {
      readonly layers: readonly components["schemas"]["LayerKind"][];
      readonly compositions: readonly components["schemas"]["ReadyBlock"][];
      readonly ready: readonly components["schemas"]["ReadyBlock"][];
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
    /** @description A ready block; its name and its text are in the page, by its id. */
    readonly ReadyBlock: {
      readonly id: string;
      readonly name: string;
      readonly block: {
        readonly [key: string]: unknown;
      };
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
    /** @description A network of the workspace: its name, its path from there, when it was written (seconds). */
    readonly Saved: {
      readonly name: string;
      readonly path: string;
      readonly modified: number;
    };
    /** @description Sums over the operations that were reached; those of auxiliary heads are separate. */
    readonly Sums: {
      readonly layers: number;
      readonly parameters: number;
      readonly macs: number;
      readonly auxiliary_parameters: number;
      readonly weight_bytes: number;
      readonly inference_bytes: number;
      readonly training_bytes: number;
    };
    /** @description A network that is being built. */
    readonly DraftBody: {
      readonly architecture: string;
      /** @default 1 */
      readonly batch_size: number;
    };
    /** @description A network to save. */
    readonly SaveBody: {
      readonly name: string;
      readonly architecture: string;
      /** @default false */
      readonly replace: boolean;
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
  readonly build_build_palette: {
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
          readonly "application/json": components["schemas"]["Palette"];
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
  readonly build_build_check: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DraftBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CheckedDraft"];
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
  readonly build_build_fixes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DraftBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Fixes"];
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
  readonly build_build_networks: {
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
          readonly "application/json": components["schemas"]["Networks"];
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
  readonly build_build_save: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SaveBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Saved"];
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
  readonly build_build_start: {
    readonly parameters: {
      readonly query?: {
        readonly zoo?: string;
        readonly run?: string;
        readonly network?: string;
      };
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
          readonly "application/json": components["schemas"]["Opened"];
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
