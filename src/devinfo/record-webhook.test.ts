import { describe, expect, it } from "vitest";
import { StorageError } from "../core/errors.js";
import type { Devinfo } from "../core/ports/devinfo.js";
import { recordWebhook } from "./record-webhook.js";

const repository = { id: "1", updateSequenceId: 5n, json: '{"id":"1"}', entries: [] };
const gone = { repositoryId: "1", type: "branch", id: "b", upTo: 5n } as const;

function open(deleteEntity: () => Promise<void> = async () => undefined): {
  readonly devinfo: Pick<Devinfo, "record" | "deleteEntity">;
  readonly calls: unknown[];
} {
  const calls: unknown[] = [];
  return {
    calls,
    devinfo: {
      async record(submission) {
        calls.push(submission);
        return { at: 1, repositories: [] };
      },
      async deleteEntity(...given) {
        calls.push(given);
        await deleteEntity();
      },
    },
  };
}

describe("what a webhook told", () => {
  it("is stored under a provider of the service, and deleted up to its sequence", async () => {
    const { devinfo, calls } = open();

    await recordWebhook(devinfo, "alpha", { repository });
    await recordWebhook(devinfo, "alpha", { deleted: [gone] });

    expect(calls).toEqual([
      { provider: "webhooks-alpha", repositories: [repository], isBackfill: false, preventTransitions: false },
      [
        { provider: "webhooks-alpha", repositoryId: "1", type: "branch", id: "b" },
        5n,
        // As the API would be asked, for sites that get copies.
        { request: { pathAndQuery: "/repository/1/branch/b?_updateSequenceId=5" } },
      ],
    ]);
  });

  it("is nothing where it is empty", async () => {
    const { devinfo, calls } = open();

    await recordWebhook(devinfo, "alpha", {});

    expect(calls).toEqual([]);
  });

  it("fails as the store does", async () => {
    const { devinfo } = open(() => Promise.reject(new StorageError("The disk is full.")));

    await expect(recordWebhook(devinfo, "alpha", { repository, deleted: [gone] })).rejects.toThrow(StorageError);
  });
});
