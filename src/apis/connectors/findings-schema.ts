import type { JsonSchema } from "../../http/route.js";

/** Of a report. */
export const findingLimits = {
  findings: 500,
  target: 300,
  project: 255,
  scanner: 100,
  fingerprint: 500,
  title: 1_000,
  description: 30_000,
  severity: 50,
  url: 2_000,
} as const;

const optionalText = (maxLength: number, description: string): JsonSchema => ({ type: ["string", "null"], maxLength, description });

const findingSchema: JsonSchema = {
  type: "object",
  required: ["fingerprint", "title", "state"],
  properties: {
    fingerprint: {
      type: "string",
      minLength: 1,
      maxLength: findingLimits.fingerprint,
      description:
        "By which the scanner knows it again. Means one finding within scanner, target and project; no two of a report have the same.",
      examples: ["CVE-2026-1234:openssl"],
    },
    title: { type: "string", minLength: 1, maxLength: findingLimits.title, description: "The issue's title." },
    description: optionalText(findingLimits.description, "Plain text: nothing in it is markup, and nobody is mentioned by it."),
    severity: optionalText(findingLimits.severity, "As the scanner calls it."),
    state: { enum: ["open", "fixed"], description: "`fixed`: it was not found any more." },
    url: optionalText(findingLimits.url, "A web address that says more."),
  },
};

/** A report as a program sends it. */
export const reportSchema: JsonSchema = {
  type: "object",
  required: ["target", "project", "scanner", "findings"],
  properties: {
    target: {
      type: "string",
      minLength: 1,
      maxLength: findingLimits.target,
      description: "Where issues are made: `connector/<name>`, `ticketing/<name>`, or with `#<id>` in place of the name.",
      examples: ["connector/main"],
    },
    project: {
      type: "string",
      minLength: 1,
      maxLength: findingLimits.project,
      description:
        "The tracker's project: its key, or `owner/repository`. One that was renamed goes by its new name, and is another project.",
      examples: ["PLAY"],
    },
    scanner: { type: "string", minLength: 1, maxLength: findingLimits.scanner, description: "What found it.", examples: ["trivy"] },
    dryRun: { type: "boolean", default: false, description: "True: only says what would be done." },
    findings: { type: "array", minItems: 1, maxItems: findingLimits.findings, items: findingSchema },
  },
};

const count = (description: string): JsonSchema => ({ type: "integer", minimum: 0, description });

/** What came of a report. */
export const reportAnswerSchema: JsonSchema = {
  type: "object",
  required: ["created", "updated", "reopened", "closed", "unchanged", "failed", "issues"],
  properties: {
    created: count("Findings that got an issue."),
    updated: count("Findings whose issue got another title or description."),
    reopened: count("Findings whose issue was opened again, changed or not."),
    closed: count("Findings whose issue was closed."),
    unchanged: count("Findings for which nothing was to be done."),
    failed: {
      type: "array",
      description: "Findings for which that was not done. Sending them again does what is left to do.",
      items: {
        type: "object",
        required: ["fingerprint", "error"],
        properties: { fingerprint: { type: "string" }, error: { type: "string", description: "A sentence without secrets." } },
      },
    },
    issues: {
      type: "array",
      description: "The issues of the findings that have one, in the order of the report.",
      items: {
        type: "object",
        required: ["fingerprint", "outcome", "key", "url"],
        properties: {
          fingerprint: { type: "string" },
          outcome: { enum: ["created", "updated", "reopened", "closed", "unchanged"] },
          key: { type: "string", examples: ["PLAY-12"] },
          url: { type: "string", description: "Where people open it." },
        },
      },
    },
  },
};

/** The body of a refusal. */
export const reportRefusalSchema: JsonSchema = {
  type: "object",
  description:
    "`detail` says why; where fields do not fit, each of them says what is wrong with it instead. Findings are named by their positions, from 0.",
  properties: {
    detail: { type: "string" },
    id: { type: "string", description: "With the status 500: finds the failure in the log." },
    non_field_errors: { type: "array", items: { type: "string" }, description: "What is wrong with the body as a whole." },
    target: { type: "array", items: { type: "string" } },
    project: { type: "array", items: { type: "string" } },
    scanner: { type: "array", items: { type: "string" } },
    dryRun: { type: "array", items: { type: "string" } },
    findings: { type: ["array", "object"] },
  },
};
