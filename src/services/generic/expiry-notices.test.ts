import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, onlyContent } from "../../../test/support/hook-rig.js";
import type { Connection } from "../../core/connection.js";

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 1);

function expiring(leftMs: number, overrides: Partial<Connection> = {}, name = "builds"): Connection {
  return hookConnection({ name, expirationDate: new Date(now + leftMs).toISOString() }, overrides);
}

async function run(rig: HookRig): Promise<number | undefined> {
  return rig.service.tasks?.[0]?.run(rig.context);
}

describe("a hook that expires soon", () => {
  it.each([
    { leftMs: 72 * hour, text: "72 hours" },
    { leftMs: 26.4 * hour, text: "26 hours" },
    { leftMs: 20 * 60_000, text: "1 hour" },
  ])("is told of in Hookshot's words: $text", async ({ leftMs, text }) => {
    const rig = new HookRig({ sendExpiryNotice: true }, expiring(leftMs, {}, "a*b*"));
    await run(rig);
    const [emitted] = rig.context.emitted;

    expect(onlyContent(await rig.render(emitted!.event))).toEqual({
      msgtype: "m.notice",
      body: `The webhook **a*b*** will be expiring in ${text}.`,
      format: "org.matrix.custom.html",
      formatted_body: `The webhook <strong>a*b*</strong> will be expiring in ${text}.`,
      "m.mentions": {},
    });
  });

  it.each([
    { title: "there is more time", connection: expiring(72 * hour + 1) },
    { title: "there is hardly any", connection: expiring(15 * 60_000) },
    { title: "it has expired", connection: expiring(-1) },
    { title: "it never expires", connection: hookConnection() },
    { title: "it is not in force", connection: expiring(hour, { status: { kind: "invalid", reason: "x" } }) },
  ])("is not told of when $title", async ({ connection }) => {
    const rig = new HookRig({ sendExpiryNotice: true }, connection);
    await run(rig);

    expect(rig.context.emitted).toEqual([]);
  });

  it("is told of once for each date, in its own room", async () => {
    const rig = new HookRig({ sendExpiryNotice: true }, expiring(10 * hour), expiring(80 * hour, {}, "other"));
    await run(rig);
    rig.nowMs += hour;
    await run(rig);
    rig.context.connections.list[0] = expiring(20 * hour);
    await run(rig);

    expect(rig.context.emitted).toHaveLength(2);
    expect(await rig.render(rig.context.emitted[0]!.event, rig.context.connections.list[1])).toMatchObject({ kind: "ignored" });
  });

  it("is not told of where the configuration does not ask for it", async () => {
    const rig = new HookRig({}, expiring(hour));
    await run(rig);

    expect(rig.context.emitted).toEqual([]);
  });

  it("is looked for every 15 to 30 minutes", async () => {
    const rig = new HookRig({ sendExpiryNotice: true });
    const pauses = await Promise.all(Array.from({ length: 50 }, () => run(rig)));

    for (const pause of pauses) {
      expect(pause).toBeGreaterThanOrEqual(15 * 60_000);
      expect(pause).toBeLessThanOrEqual(30 * 60_000);
    }
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });

  it("leaves nothing behind once it has expired", async () => {
    const rig = new HookRig({ sendExpiryNotice: true }, expiring(hour));
    await run(rig);
    expect(await rig.context.store.list("warned/", 10)).toHaveLength(1);

    rig.nowMs += 2 * hour;
    await run(rig);

    expect(await rig.context.store.list("warned/", 10)).toEqual([]);
  });
});
