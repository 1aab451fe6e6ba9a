/** Worker that filters images, so that the page stays responsive. */

import type { Work } from "$/filters/messages";
import { done } from "$/filters/work";

self.onmessage = ({ data }: MessageEvent<Work>) => self.postMessage(done(data));
