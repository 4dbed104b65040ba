import { describe, expect, it } from "vitest";
import { noAnswer, parseJson, refusal } from "./homeserver-errors.js";

const now = Date.parse("2026-11-22T12:00:00Z");

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Parameters<typeof refusal>[0] {
  return { status, headers, body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
}

describe("a refusal of the homeserver", () => {
  it.each([
    { name: "403", given: answer(403, { errcode: "M_FORBIDDEN", error: "no" }), code: "M_FORBIDDEN", unknown: false, transient: false },
    { name: "400", given: answer(400, { errcode: "M_BAD_JSON" }), code: "M_BAD_JSON", unknown: false, transient: false },
    { name: "401", given: answer(401, { errcode: "M_UNKNOWN_TOKEN" }), code: "M_UNKNOWN_TOKEN", unknown: false, transient: true },
    { name: "429", given: answer(429, { errcode: "M_LIMIT_EXCEEDED" }), code: "M_LIMIT_EXCEEDED", unknown: false, transient: true },
    { name: "500", given: answer(500, { errcode: "M_UNKNOWN" }), code: "M_UNKNOWN", unknown: true, transient: true },
    { name: "a proxy's 502", given: answer(502, "<html>Bad Gateway</html>"), code: undefined, unknown: true, transient: true },
    { name: "a redirect", given: answer(302, ""), code: undefined, unknown: false, transient: false },
  ])("$name says what it is and whether to try again", ({ given, code, unknown, transient }) => {
    const error = refusal(given, now);

    expect(error).toMatchObject({ status: given.status, remoteCode: code, outcomeUnknown: unknown, isTransient: transient });
  });

  it.each([
    { name: "the body", body: { retry_after_ms: 1500 }, headers: {}, expected: 1500 },
    { name: "seconds in the header", body: {}, headers: { "retry-after": "7" }, expected: 7000 },
    { name: "a date in the header", body: {}, headers: { "retry-after": "Sun, 22 Nov 2026 12:00:03 GMT" }, expected: 3000 },
    { name: "the body before the header", body: { retry_after_ms: 10 }, headers: { "retry-after": "7" }, expected: 10 },
    { name: "the header, where the body is nonsense", body: { retry_after_ms: "soon" }, headers: { "retry-after": "2" }, expected: 2000 },
    { name: "nobody", body: {}, headers: { "retry-after": "soon" }, expected: undefined },
  ])("takes the time to wait from $name", ({ body, headers, expected }) => {
    expect(refusal(answer(429, body, headers), now).retryAfterMs).toBe(expected);
  });

  it("names as_token when the token is refused", () => {
    expect(refusal(answer(401, { errcode: "M_UNKNOWN_TOKEN" }), now).message).toContain("as_token");
  });

  it("cuts what the homeserver says", () => {
    expect(refusal(answer(400, { errcode: "M_X", error: "x".repeat(10_000) }), now).message.length).toBeLessThan(400);
  });
});

describe("a try without an answer", () => {
  const connect = Object.assign(new Error("connect"), { code: "EHOSTUNREACH", syscall: "connect" });
  const cut = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });

  it.each([
    { name: "a refused connection", error: Object.assign(new Error("x"), { code: "ECONNREFUSED" }), unknown: false },
    { name: "an unknown name", error: Object.assign(new Error("x"), { code: "ENOTFOUND", syscall: "getaddrinfo" }), unknown: false },
    { name: "an unreachable host", error: connect, unknown: false },
    { name: "several addresses, none reachable", error: new AggregateError([connect, connect]), unknown: false },
    { name: "several addresses, one reached", error: new AggregateError([connect, cut]), unknown: true },
    { name: "a cut connection", error: cut, unknown: true },
    { name: "silence", error: Object.assign(new Error("x"), { code: "UND_ERR_HEADERS_TIMEOUT" }), unknown: true },
    { name: "a connection cut by us", error: Object.assign(new Error("x"), { code: "UND_ERR_DESTROYED" }), unknown: true },
    { name: "something that is no error", error: "nonsense", unknown: true },
  ])("after $name the outcome is unknown: $unknown", ({ error, unknown }) => {
    expect(noAnswer(error, "http://hs")).toMatchObject({
      outcomeUnknown: unknown,
      status: undefined,
      isTransient: true,
      cause: { cause: error },
    });
  });

  it.each([
    Object.assign(new Error("connect ECONNREFUSED 10.0.0.5:8008"), { code: "ECONNREFUSED", syscall: "connect" }),
    Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" }),
    new Error("nothing at http://10.0.0.5:8008"),
  ])("names the homeserver's address to the log alone: $message", (error) => {
    const { message, cause } = noAnswer(error, "http://10.0.0.5:8008");

    // Whoever calls an API reads the message, and so do people in rooms.
    expect(message).not.toContain("10.0.0.5");
    expect(cause).toMatchObject({ message: expect.stringContaining("http://10.0.0.5:8008") as unknown });
  });
});

describe("parseJson", () => {
  it("gives undefined for what is no JSON", () => {
    expect(parseJson(Buffer.from("<html>"))).toBeUndefined();
  });
});
