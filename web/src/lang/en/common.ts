/** Common parts of the views. */
export const common = {
  "common.loading": "Loading …",
  "common.failed": "This did not work",
  "common.retry": "Try again",
  "common.copy": "Copy",
  "common.copied": "Copied",
  "common.copy.failed": "The browser does not allow copying. Select the text and copy it yourself.",
  "common.command": "Command line",
  "common.command.about": "The same on the command line:",
  "common.close": "Close",
  "common.cancel": "Cancel",
  "common.split": "Width of the left part",
  "common.split.rows": "Height of the upper part",
} as const;
