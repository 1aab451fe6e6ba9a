import { describe as group, expect, test } from "vitest";
import { architectureOf } from "../setup";
import { describe } from "./describe";
import networks from "./networks.json";

group("shapes and parameters are those of Python", () => {
  test.each(networks.map((network) => [network.architecture.name, network] as const))(
    "%s",
    (_name, network) => {
      const architecture = architectureOf(network.architecture);
      if (!architecture) throw new Error("not an architecture");
      const rows = describe(architecture).map(({ path, type, shape, count }) => ({
        ...{ path, type, shape: [...shape], parameters: count },
      }));
      expect(rows).toEqual(network.rows);
    },
  );
});
