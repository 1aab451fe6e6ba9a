/** Icons as paths of lines in a square of 20. */

export const ICONS = {
  home: "M3 9.5 10 3.5l7 6M5 8v8.5h10V8M8.5 16.5v-5h3v5",
  zoo: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z",
  build: "M3.5 4h6v4h-6zM3.5 12h6v4h-6zM13 8h3.5v4H13M6.5 8v4M9.5 6h2v8h-2M11.5 10H13",
  data: "M3.5 5.5c0-2.7 13-2.7 13 0v9c0 2.7-13 2.7-13 0zM3.5 5.5c0 2.7 13 2.7 13 0M3.5 10c0 2.7 13 2.7 13 0",
  training: "M3.5 3v13.5H17M6 6c1.5 6 5 7 10.5 7.5",
  runs: "M4 5h1.5M8 5h8.5M4 10h1.5M8 10h8.5M4 15h1.5M8 15h8.5",
  look: "M2.5 10C5.5 4 14.5 4 17.5 10c-3 6-12 6-15 0zM10 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  evaluate: "M3.5 3.5h13v13h-13zM3.5 10h13M10 3.5v13M5.5 6.8l1 1 1.7-2M11.9 13.3l1 1 1.7-2",
  filters: "M4 3v5M4 12v5M10 3v2M10 9v8M16 3v8M16 15v2M2.3 10h3.4M8.3 7h3.4M14.3 13h3.4",
  convolution: "M3 3h9v9H3zM6 3v9M9 3v9M3 6h9M3 9h9M8 8h9v9H8z",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  jobs: "M10 3a7 7 0 1 1-7 7M10 6v4l3 2",
  settings:
    "M10 3.5v2M10 14.5v2M3.5 10h2M14.5 10h2M5.4 5.4l1.4 1.4M13.2 13.2l1.4 1.4M14.6 5.4l-1.4 1.4M6.8 13.2l-1.4 1.4M10 6.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4",
  search: "M8.5 3.5a5 5 0 1 1 0 10 5 5 0 0 1 0-10M12.3 12.3 16.5 16.5",
  tour: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4M12.8 7.2l-1.7 3.9-3.9 1.7 1.7-3.9z",
} as const;

export type Icon = keyof typeof ICONS;
