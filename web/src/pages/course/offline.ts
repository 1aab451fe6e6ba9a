/** Registers the service worker that keeps the site for use without a connection. */

import { brief } from "$/lang/failure";

/** Keep the site, once the page is shown; a browser that may not do so works with a connection. */
export function keepSite(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const register = (): void => {
    navigator.serviceWorker.register("./sw.js").catch((error: unknown) => {
      console.info(`The site is not kept for use without a connection: ${brief(error)}`);
    });
  };
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
