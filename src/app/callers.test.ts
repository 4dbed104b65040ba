import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { basic, CallersRig, cheapHash } from "../../test/support/callers-rig.js";
import type { Config } from "../config/config.js";
import { systemClock } from "../shared/clock.js";
import { silentLog } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { Secret } from "../shared/secret.js";
import { openStorage } from "../storage/open.js";
import { createAppCallers, type AppCallers } from "./callers.js";

const scope = "provisioning";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-callers-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** One life of the process. */
async function live<T>(use: (parts: AppCallers) => Promise<T>): Promise<T> {
  const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  const { database, unitOfWork } = storage;
  const config = { api: { tokens: [], admins: [] } };
  const parts = createAppCallers({ config, database, unitOfWork, clock: systemClock, random: systemRandom, log: silentLog() });
  return use(parts).finally(() => storage.close());
}

describe("tokens in the data folder", () => {
  it("are known after a restart, and revoked ones are not", async () => {
    const [kept, revoked] = await live(async ({ tokens }) => {
      const made = [await tokens.create({ name: "kept", scopes: [scope] }), await tokens.create({ name: "revoked", scopes: [scope] })];
      await tokens.revoke("revoked");
      return made;
    });

    await live(async ({ callers }) => {
      expect(await callers.authenticate(`Bearer ${kept?.token ?? ""}`, scope)).toEqual({ name: "kept", kind: "token" });
      await expect(callers.authenticate(`Bearer ${revoked?.token ?? ""}`, scope)).rejects.toThrow("Unauthorized");
    });

    const listed = await live(({ tokens }) => tokens.list());
    expect(listed).toMatchObject([{ name: "kept", lastUsedAt: expect.any(Number) }]);
  });
});

describe("callers of the configuration", () => {
  function create(config: Partial<Config["api"]>, provisioningSecret?: string): AppCallers {
    const rig = new CallersRig();
    const { database, clock, random, log } = rig;
    const provisioning = provisioningSecret === undefined ? {} : { provisioning: { secret: new Secret(provisioningSecret) } };
    return createAppCallers({
      ...{ database, clock, random, log, unitOfWork: rig },
      config: { api: { tokens: [], admins: [], ...config }, ...provisioning },
    });
  }

  it("are known as they stand there", async () => {
    const { callers } = create(
      {
        tokens: [{ name: "ci", token: new Secret("right"), scopes: [scope] }],
        admins: [{ name: "ada", passwordHash: new Secret(cheapHash("password")) }],
      },
      "hookshots",
    );

    expect(await callers.authenticate("Bearer right", scope)).toMatchObject({ name: "ci" });
    expect(await callers.authenticate("Bearer hookshots", scope)).toMatchObject({ name: "provisioning.secret" });
    expect(await callers.authenticate(basic("ada", "password"), scope)).toMatchObject({ name: "ada", kind: "admin" });
  });

  it.each([
    { expires: "2025-12-31", isKnown: false },
    { expires: "2026-01-01T00:00:00Z", isKnown: false },
    { expires: "2026-01-02", isKnown: true },
    { expires: "no time", isKnown: false },
  ])("are known until $expires: $isKnown", async ({ expires, isKnown }) => {
    const { callers } = create({ tokens: [{ name: "ci", token: new Secret("right"), scopes: [scope], expires }] });

    const outcome = await callers.authenticate("Bearer right", scope).then(
      () => true,
      () => false,
    );

    expect(outcome).toBe(isKnown);
  });

  it.each(["ci", "provisioning.secret"])("keep their name: %s", async (name) => {
    const { tokens } = create({ tokens: [{ name: "ci", token: new Secret("right"), scopes: [scope] }] }, "hookshots");

    await expect(tokens.create({ name, scopes: [scope] })).rejects.toThrow("is a caller of the configuration already");
  });
});
