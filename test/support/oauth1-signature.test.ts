import { createSign, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";
import { OAuth1Checker, type SignedRequest } from "./oauth1-signature.js";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 1_024,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

// The request of the published RSA-SHA1 test case (OAuth's wiki, "TestCases"), and its base string as printed there.
const published =
  "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacaction.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3D" +
  "13917289812797014437%26oauth_signature_method%3DRSA-SHA1%26oauth_timestamp%3D1196666512%26oauth_version%3D1.0%26size%3Doriginal";
const parameters = {
  oauth_consumer_key: "dpf43f3p2l4k3l03",
  oauth_nonce: "13917289812797014437",
  oauth_signature_method: "RSA-SHA1",
  oauth_timestamp: "1196666512",
  oauth_version: "1.0",
  oauth_signature: createSign("RSA-SHA1").update(published).sign(privateKey, "base64"),
};

function request(change: Readonly<Record<string, string>> = {}, others: Partial<SignedRequest> = {}): SignedRequest {
  const pairs = Object.entries({ realm: "anything", ...parameters, ...change });
  return {
    method: "GET",
    url: "http://photos.example.net/photos",
    query: new URLSearchParams("size=original&file=vacaction.jpg"),
    authorization: `OAuth ${pairs.map(([name, value]) => `${name}="${encodeURIComponent(value)}"`).join(", ")}`,
    ...others,
  };
}

function checker(aheadSeconds = 0): OAuth1Checker {
  const clock = new ManualClock((1_196_666_512 + aheadSeconds) * 1_000);
  return new OAuth1Checker({ consumerKey: "dpf43f3p2l4k3l03", publicKey }, clock);
}

describe("the check of a signed request", () => {
  it("takes the published example, once", () => {
    const one = checker();

    expect(one.check(request())).toBeInstanceOf(Map);
    expect(one.check(request())).toBe("nonce_used");
  });

  it.each([
    { what: "another query", made: request({}, { query: new URLSearchParams("size=large&file=vacaction.jpg") }) },
    { what: "another method", made: request({}, { method: "POST" }) },
    { what: "another address", made: request({}, { url: "http://photos.example.net/others" }) },
    { what: "a form that was not signed", made: request({}, { form: new URLSearchParams("a=b") }) },
    { what: "another token", made: request({ oauth_token: "stolen" }) },
  ])("refuses the signature for $what", ({ made }) => {
    expect(checker().check(made)).toBe("signature_invalid");
  });

  it.each([
    { change: { oauth_consumer_key: "other" }, problem: "consumer_key_unknown" },
    { change: { oauth_signature_method: "HMAC-SHA1" }, problem: "signature_method_rejected" },
    { change: { oauth_nonce: "" }, problem: "parameter_absent" },
    { change: { oauth_timestamp: "soon" }, problem: "timestamp_refused" },
  ])("says $problem", ({ change, problem }) => {
    expect(checker().check(request(change))).toBe(problem);
  });

  it.each([-301, 301])("refuses a request that is %i seconds away", (aheadSeconds) => {
    expect(checker(aheadSeconds).check(request())).toBe("timestamp_refused");
  });
});
