/** Controls that figures share. */
export const controls = {
  "controls.ignored": "{key} = “{value}” is left out. Expected: {expected}.",
  "controls.whole": "a whole number from {low} to {high}",
  "controls.odd": "an odd number from {low} to {high}",
  "controls.decimal": "a number from {low} to {high}",
  "controls.word": "one of {words}",
  "controls.numbers": "{least} to {most} numbers from {low} to {high}, with commas between them",
  "controls.back": "One step back",
  "controls.next": "One step on",
  "controls.play": "Play",
  "controls.pause": "Pause",
  "controls.step": "step {step} of {count}",
} as const;
