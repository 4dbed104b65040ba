import { describe, expect, it } from "vitest";
import { RecordedHttp, respond } from "../../test/support/recorded-http.js";
import { RemoteError } from "../core/errors.js";
import { requestToken, type TokenAnswer, type TokenRequest } from "./oauth2.js";

const url = "https://auth.example.org/oauth/token";
const call = `POST ${url}`;
const now = 1_700_000_000_000;
const parameters = { grant_type: "refresh_token", refresh_token: "planted-refresh+token", client_secret: "planted-secret" };

function ask(answer: unknown, format: TokenRequest["format"] = "json", http = new RecordedHttp({ [call]: answer })): Promise<TokenAnswer> {
  return requestToken(http, { url, parameters, format, now: () => now });
}

async function failureOf(answer: unknown): Promise<RemoteError> {
  const error: unknown = await ask(answer).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteError) return error;
  throw new TypeError("it did not fail as a remote does");
}

describe("a question for tokens", () => {
  it.each([
    { format: "json", type: "application/json", body: parameters },
    {
      format: "form",
      type: "application/x-www-form-urlencoded",
      body: "grant_type=refresh_token&refresh_token=planted-refresh%2Btoken&client_secret=planted-secret",
    },
  ] as const)("is sent as $format", async ({ format, type, body }) => {
    const http = new RecordedHttp({ [call]: { access_token: "a" } });

    await ask(undefined, format, http);

    expect(http.requests).toEqual([
      expect.objectContaining({ call, query: {}, body, headers: { accept: "application/json", "content-type": type } }),
    ]);
  });

  it.each([
    { title: "a token alone", answer: { access_token: "a" }, granted: { accessToken: "a" } },
    {
      title: "all that there is",
      answer: {
        access_token: "a",
        refresh_token: "r",
        expires_in: 3600,
        refresh_token_expires_in: 15_897_600,
        scope: "x y",
        token_type: "bearer",
      },
      granted: {
        accessToken: "a",
        refreshToken: "r",
        expiresAt: now + 3_600_000,
        refreshExpiresAt: now + 15_897_600_000,
        scope: "x y",
        tokenType: "bearer",
      },
    },
    {
      title: "a form",
      answer: respond(200, "access_token=a&expires_in=60&scope=", { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }),
      granted: { accessToken: "a", expiresAt: now + 60_000 },
    },
    {
      title: "members that make no sense",
      answer: { access_token: "a", expires_in: "soon", refresh_token: 7, scope: null, refresh_token_expires_in: 1e306 },
      granted: { accessToken: "a" },
    },
  ])("is granted with $title", async ({ answer, granted }) => {
    expect(await ask(answer)).toEqual({ kind: "granted", ...granted });
  });

  it.each([
    { title: "400, the standard's", answer: respond(400, { error: "invalid_grant" }), error: "invalid_grant" },
    { title: "401", answer: respond(401, { error: "invalid_client" }), error: "invalid_client" },
    { title: "403, Atlassian's", answer: respond(403, { error: "unauthorized_client" }), error: "unauthorized_client" },
    { title: "200, GitHub's", answer: { error: "bad_refresh_token" }, error: "bad_refresh_token" },
    { title: "200 and a token besides", answer: { error: "access_denied", access_token: "a" }, error: "access_denied" },
    { title: "what was sent, which cannot be shown", answer: respond(400, { error: "planted-secret" }), error: "unknown_error" },
    { title: "a word that cannot be shown", answer: respond(400, { error: "<b>`no`</b>" }), error: "unknown_error" },
  ])("is refused for certain: $title", async ({ answer, error }) => {
    expect(await ask(answer)).toEqual({ kind: "refused", error });
  });

  it("keeps the description of a refusal apart", async () => {
    expect(await ask(respond(403, { error: "unauthorized_client", error_description: "refresh_token is invalid" }))).toEqual({
      kind: "refused",
      error: "unauthorized_client",
      description: "refresh_token is invalid",
    });
  });

  it.each([
    { title: "no answer", answer: new RemoteError("cut"), isTransient: true },
    { title: "too many requests", answer: respond(429, { error: "invalid_grant" }), isTransient: true },
    { title: "a failure within", answer: respond(500, { error: "invalid_grant" }), isTransient: true },
    { title: "a busy server", answer: respond(400, { error: "temporarily_unavailable" }), isTransient: true },
    { title: "a page", answer: respond(200, "<html>planted-secret"), isTransient: false },
    { title: "a redirect", answer: respond(302), isTransient: false },
    { title: "nothing at that address", answer: respond(404), isTransient: false },
    { title: "no token", answer: { token: "planted-secret" }, isTransient: false },
    { title: "a token that no header can hold", answer: { access_token: "planted-secret\r\nx: y" }, isTransient: false },
  ])("cannot be told by $title", async ({ answer, isTransient }) => {
    const error = await failureOf(answer);

    expect(error.message).toMatch(/^The token address of auth\.example\.org /);
    expect(error.message).not.toContain("planted");
    // Without a status nobody knows, and with one of 200 to 499 it stays so.
    expect(error.isTransient).toBe(isTransient);
  });

  it("leaves nothing open that the tokens were wanted for", async () => {
    expect(await failureOf(new RemoteError("cut", { outcomeUnknown: true }))).toMatchObject({ outcomeUnknown: false });
  });
});
