import { describe, expect, it } from "vitest";
import { homeserverAnswer } from "../../test/support/delivery-rig.js";
import { meaningOfFailure, retryDelayMs } from "./retry-policy.js";

describe("what a failed send means", () => {
  it.each([
    { what: "no answer", error: homeserverAnswer(undefined), kind: "homeserver-away" },
    { what: "401", error: homeserverAnswer(401, "M_UNKNOWN_TOKEN"), kind: "homeserver-away" },
    { what: "429", error: homeserverAnswer(429, "M_LIMIT_EXCEEDED"), kind: "sender-limited" },
    { what: "429 of a proxy", error: homeserverAnswer(429), kind: "sender-limited" },
    { what: "500", error: homeserverAnswer(500, "M_UNKNOWN"), kind: "room-failing" },
    { what: "502 of a proxy", error: homeserverAnswer(502), kind: "room-failing" },
    { what: "403 of the homeserver", error: homeserverAnswer(403, "M_FORBIDDEN"), kind: "forbidden" },
    { what: "404 of the homeserver", error: homeserverAnswer(404, "M_NOT_FOUND"), kind: "forbidden" },
    { what: "400", error: homeserverAnswer(400, "M_BAD_JSON"), kind: "refused" },
    { what: "413", error: homeserverAnswer(413, "M_TOO_LARGE"), kind: "refused" },
    { what: "403 of a proxy", error: homeserverAnswer(403), kind: "room-failing" },
    { what: "413 of a proxy", error: homeserverAnswer(413), kind: "room-failing" },
    { what: "404 of a wrong address", error: homeserverAnswer(404, "M_UNRECOGNIZED"), kind: "room-failing" },
    { what: "something unexpected", error: new TypeError("no such method"), kind: "room-failing" },
    { what: "something that is no error", error: "text", kind: "room-failing" },
  ])("$what: $kind", ({ error, kind }) => {
    expect(meaningOfFailure(error).kind).toBe(kind);
  });

  it("names the remedy where there is one", () => {
    expect(meaningOfFailure(homeserverAnswer(401, "M_UNKNOWN_TOKEN"))).toMatchObject({
      reason: "answered 401. Check as_token in the registration file, at the homeserver and here",
    });
    expect(meaningOfFailure(homeserverAnswer(404))).toMatchObject({
      reason: "answered 404. That is not a homeserver's answer; check bridge.url and any proxy before it",
    });
  });

  it("pauses for as long as the homeserver says, and two seconds when it does not say", () => {
    expect(meaningOfFailure(homeserverAnswer(429, "M_LIMIT_EXCEEDED", { retryAfterMs: 7_000 }))).toMatchObject({ delayMs: 7_000 });
    expect(meaningOfFailure(homeserverAnswer(429, "M_LIMIT_EXCEEDED"))).toMatchObject({ delayMs: 2_000 });
  });
});

describe("the delay before the next try", () => {
  it("doubles with each try, up to five minutes, and is spread over its upper half", () => {
    expect([1, 2, 3, 4].map((attempts) => retryDelayMs(attempts, 1))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect([1, 2, 3, 4].map((attempts) => retryDelayMs(attempts, 0))).toEqual([500, 1_000, 2_000, 4_000]);
    expect(retryDelayMs(10_000, 1)).toBe(300_000);
  });
});
