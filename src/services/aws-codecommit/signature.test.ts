import { describe, expect, it } from "vitest";
import { signRequest } from "./signature.js";

/** Of "Signature Version 4 test suite", published by AWS: its requests by POST to `/`. */
const suite = {
  key: { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  common: { host: "example.amazonaws.com", region: "us-east-1", service: "service", now: Date.UTC(2015, 7, 30, 12, 36) },
  credential: "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request",
};

describe("signatures of AWS", () => {
  it.each([
    {
      name: "post-vanilla",
      ...{ headers: {}, body: "", signed: "host;x-amz-date" },
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    {
      name: "post-header-key-sort",
      ...{ headers: { "My-Header1": "value1" }, body: "", signed: "host;my-header1;x-amz-date" },
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    },
    {
      name: "post-header-value-case",
      ...{ headers: { "My-Header1": "VALUE1" }, body: "", signed: "host;my-header1;x-amz-date" },
      signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    },
    {
      name: "post-x-www-form-urlencoded",
      ...{ headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "Param1=value1" },
      signed: "content-type;host;x-amz-date",
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    },
  ])("are those of the published case $name", ({ headers, body, signed, signature }) => {
    const made = signRequest({ ...suite.common, headers, body }, suite.key);

    expect(made["x-amz-date"]).toBe("20150830T123600Z");
    expect(made["authorization"]).toBe(`AWS4-HMAC-SHA256 Credential=${suite.credential}, SignedHeaders=${signed}, Signature=${signature}`);
  });

  it("do not differ by blanks around and within a header's value", () => {
    const sign = (value: string): string | undefined =>
      signRequest({ ...suite.common, headers: { "My-Header1": value }, body: "" }, suite.key)["authorization"];

    expect(sign("  a   b ")).toBe(sign("a b"));
    expect(sign("a b")).not.toBe(sign("ab"));
  });
});
