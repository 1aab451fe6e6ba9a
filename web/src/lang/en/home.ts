/** First view of the studio: what to do first, and recent runs. */
export const home = {
  "home.title": "Home",
  "home.about": "Build, train and understand convolutional networks on this machine.",
  "home.start": "Start here",
  "home.demo": "Train your first network",
  "home.demo.about":
    "LeNet-5 learns handwritten digits in about a minute. Watch every layer while it does.",
  "home.demo.start": "Train LeNet-5",
  "home.demo.starting": "Starting …",
  "home.zoo.about":
    "The networks of the papers, from LeNet-5 to ConvNeXt: their tables, diagrams and costs.",
  "home.zoo.open": "Open the zoo",
  "home.filters": "Try a filter",
  "home.filters.about":
    "Blur, sharpen and find edges in your own photo, with a kernel that you edit.",
  "home.filters.open": "Open the filters",
  "home.recent": "Recent runs",
  "home.recent.all": "All runs",
  "home.views": "All views",
  "home.folder": "Workspace: {folder}",
} as const;
