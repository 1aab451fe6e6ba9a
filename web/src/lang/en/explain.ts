export const explain = {
  "explain.noRule": "There is no explanation of {type} layers yet. The values shown are correct.",
  "explain.noParameter":
    "{path} has no parameter {name}: this export is incomplete. Export the model again.",
  "explain.inputs": "{path} reads {expected} tensors, and {given} are here. Run the network again.",
  "explain.noUnit": "{path} has no unit {index}: its units are 0 to {last}.",
} as const;
