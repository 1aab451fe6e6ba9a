/** Files and pictures, prepared as `convscope predict` prepares them. */

import { decode } from "$/input/decode";
import type { Input, Target } from "$/input/types";
import type { Failure } from "$/lang/failure";
import type { Picture } from "$/model/types";

export async function read(file: Blob, name: string, target: Target): Promise<Input> {
  const { picture, notes } = await decode(file, name, target);
  return prepared(picture, name, target, notes);
}

export function prepared(
  picture: Picture,
  name: string,
  _target: Target,
  notes: readonly Failure[] = [],
): Input {
  return { picture, name, notes };
}
