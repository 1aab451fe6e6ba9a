/** Header, tabs and failures of the page. */
export const page = {
  "page.title": "{name} in your browser",
  "page.facts": "{input} in, {classes} {classes|class|classes}, {layers} {layers|layer|layers}",
  "page.skip": "Skip to the content",
  "page.language": "Language",
  "page.theme": "Colours",
  "page.theme.system": "Automatic",
  "page.theme.light": "Light",
  "page.theme.dark": "Dark",
  "page.tabs": "Views",
  "page.tab.look": "Look inside",
  "page.tab.train": "Train",
  "page.tab.space": "3-D",
  "page.loading": "Loading the network",
  "page.loading.view": "Loading the view",
  "page.starting": "Starting the network",
  "page.checking": "Checking that it computes what PyTorch computes",
  "page.failed": "The network cannot be shown",
  "page.failed.manifest":
    "The file model/model.json is missing. Export the model again, or serve the whole folder: convscope web FOLDER.",
  "page.failed.json":
    "The file model/model.json is damaged: {error}. Export the model again with convscope export --to web.",
  "page.failed.format":
    "The file model/model.json has format {given}, this page reads format {expected}. Export the model again.",
  "page.failed.file":
    "Browsers do not read the files beside a page that was opened from a disk. Serve the folder with convscope web FOLDER, or export with --single-file.",
  "page.failed.view": "This view could not be loaded ({error}). Reload the page.",
  "page.reload": "Reload",
  "page.made": "Everything runs in this browser; no image leaves it.",
} as const;
