import { describe, expect, it } from "vitest";
import { createWebhooksRig } from "../../test/support/remote-webhooks-rig.js";

describe("the webhooks of registered remotes", () => {
  it("have no secret until it is asked for, and then always the same, one for each", async () => {
    const { webhooks } = createWebhooksRig();

    expect(await webhooks.find("connector-1")).toBeUndefined();
    const secrets = await Promise.all(Array.from({ length: 20 }, () => webhooks.secretOf("connector-1")));

    expect(new Set(secrets.map((secret) => secret.reveal())).size).toBe(1);
    expect((await webhooks.find("connector-1"))?.reveal()).toBe(secrets[0]?.reveal());
    expect((await webhooks.secretOf("connector-10")).reveal()).not.toBe(secrets[0]?.reveal());
  });

  it("keep secrets of 256 bits, encrypted", async () => {
    const { webhooks, database } = createWebhooksRig();

    const secret = (await webhooks.secretOf("connector-1")).reveal();

    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    for (const [key, value] of await database.iterator().all()) expect(key + value).not.toContain(secret);
  });

  it("are forgotten with their remote, and only with that", async () => {
    const { webhooks, unitOfWork } = createWebhooksRig();
    await webhooks.secretOf("connector-1");
    const kept = await webhooks.secretOf("connector-2");

    await unitOfWork.commit(await webhooks.forget("connector-1"));

    expect(await webhooks.find("connector-1")).toBeUndefined();
    expect((await webhooks.find("connector-2"))?.reveal()).toBe(kept.reveal());
    expect(await webhooks.forget("connector-3")).toEqual([]);
  });
});
