import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { HttpClient, HttpRequest } from "../../src/core/ports/http-client.js";
import type { CheckOutcome, RegisteredRemote, RemoteAccount } from "../../src/core/registered-remote.js";
import type { RemoteService } from "../../src/core/remote-service.js";
import { Secret } from "../../src/shared/secret.js";
import { absolutePath } from "../house/source-tree.js";
import { unhelpfulRemotes } from "./service.js";

const planted = "planted-secret";
const url = "https://remote.example.org";

const accounts: readonly RemoteAccount[] = [
  { kind: "token", token: new Secret(planted) },
  { kind: "token", username: "ada", token: new Secret(planted) },
  { kind: "password", username: "ada", password: new Secret(planted) },
  { kind: "none" },
];

/** What the check of every service must hold, whether or not its rooms can be connected. Its own tests play its remote's part. */
export function describeRemoteService({ id, title, remote }: RemoteService): void {
  describe(`remotes of the service ${id}`, () => {
    it("have a page for administrators", () => {
      expect(readFileSync(absolutePath(`src/services/${id}/doc.md`), "utf8")).toMatch(/^# \S/);
    });

    it.each(unhelpfulRemotes())("are not good while the remote $title, for a reason without a secret", async ({ http }) => {
      for (const account of accounts) {
        const { outcome } = await play(http, { account });

        const reason = outcome.isGood ? "" : outcome.reason;
        expect(reason).toMatch(new RegExp(`^Unable to connect to ${title} service \\(Check [^()]+\\)\\. Reason: \\S.*[.?]$`));
        expect(reason).not.toContain(planted);
      }
    });

    it("are asked within ten seconds, at their own address alone, and as they were registered", async () => {
      for (const { http } of unhelpfulRemotes()) {
        for (const account of accounts) {
          const { asked } = await play(http, { account });
          const { asked: otherwise } = await play(http, { account, checksCertificate: false, usesProxy: false });

          for (const { url: address, timeoutMs = Infinity } of asked) {
            expect(new URL(address).origin).toBe(url);
            expect(address).not.toContain(planted);
            expect(timeoutMs).toBeLessThanOrEqual(10_000);
          }
          expect(asked.map(waysOf)).toEqual(asked.map(() => [true, undefined, undefined]));
          expect(otherwise.map(waysOf)).toEqual(otherwise.map(() => [true, true, true]));
        }
      }
    });

    it("are not asked for an address that is none, nor without an account", async () => {
      for (const place of [{ url: "" }, { url: "ftp://remote.example.org" }, { account: accounts[3] ?? { kind: "none" } }]) {
        const { outcome, asked } = await play(unaskedHttpClient, place);

        expect([outcome.isGood, asked]).toEqual([false, []]);
      }
    });
  });

  async function play(
    http: HttpClient,
    registered: Partial<RegisteredRemote>,
  ): Promise<{ readonly outcome: CheckOutcome; readonly asked: readonly HttpRequest[] }> {
    const asked: HttpRequest[] = [];
    const noting: HttpClient = {
      request(request) {
        asked.push(request);
        return http.request(request);
      },
    };
    const whole = {
      ...{ serviceId: id, url, settings: { region: "eu-west-1", collection: "Tools" }, checksCertificate: true, usesProxy: true },
      ...{ account: accounts[0] ?? { kind: "none" }, ...registered },
    };
    return { asked, outcome: await remote.check(whole, noting, () => Date.UTC(2026, 0, 1)) };
  }
}

function waysOf({ staysAtOrigin, acceptsAnyCertificate, skipsProxy }: HttpRequest): readonly unknown[] {
  return [staysAtOrigin, acceptsAnyCertificate, skipsProxy];
}

/** Fails the test with a request. */
const unaskedHttpClient: HttpClient = { request: () => Promise.reject(new TypeError("a request was made")) };
