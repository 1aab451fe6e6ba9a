/** Pages of networks among the files of figures, in the language of the page. */

import { dataJson } from "$/figures/data";
import { failure } from "$/lang/failure";
import { choice } from "$/lang/index.svelte";
import type { NetworkPage } from "$/views/zoo/records";

/** Networks that figures offer to choose; an address may name any other that is there. */
export const NETWORKS = [
  ...["lenet5", "lenet5_1998", "alexnet", "zfnet", "all_cnn_c", "vgg16", "vgg19"],
  ...["googlenet", "inception_v3", "plain34", "resnet18", "resnet34", "resnet50", "resnet20"],
  ...["densenet121", "se_resnet50", "squeezenet1_1", "mobilenet_v1", "mobilenet_v2"],
  ...["efficientnet_b0", "convnext_tiny"],
] as const;

const NAME = /^[a-z0-9_]{1,64}$/;

/** Return what is known of a network of the zoo. */
export async function networkPage(name: string): Promise<NetworkPage> {
  if (!NAME.test(name)) throw failure("nets.network.unknown", { name: name.slice(0, 40) });
  const page = await dataJson(`network/${name}.${choice.language}.json`).catch(() => {
    throw failure("nets.network.unknown", { name });
  });
  return page as NetworkPage;
}
