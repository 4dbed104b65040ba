import { describe, expect, it } from "vitest";
import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpRequest } from "../core/ports/http-client.js";
import type { RegisteredRemote } from "../core/registered-remote.js";
import { Secret } from "../shared/secret.js";
import { createRemoteCheck, type RemoteQuestions } from "./remote-check.js";

const remote: RegisteredRemote = {
  ...{ serviceId: "tracker", url: "https://tracker.example.org", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: new Secret("hush") },
};

const answer = { status: 200, headers: {}, body: "{}", bytes: Buffer.from("{}") };

/** Asks twice and is good. */
const twice: RemoteQuestions["ask"] = async ({ url }, asker) => {
  await asker.json({ url: `${url}/first` });
  await asker.json({ url: `${url}/second` });
  return "ada";
};

/** Answers everything, each answer after so many milliseconds of the clock's. */
function clockedClient(tookMs: number): { readonly http: HttpClient; readonly now: () => number; readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  let time = Date.UTC(2026, 0, 1);
  const request = async (sent: HttpRequest): Promise<typeof answer> => {
    asked.push(sent);
    time += tookMs;
    return answer;
  };
  return { http: { request }, now: () => time, asked };
}

describe("the check of a registered remote", () => {
  it.each([
    { tookMs: 4_000, second: 5_500, title: "has what the first question left" },
    { tookMs: 20_000, second: 1, title: "is as good as over when the first took it all" },
    { tookMs: -60_000, second: 9_500, title: "does not get longer when the clock is set back" },
  ])("keeps all its questions within ten seconds: the second $title", async ({ tookMs, second }) => {
    const { http, now, asked } = clockedClient(tookMs);

    await createRemoteCheck({ title: "Tracker", ask: twice }).check(remote, http, now);

    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([9_500, second]);
  });

  it.each(["two\nlines", "ümläut", "\u0000"])("sends no token that a header cannot carry, nor says it: %j", async (token) => {
    const { http, now, asked } = clockedClient(0);
    const check = createRemoteCheck({
      title: "Tracker",
      ask: async ({ url }, asker) => {
        await asker.json({ url, headers: { "x-token": token } });
        return undefined;
      },
    });

    expect(await check.check(remote, http, now)).toEqual({
      isGood: false,
      reason:
        "Unable to connect to Tracker service (Check server URL, api token). Reason: the credentials have characters that cannot be sent.",
    });
    expect(asked).toEqual([]);
  });

  it.each([
    { told: "it is not there", says: "Reason: it is not there." },
    { told: "It is not there.", says: "Reason: It is not there." },
    { told: "is its address right?", says: "Reason: is its address right?" },
  ])("ends its reason as one sentence: $told", async ({ told, says }) => {
    const { http, now } = clockedClient(0);
    const ask = (): Promise<never> => Promise.reject(new RemoteError(told));

    const { reason } = { reason: "", ...(await createRemoteCheck({ title: "Tracker", ask }).check(remote, http, now)) };

    expect(reason.slice(-says.length - 1)).toBe(` ${says}`);
  });

  it.each([".elsewhere.test/api", "@elsewhere.test", ":8443/api", "api"])(
    "asks nobody where the path of the API would make the address another one: %s",
    async (apiPath) => {
      const { http, now, asked } = clockedClient(0);

      const outcome = await createRemoteCheck({ title: "Tracker", ask: twice }).check({ ...remote, apiPath }, http, now);

      expect(outcome).toEqual({ isGood: false, reason: expect.stringContaining("the path of the API has to begin with a slash") });
      expect(asked).toEqual([]);
    },
  );

  it("hands on what is no failure of the remote's: somebody has to mend it", async () => {
    const check = createRemoteCheck({ title: "Tracker", ask: () => Promise.reject(new TypeError("a mistake")) });

    await expect(check.check(remote, clockedClient(0).http, () => 0)).rejects.toThrow("a mistake");
  });
});
