import { describe, expect, it } from "vitest";
import { errorCodes, type ErrorCode } from "../../core/errors.js";
import { provisioningErrorBody } from "./errors.js";
import { provisioningTag } from "./schema.js";

/** Codes of other APIs, and of failures that are told as `HS_UNKNOWN`. */
const elsewhere: readonly string[] = [
  "HS_UNROUTABLE",
  "HS_UNSUPPORTED_MEDIA_TYPE",
  "HS_UNAVAILABLE",
  "HS_TOO_MANY_REQUESTS",
  "SB_CONFIG",
  "SB_STORAGE",
];

// The list's keys are its codes.
const codes = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => !elsewhere.includes(code));

describe("the table of refusals in the API's documents", () => {
  it("has each code that the API can answer with, with the status that it has there", () => {
    const rows = [...provisioningTag.description.matchAll(/^\| `(\w+)` \| (\d+) \| \S.*\|$/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);

    const served = codes.map((code) => {
      const request = { method: "GET", path: "/v1/health", query: new URLSearchParams() };
      const { status } = provisioningErrorBody({ status: errorCodes[code].status, code, message: "", details: {} }, request);
      return [code, status];
    });
    expect([...rows].sort()).toEqual([...served].sort());
  });
});
