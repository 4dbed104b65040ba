import { describe, expect, it } from "vitest";
import { createRemoteServices, services } from "../../src/app/services.js";
import type { RemoteService } from "../../src/core/remote-service.js";
import { systemClock } from "../../src/shared/clock.js";
import { foldersIn } from "../house/source-tree.js";
import { describeRemoteService } from "./remote-service.js";
import { describeService } from "./service.js";

const remoteServices = createRemoteServices({ trackedFolders: [], clock: systemClock });

describe("the list of services", () => {
  it("has one entry for each folder, under the folder's name", () => {
    expect([...services, ...remoteServices].map(({ id }) => id).sort()).toEqual(foldersIn("src/services"));
  });

  it("gives no word, state type or webhook path to two services", () => {
    const claims = services.flatMap(({ id, words = [], kinds, webhook }) => [
      ...[id, ...words].map((word) => `word ${word}`),
      ...kinds.flatMap(({ stateTypes }) => stateTypes),
      ...(webhook?.paths ?? []),
    ]);

    expect(new Set(claims).size).toBe(claims.length);
  });

  it("lists no two kinds under one type for programs, nor two account routes under one path", () => {
    const provisionings = services.flatMap(({ kinds }) => kinds.flatMap(({ provisioning }) => provisioning ?? []));
    const types = provisionings.map(({ type, listedAs }) => listedAs ?? type);
    const paths = services.flatMap(({ accountRoutes = [] }) => accountRoutes.map(({ path }) => path));

    expect(types).not.toEqual([]);
    expect(new Set(types).size).toBe(types.length);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("gives no account or set-up command to two services", () => {
    const names = services.flatMap(({ accountCommands = [], setupCommands = [] }) => [
      ...accountCommands.map(({ name }) => `account ${name}`),
      ...setupCommands.map(({ name }) => `set-up ${name}`),
    ]);

    expect(new Set(names).size).toBe(names.length);
  });
});

for (const service of services) describeService(service);

const checked = services.flatMap(({ id, title, remote }): readonly RemoteService[] =>
  remote === undefined ? [] : [{ id, title, remote }],
);
for (const service of [...checked, ...remoteServices]) describeRemoteService(service);
