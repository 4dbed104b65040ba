import { describe, expect, it } from "vitest";
import { createIntegrationsRig } from "../../test/support/integrations-rig.js";
import type { CheckOutcome, RegisteredRemote } from "../core/registered-remote.js";
import type { TicketingDraft } from "./ticketing-integration.js";

const bad: CheckOutcome = { isGood: false, reason: "the account is not accepted" };

function draft(name: string, more: Partial<TicketingDraft> = {}): TicketingDraft {
  const settings = { installation: "server", url: "https://tracker.example/base/", username: "ada", skipsProxy: false } as const;
  return { name, ...settings, password: "planted", ...more };
}

describe("ticketing integrations", () => {
  it("are tried out as trackers in which issues have to be made", async () => {
    const { integrations, checked } = createIntegrationsRig();

    expect(await integrations.create(draft("main", { skipsProxy: true, installation: "cloud" }))).toEqual({ kind: "created" });

    const account = { kind: "password", username: "ada", password: expect.anything() };
    const ways = { checksCertificate: true, usesProxy: false };
    const expected = { serviceId: "tracker", url: "https://tracker.example/base", deployment: "cloud", account, settings: {} };
    expect(checked).toEqual([{ ...expected, mustCreateIssues: true, ...ways }]);
    expect(checked[0]?.account).toSatisfy(
      (sent: RegisteredRemote["account"]) => sent.kind === "password" && sent.password.equals("planted"),
    );
  });

  it("keep the password apart from what is shown", async () => {
    const { integrations, registry } = createIntegrationsRig();
    await integrations.create(draft("main"));

    expect(JSON.stringify([await integrations.list(), await integrations.find("main")])).not.toContain("planted");
    expect((await registry.findByName("main"))?.secrets).toEqual({ password: "planted" });
  });

  it("are listed however many there are", async () => {
    const { integrations, registry } = createIntegrationsRig();
    const fields = { settings: { installation: "server", url: "https://a.example", username: "ada", skipsProxy: false } } as const;
    for (let index = 0; index < 1001; index += 1) await registry.create({ name: `i${index}`, fields, secrets: {} });

    expect((await integrations.list()).map(({ name }) => name)).toEqual(Array.from({ length: 1001 }, (_, index) => `i${index}`));
  });

  it("are not stored where the tracker refuses or may not be asked", async () => {
    const rig = createIntegrationsRig();
    rig.answers.outcome = bad;

    expect(await rig.integrations.create(draft("main"))).toEqual({ kind: "not connected", reason: "the account is not accepted" });
    expect(await rig.integrations.create(draft("main", { url: "https://private.example" }))).toEqual({
      kind: "target refused",
      reason: "private.example is not to be asked",
    });
    expect([await rig.integrations.list(), rig.checked.length]).toEqual([[], 1]);
  });

  it("remember what the check before storing said, and what each later one says", async () => {
    const rig = createIntegrationsRig();
    await rig.integrations.create(draft("main"));
    const created = { isGood: true, at: rig.clock.now() };
    expect((await rig.integrations.find("main"))?.lastCheck).toEqual(created);

    await rig.clock.advance(1000);
    rig.answers.outcome = bad;
    const failed = { isGood: false, reason: "the account is not accepted", at: rig.clock.now() };

    expect(await rig.integrations.check("main")).toEqual({ ...failed, isVerified: true });
    expect((await rig.integrations.find("main"))?.lastCheck).toEqual(failed);
  });

  it("count as good, if unverified, where nobody is asked", async () => {
    const { integrations, checked, clock } = createIntegrationsRig({ verifiesConnections: false });
    await integrations.create(draft("main"));

    expect(await integrations.check("main")).toEqual({ isGood: true, isVerified: false, at: clock.now() });
    expect([checked, (await integrations.find("main"))?.lastCheck]).toEqual([[], undefined]);
  });

  it.each([
    { title: "nothing", patch: {} },
    { title: "the user", patch: { username: "eve" } },
    { title: "the path", patch: { url: "https://tracker.example/other" } },
    { title: "the origin with a password", patch: { url: "https://other.example", password: "new" } },
  ])("are tried out with what is new and what stays: $title", async ({ patch }) => {
    const { integrations, registry } = createIntegrationsRig();
    await integrations.create(draft("main"));

    expect(await integrations.update("main", patch)).toEqual({ kind: "changed" });

    const { name: _name, password, ...settings } = draft("main", patch);
    expect(await registry.findByName("main")).toMatchObject({ fields: { settings }, secrets: { password } });
  });

  it.each(["http://tracker.example", "https://tracker.example:444", "https://other.example"])(
    "never take the stored password to %s",
    async (url) => {
      const { integrations, checked } = createIntegrationsRig();
      await integrations.create(draft("main"));

      expect(await integrations.update("main", { url })).toEqual({ kind: "password needed" });
      expect(checked).toHaveLength(1);
    },
  );

  it("stay as they are where a change fails", async () => {
    const rig = createIntegrationsRig();
    await rig.integrations.create(draft("main"));
    const before = await rig.integrations.list();
    rig.answers.outcome = bad;

    expect(await rig.integrations.update("main", { username: "eve" })).toMatchObject({ kind: "not connected" });
    expect(await rig.integrations.update("nobody", {})).toEqual({ kind: "unknown" });
    expect(await rig.integrations.list()).toEqual(before);
  });

  it("are removed once", async () => {
    const { integrations } = createIntegrationsRig();
    await integrations.create(draft("main"));

    expect([await integrations.remove("main"), await integrations.remove("main"), await integrations.find("main")]).toEqual([
      true,
      false,
      undefined,
    ]);
  });
});
