import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";
import { OAuthGrants, type OAuthConsent } from "./oauth-grants.js";

const person = { name: "ada" };
const consent: OAuthConsent<typeof person> = { person, clientId: "client", redirectUri: "https://example.org/back", scopes: ["read"] };
const proof = { clientId: "client", redirectUri: "https://example.org/back" };

function setUp(options: { readonly endsFormerAccess?: boolean; readonly refreshScope?: string } = {}): {
  readonly clock: ManualClock;
  readonly grants: OAuthGrants<typeof person>;
} {
  const clock = new ManualClock();
  return { clock, grants: new OAuthGrants({ clock, accessLastsSeconds: 3_600, refreshLastsSeconds: 86_400, ...options }) };
}

describe("the memory of an OAuth 2 server", () => {
  it("exchanges a code once", () => {
    const { grants } = setUp();
    const code = grants.issueCode(consent);

    const tokens = grants.exchange({ ...proof, code });

    expect(grants.consentOf(tokens?.accessToken ?? "")?.person).toBe(person);
    expect(grants.exchange({ ...proof, code })).toBeUndefined();
  });

  it.each([
    { of: "another client", change: { clientId: "other" } },
    { of: "another address", change: { redirectUri: "https://example.org/elsewhere" } },
    { of: "no address", change: { redirectUri: undefined } },
    { of: "a verifier nobody asked for", change: { verifier: "v".repeat(43) } },
  ])("refuses a code with the proof of $of, and it is used up", ({ change }) => {
    const { grants } = setUp();
    const code = grants.issueCode(consent);

    expect(grants.exchange({ ...proof, code, ...change })).toBeUndefined();
    expect(grants.exchange({ ...proof, code })).toBeUndefined();
  });

  it("forgets a code after ten minutes", async () => {
    const { grants, clock } = setUp();
    const code = grants.issueCode(consent);
    await clock.advance(600_000);

    expect(grants.exchange({ ...proof, code })).toBeUndefined();
  });

  it("takes the verifier of a challenge, and no other", () => {
    const { grants } = setUp();
    const verifier = "v".repeat(43);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const codes = [1, 2, 3].map(() => grants.issueCode({ ...consent, challenge }));
    const tries = [verifier, "w".repeat(43), undefined].map((tried, index) =>
      grants.exchange({ ...proof, code: codes[index] ?? "", verifier: tried }),
    );

    expect(tries.map((tokens) => tokens !== undefined)).toEqual([true, false, false]);
  });

  it("takes only the newest refresh token, and counts", () => {
    const { grants } = setUp();
    const first = grants.exchange({ ...proof, code: grants.issueCode(consent) });
    const second = grants.renew(first?.refreshToken ?? "", "client");

    expect(grants.renew(first?.refreshToken ?? "", "client")).toBeUndefined();
    expect(grants.renew(second?.refreshToken ?? "", "other")).toBeUndefined();
    expect(grants.renew(second?.refreshToken ?? "", "client")).toBeDefined();
    expect(grants.renewals).toBe(2);
  });

  it.each([true, false])("ends the former access token with its successor where told to: %s", (endsFormerAccess) => {
    const { grants } = setUp({ endsFormerAccess });
    const first = grants.exchange({ ...proof, code: grants.issueCode(consent) });
    grants.renew(first?.refreshToken ?? "", "client");

    expect(grants.consentOf(first?.accessToken ?? "") === undefined).toBe(endsFormerAccess);
  });

  it("lets access end in time, before the refresh token does", async () => {
    const { grants, clock } = setUp();
    const { accessToken = "", refreshToken = "" } = grants.exchange({ ...proof, code: grants.issueCode(consent) }) ?? {};
    await clock.advance(3_600_000);

    expect(grants.consentOf(accessToken)).toBeUndefined();
    expect(grants.renew(refreshToken, "client")).toBeDefined();
  });

  it("gives refresh tokens only to who asked for them, where a scope says so", () => {
    const { grants } = setUp({ refreshScope: "offline_access" });
    const [without, with_] = [[], ["offline_access"]].map((scopes) =>
      grants.exchange({ ...proof, code: grants.issueCode({ ...consent, scopes }) }),
    );

    expect([without?.refreshToken, with_?.refreshToken]).toEqual([undefined, expect.any(String)]);
  });

  it("takes nothing any more of who took it back", () => {
    const { grants } = setUp();
    const { accessToken = "", refreshToken = "" } = grants.exchange({ ...proof, code: grants.issueCode(consent) }) ?? {};
    const code = grants.issueCode(consent);
    grants.revoke(person);

    expect([grants.consentOf(accessToken), grants.renew(refreshToken, "client"), grants.exchange({ ...proof, code })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
