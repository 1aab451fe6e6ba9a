import type { In } from "$/lang/parts";

export const training: In<"training"> = {
  "training.title": "训练",
  "training.about": "训练网络，并观察每一层的学习过程。",
};
