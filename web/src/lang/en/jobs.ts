/** Tray of the work in progress. */
export const jobs = {
  "jobs.title": "Jobs",
  "jobs.running": "{count} in progress",
  "jobs.none": "Nothing is in progress. Training, evaluation and exports appear here.",
  "jobs.state.waiting": "Waiting",
  "jobs.state.running": "Running",
  "jobs.state.done": "Done",
  "jobs.state.failed": "Failed",
  "jobs.state.cancelled": "Cancelled",
  "jobs.cancel": "Cancel",
  "jobs.cancel.label": "Cancel: {name}",
  "jobs.show": "Show the run",
  "jobs.command": "The same on the command line",
  "jobs.finished": "{name}: done",
  "jobs.failed": "{name}: failed",
  "jobs.close": "Close",
  "jobs.failedUnknown": "The process ended without a message.",
} as const;
