/** A file that the build compresses: its address, and its bytes before. See `build/runtime.ts`. */
declare module "*?gzip" {
  const url: string;
  export const size: number;
  export default url;
}

declare module "*.jpg" {
  const url: string;
  export default url;
}
