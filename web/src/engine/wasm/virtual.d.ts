/** What `web/build/kernels.ts` compiles: WebAssembly as base64. */
declare module "virtual:kernels" {
  export const plain: string;
  export const relaxed: string;
}
