import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.js";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import type { CheckOutcome, KnownRemote } from "../core/registered-remote.js";
import { RemoteDirectory } from "./directory.js";
import { surveyRemotes, type RemoteReport } from "./survey.js";

function remoteOf(id: number, more: Partial<KnownRemote> = {}): KnownRemote {
  return connectorRemote({ serviceId: "tracker", url: `https://${id}.test`, id, name: `remote ${id}`, ...more });
}

function survey(
  remotes: readonly KnownRemote[],
  check: (remote: { readonly url: string }) => Promise<CheckOutcome>,
  clock = new ManualClock(),
): Promise<readonly RemoteReport[]> {
  const source = {
    kind: "connector" as const,
    listRemotes: async () => remotes,
    findRemote: async () => undefined,
    listStoredOnly: async () => [{ kind: "connector" as const, id: 99, name: "old tracker" }],
  };
  const directory = new RemoteDirectory({ sources: [source], membersOf: () => undefined, projectIdsIn: async () => [] });
  return surveyRemotes({ directory, checkRemote: check, clock });
}

describe("the survey of registered remotes", () => {
  it("says of each how it is", async () => {
    const outcomes: Readonly<Record<string, CheckOutcome>> = {
      "https://1.test": { isGood: true, account: "ada" },
      "https://2.test": { isGood: true },
      "https://3.test": { isGood: false, reason: "Unable to connect." },
    };

    const reports = await survey(
      [remoteOf(1), remoteOf(2), remoteOf(3), remoteOf(4, { isInaccessible: true })],
      async ({ url }) => outcomes[url] ?? { isGood: false, reason: "it must not be asked" },
    );

    expect(reports.map(({ name, health }) => [name, health])).toEqual([
      ["remote 1", { kind: "good", account: "ada" }],
      ["remote 2", { kind: "good" }],
      ["remote 3", { kind: "bad", reason: "Unable to connect." }],
      ["remote 4", { kind: "untested", reason: "it is marked as inaccessible from here" }],
      ["old tracker", { kind: "untested", reason: "such systems are only stored" }],
    ]);
  });

  it("asks few at a time, and ends when they are slow", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const never = (): Promise<CheckOutcome> => {
      asked += 1;
      return new Promise(() => undefined);
    };

    const surveyed = survey(
      Array.from({ length: 30 }, (_, index) => remoteOf(index + 1)),
      never,
      clock,
    );
    await new Promise(setImmediate);
    await clock.advance(20_000);
    const reports = await surveyed;

    expect(asked).toBe(8);
    expect(reports.slice(0, 30).every(({ health }) => health.kind === "untested")).toBe(true);
  });
});
