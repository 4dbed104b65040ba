import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorsRig } from "../../../test/support/connectors-rig.js";
import { SwitchboardError } from "../../core/errors.js";

const path = "/api/v2/findings/";
const finding = { fingerprint: "CVE-1", title: "Bad thing", state: "open" };
const report = { target: "connector/main", project: " PLAY ", scanner: " trivy ", findings: [finding] };

let rig: ConnectorsRig;

beforeEach(() => {
  rig = new ConnectorsRig();
});

afterEach(() => rig.stop());

async function post(body: unknown, token = "scan"): Promise<{ readonly status: number; readonly json: unknown }> {
  const answer = await rig.call("POST", path, { body, token });
  return { status: answer.status, json: answer.json() };
}

describe("POST /api/v2/findings", () => {
  it("hands a report on as it was sent, and answers what was done", async () => {
    rig.onReport = async () => ({
      kind: "done",
      summary: {
        counts: { created: 1, updated: 2, reopened: 3, closed: 4, unchanged: 5 },
        failed: [{ fingerprint: "CVE-2", error: "No." }],
        issues: [{ fingerprint: "CVE-1", outcome: "created", key: "PLAY-1", url: "https://tracker.example/browse/PLAY-1" }],
      },
    });
    const whole = { ...finding, description: "It\nis.", severity: "high", url: "https://cve.example/1", state: "fixed" };

    const answer = await post({ ...report, dryRun: true, findings: [whole, { ...finding, fingerprint: " x " }], more: 1 });

    expect(answer).toEqual({
      status: 200,
      json: {
        ...{ created: 1, updated: 2, reopened: 3, closed: 4, unchanged: 5 },
        failed: [{ fingerprint: "CVE-2", error: "No." }],
        issues: [{ fingerprint: "CVE-1", outcome: "created", key: "PLAY-1", url: "https://tracker.example/browse/PLAY-1" }],
      },
    });
    expect(rig.reported).toEqual([
      {
        ...{ target: "connector/main", project: "PLAY", scanner: "trivy", isDryRun: true },
        findings: [whole, { ...finding, fingerprint: " x " }],
      },
    ]);
  });

  it("takes null and blank text for what is not given", async () => {
    await post({ ...report, findings: [{ ...finding, description: null, severity: " ", url: "" }] });

    expect(rig.reported[0]?.findings).toEqual([finding]);
  });

  it("tells whom a token is limited to", async () => {
    await post(report, "narrow");

    expect(rig.reported[0]?.onlyTargets).toEqual(["connector/main"]);
  });

  it.each([
    { token: "right", status: 403, json: { detail: "You do not have permission to perform this action." } },
    { token: "read", status: 403, json: { detail: "You do not have permission to perform this action." } },
    { token: "wrong", status: 401, json: { detail: "Invalid token." } },
  ])("is not for the token $token", async ({ token, ...answer }) => {
    expect(await post(report, token)).toEqual(answer);
    expect(rig.reported).toEqual([]);
  });

  it("opens nothing else to who may report", async () => {
    expect((await rig.call("GET", "/api/v2/connectors/issue-tracker/", { token: "scan" })).status).toBe(403);
  });

  it.each([
    { result: { kind: "not allowed" }, status: 403, json: { detail: "You do not have permission to perform this action." } },
    {
      result: { kind: "refused", member: "target", reason: "There is no such target." },
      ...{ status: 400, json: { target: ["There is no such target."] } },
    },
    { result: { kind: "refused", member: "project", reason: "No." }, status: 400, json: { project: ["No."] } },
  ] as const)("answers $status where a report is $result.kind", async ({ result, status, json }) => {
    rig.onReport = async () => result;

    expect(await post(report)).toEqual({ status, json });
  });

  it("says when to come again where too many others are worked on", async () => {
    rig.onReport = () => Promise.reject(new SwitchboardError("HS_TOO_MANY_REQUESTS", "x", { details: { retryAfterSeconds: 40 } }));

    const answer = await rig.call("POST", path, { body: report, token: "scan" });

    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "40"]);
  });

  const required = ["This field is required."];

  it.each<{ readonly title: string; readonly body: unknown; readonly errors: unknown }>([
    {
      title: "nothing",
      body: {},
      errors: { target: required, project: required, scanner: required, findings: required },
    },
    { title: "a list", body: [], errors: { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] } },
    {
      title: "values of wrong types",
      body: { target: 1, project: null, scanner: " ", dryRun: "yes", findings: {} },
      errors: {
        target: ["Not a valid string."],
        project: ["This field may not be null."],
        scanner: ["This field may not be blank."],
        dryRun: ["Must be a valid boolean."],
        findings: ['Expected a list of items but got type "dict".'],
      },
    },
    { title: "no findings", body: { ...report, findings: [] }, errors: { findings: ["This list may not be empty."] } },
    {
      title: "too many findings",
      body: { ...report, findings: Array.from({ length: 501 }, (_, index) => ({ ...finding, fingerprint: `${index}` })) },
      errors: { findings: ["Ensure this field has no more than 500 elements."] },
    },
    {
      title: "findings that do not fit, by their positions",
      body: {
        ...report,
        findings: [
          finding,
          "x",
          { title: "", state: "gone", url: "javascript:alert(1)", severity: "x".repeat(51) },
          { ...finding, fingerprint: "b", state: 7, description: {} },
        ],
      },
      errors: {
        findings: {
          "1": { non_field_errors: ["Invalid data. Expected a dictionary, but got str."] },
          "2": {
            fingerprint: required,
            title: ["This field may not be blank."],
            state: ['"gone" is not a valid choice.'],
            severity: ["Ensure this field has no more than 50 characters."],
            url: ["Enter a valid URL."],
          },
          "3": { state: ['"int" is not a valid choice.'], description: ["Not a valid string."] },
        },
      },
    },
    {
      title: "two findings with one fingerprint",
      body: { ...report, findings: [finding, { ...finding, fingerprint: "b" }, { ...finding, title: "Other" }] },
      errors: { findings: { "2": { fingerprint: ["The finding at 0 has this fingerprint, too."] } } },
    },
    {
      title: "texts that are too long",
      body: { ...report, target: `connector/${"x".repeat(300)}`, findings: [{ ...finding, fingerprint: "x".repeat(501) }] },
      errors: {
        target: ["Ensure this field has no more than 300 characters."],
        findings: { "0": { fingerprint: ["Ensure this field has no more than 500 characters."] } },
      },
    },
  ])("refuses $title", async ({ body, errors }) => {
    expect(await post(body)).toEqual({ status: 400, json: errors });
    expect(rig.reported).toEqual([]);
  });

  it("counts characters as people do", async () => {
    const { status } = await post({ ...report, findings: [{ ...finding, severity: "😀".repeat(50) }] });

    expect(status).toBe(200);
  });

  it("takes 500 findings, and no body of more than a MiB", async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...finding, fingerprint: `${index}` }));
    const large = many.map((one) => ({ ...one, description: "x".repeat(2_500) }));

    expect((await post({ ...report, findings: many })).status).toBe(200);
    expect((await post({ ...report, findings: large })).status).toBe(413);
  });

  it("logs who reported how much, and nothing of the findings", async () => {
    await post({ ...report, findings: [{ ...finding, title: "planted-title", fingerprint: "planted-fingerprint" }] });

    const line = rig.logged.find((logged) => logged.includes("A program reported findings")) ?? "";
    expect(JSON.parse(line)).toMatchObject({ caller: "scanner", target: "connector/main", unchanged: 1, failed: 0 });
    expect(rig.logged.join("")).not.toContain("planted");
  });
});
