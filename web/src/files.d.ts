/** Address of a file that the build compresses: see `build/runtime.ts`. */
declare module "*?gzip" {
  const url: string;
  export default url;
}
