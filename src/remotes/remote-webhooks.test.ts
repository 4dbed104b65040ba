import { describe, expect, it } from "vitest";
import { createWebhooksRig } from "../../test/support/remote-webhooks-rig.js";
import type { SigningRemote } from "./remote-webhooks.js";

function remote(key: string, url = "https://jira.example.org/jira"): SigningRemote {
  return { key, url };
}

describe("the webhooks of registered remotes", () => {
  it("have no secret until it is asked for, and then always the same, one for each", async () => {
    const { webhooks } = createWebhooksRig();

    expect(await webhooks.find(remote("connector-1"))).toBeUndefined();
    const secrets = await Promise.all(Array.from({ length: 20 }, () => webhooks.secretOf(remote("connector-1"))));

    expect(new Set(secrets.map((secret) => secret.reveal())).size).toBe(1);
    expect((await webhooks.find(remote("connector-1")))?.reveal()).toBe(secrets[0]?.reveal());
    expect((await webhooks.secretOf(remote("connector-10"))).reveal()).not.toBe(secrets[0]?.reveal());
  });

  it("keep secrets of 256 bits, encrypted", async () => {
    const { webhooks, database } = createWebhooksRig();

    const secret = (await webhooks.secretOf(remote("connector-1"))).reveal();

    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    for (const [key, value] of await database.iterator().all()) expect(key + value).not.toContain(secret);
  });

  it("have another secret once the remote is elsewhere: who could speak for it there cannot any more", async () => {
    const { webhooks, unitOfWork, database } = createWebhooksRig();
    const first = await webhooks.secretOf(remote("connector-1"));

    for (const url of [
      "https://new.example.org/jira",
      "https://jira.example.org:8443/jira",
      "https://jira.example.org/other",
      "/srv/git",
    ]) {
      expect(await webhooks.find(remote("connector-1", url))).toBeUndefined();
      expect((await webhooks.secretOf(remote("connector-1", url))).equals(first.reveal())).toBe(false);
    }
    for (const url of ["http://JIRA.example.org/jira/", "https://jira.example.org/jira"]) {
      expect((await webhooks.find(remote("connector-1", url)))?.reveal()).toBe(first.reveal());
    }

    await webhooks.secretOf(remote("connector-10"));
    await unitOfWork.commit(await webhooks.forget("connector-1"));
    expect((await database.keys().all()).filter((key) => key.includes("record "))).toHaveLength(1);
  });

  it("are forgotten with their remote, and only with that", async () => {
    const { webhooks, unitOfWork } = createWebhooksRig();
    await webhooks.secretOf(remote("connector-1"));
    const kept = await webhooks.secretOf(remote("connector-2"));

    await unitOfWork.commit(await webhooks.forget("connector-1"));

    expect(await webhooks.find(remote("connector-1"))).toBeUndefined();
    expect((await webhooks.find(remote("connector-2")))?.reveal()).toBe(kept.reveal());
    expect(await webhooks.forget("connector-3")).toEqual([]);
  });
});
