/** Access to the webcam; errors in words. */

import { brief, failure } from "$/lang/failure";
import type { Key } from "$/lang/index.svelte";

const PROBLEMS: Readonly<Record<string, Key>> = {
  NotAllowedError: "input.cameraDenied",
  SecurityError: "input.cameraDenied",
  NotFoundError: "input.noCamera",
  OverconstrainedError: "input.noCamera",
  NotReadableError: "input.cameraBusy",
  AbortError: "input.cameraBusy",
};

/** Open the camera; `onend` is called when it is unplugged or permission is withdrawn. */
export async function openCamera(onend: () => void): Promise<MediaStream> {
  // browsers offer it over HTTPS and on this machine only
  if (!navigator.mediaDevices?.getUserMedia) throw failure("input.cameraInsecure");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } },
    });
    stream.getVideoTracks()[0]?.addEventListener("ended", onend);
    return stream;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw failure(PROBLEMS[name] ?? "input.cameraFailed", { error: brief(error) });
  }
}
