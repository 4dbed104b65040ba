import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.js";
import { RemoteError } from "../core/errors.js";
import type { CheckOutcome, RegisteredRemote, RemoteAccount } from "../core/registered-remote.js";
import { createLog } from "../shared/log.js";
import { Secret } from "../shared/secret.js";
import { createCheckRemote } from "./check-remote.js";

const http = { request: () => Promise.reject(new Error("Nothing is sent here.")) };

function remote(account: RemoteAccount = { kind: "none" }, serviceId = "tracker"): RegisteredRemote {
  return { serviceId, url: "https://tracker.example", account, settings: {}, checksCertificate: true, usesProxy: true };
}

function createRig(check: () => Promise<CheckOutcome>) {
  const clock = new ManualClock();
  const logged: string[] = [];
  const options = { level: "trace", json: true, colorize: false, timestampFormat: "" } as const;
  const log = createLog(options, { write: (line) => void logged.push(line) });
  const services = [
    { id: "tracker", title: "Tracker", remote: { check } },
    { id: "silent", title: "Silent" },
  ];
  return { clock, logged, checkRemote: createCheckRemote({ services, http, clock, log }) };
}

describe("checking a registered remote", () => {
  it("gives what its service says", async () => {
    const outcome = { isGood: true, account: "octocat" } as const;

    expect(await createRig(() => Promise.resolve(outcome)).checkRemote(remote())).toBe(outcome);
  });

  it.each(["silent", "unknown"])("says of a service that cannot test that it cannot: %s", async (serviceId) => {
    const { checkRemote } = createRig(() => Promise.resolve({ isGood: true }));

    expect(await checkRemote(remote({ kind: "none" }, serviceId))).toEqual({
      isGood: false,
      reason: "This system cannot be tested from here.",
    });
  });

  it("ends after ten seconds, whatever the service does", async () => {
    const { checkRemote, clock } = createRig(() => new Promise(() => undefined));
    const outcome = checkRemote(remote());

    await clock.advance(10_000);

    expect(await outcome).toEqual({
      isGood: false,
      reason: "Unable to connect to Tracker service. Reason: it did not answer within 10 seconds.",
    });
  });

  it("gives the reason of a request that failed", async () => {
    const { checkRemote } = createRig(() => Promise.reject(new RemoteError("tracker.example could not be reached")));

    expect(await checkRemote(remote())).toEqual({
      isGood: false,
      reason: "Unable to connect to Tracker service. Reason: tracker.example could not be reached",
    });
  });

  it("tells the log alone of a mistake of ours", async () => {
    const { checkRemote, logged } = createRig(() => {
      throw new TypeError("inner detail");
    });

    expect(await checkRemote(remote())).toEqual({
      isGood: false,
      reason: "Unable to connect to Tracker service. Reason: an internal error occurred; the log says more.",
    });
    expect(logged.join()).toContain("inner detail");
  });

  it.each<RemoteAccount>([
    { kind: "password", username: "ada", password: new Secret("planted") },
    { kind: "token", token: new Secret("planted") },
  ])("takes a secret out of a reason: $kind", async (account) => {
    const { checkRemote } = createRig(() => Promise.resolve({ isGood: false, reason: "no account for planted" }));

    expect(await checkRemote(remote(account))).toEqual({ isGood: false, reason: "no account for [secret]" });
  });
});
