import { PermissionError } from "../../core/errors.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { UnfitFieldsError } from "./errors.js";
import { reportAnswerSchema, reportRefusalSchema, reportSchema } from "./findings-schema.js";
import { maxBodyBytes, type ConnectorsParts } from "./parts.js";
import { readBody } from "./read-body.js";
import { readFindings } from "./read-findings.js";
import { findingsDescription } from "./schema.js";

export function createReportFindings({ reporting, findings, log }: ConnectorsParts): Route {
  return createOperation({
    ...reporting,
    refusalSchema: reportRefusalSchema,
    method: "POST",
    path: "/api/v2/findings",
    summary: "Tells what a scanner found, and makes, changes and closes issues of it.",
    description: findingsDescription,
    body: { schema: reportSchema, maxBytes: maxBodyBytes, read: readBody },
    answer: { description: "What was done, or with `dryRun` would be.", schema: reportAnswerSchema },
    refusals: {
      400: "The body does not fit, or there is no such target or project; nothing was done.",
      415: "The body is no JSON by its type.",
      429: "Too many reports are being worked on.",
    },
    async handle({ body, caller: { name, targets } }) {
      const report = readFindings(body);
      const result = await findings.report({ ...report, ...(targets === undefined ? {} : { onlyTargets: targets }) });
      if (result.kind === "not allowed") throw new PermissionError("The token is limited to other targets.");
      if (result.kind === "refused") throw new UnfitFieldsError({ [result.member]: [result.reason] });
      const { counts, failed, issues } = result.summary;
      const { target, project, scanner, isDryRun } = report;
      log.info({ caller: name, target, project, scanner, isDryRun, ...counts, failed: failed.length }, "A program reported findings");
      return { ...counts, failed, issues };
    },
  });
}
