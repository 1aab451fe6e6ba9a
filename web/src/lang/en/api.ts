/** Requests to the studio: failures as sentences. */
export const api = {
  "api.refused": "{reason}",
  "api.noConnection":
    "The studio does not answer ({error}). Check that convscope studio is still running.",
  "api.noAccess":
    "This browser is not signed in. Open the link that convscope studio printed when it started.",
  "api.notFound": "{path} does not exist. It may have been renamed or deleted.",
  "api.tooLarge": "The file is larger than the studio accepts.",
  "api.busy": "The studio is busy. Try again in a moment.",
  "api.status":
    "The studio answered with status {status}. The terminal in which it runs shows more.",
  "api.notJson": "The studio sent an answer that cannot be read ({error}). Reload the page.",
  "api.cancelled": "The request was cancelled.",
  "api.job.failed": "{reason}",
  "api.job.cancelled": "This was cancelled.",
  "api.expected": "Expected: {expected}",
  "api.fix": "What to do: {fix}",
  "api.where": "Where: {where}",
} as const;
