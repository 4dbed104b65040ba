import type { RefusedDevinfo } from "../../core/ports/devinfo.js";
import { SwitchboardError } from "../../core/errors.js";
import type { RequestHead, Route } from "../../http/route.js";
import { createOperation } from "../../http/operation.js";
import { findUnknownKeys } from "./find-unknown-keys.js";
import type { DevinfoParts } from "./parts.js";
import { elsewhereSchema, submissionResultSchema, submissionSchema } from "./schema.js";
import { showResult } from "./show-result.js";

/** Stores what a tool sends. */
export function createSubmit(parts: DevinfoParts): Route {
  const { at, isFirst, intake, knownProjects, devinfo, maxBodyBytes, log } = parts;
  const { accessBelow, authenticate, ...guard } = parts.guard("WRITE");
  return {
    ...createOperation({
      ...guard,
      method: "POST",
      path: `${at.devinfo}/bulk`,
      summary: "Stores commits, branches and pull requests of repositories.",
      description: `Repositories and entities are judged one by one: what does not fit is told in the answer, and the others are stored.`,
      params: parts.placeParams,
      body: {
        schema: isFirst ? submissionSchema : elsewhereSchema,
        maxBytes: maxBodyBytes,
        accepts: ["application/json"],
        read: ({ body }) => body,
      },
      answer: {
        status: 202,
        description: "What fits is stored.",
        schema: isFirst ? submissionResultSchema : elsewhereSchema,
      },
      refusals: {
        ...guard.refusals,
        400: "The body as a whole does not fit.",
        413: "The body is too large, or has more than 1000 entities: submit fewer.",
        415: "The body is no JSON by its type, or is compressed.",
      },
      async authenticate(request) {
        const caller = await authenticate(request);
        refuseCompressed(request);
        return caller;
      },
      async handle({ body, caller }) {
        // The cast: `read` gave the bytes.
        const { submission, bytes } = await intake.reader.read(body as Buffer);
        const unknownIssueKeys = await findUnknownKeys(submission, knownProjects);
        const { repositories, refused, isBackfill, preventTransitions, properties, product } = submission;
        await devinfo.record(
          { provider: caller.provider, repositories, isBackfill, preventTransitions, ...(properties === undefined ? {} : { properties }) },
          {
            request: { body: bytes, refused, unknownIssueKeys, ...(product === undefined ? {} : { product }) },
            ...(caller.instance === undefined ? {} : { instance: caller.instance }),
          },
        );
        logRefused(log, caller.name, refused);
        return showResult(submission, unknownIssueKeys);
      },
    }),
    accessBelow,
    bodyBudget: intake.bodyBudget,
    // The one that is called all the time; those of the gateway have a parameter in the middle.
    ...(isFirst ? { hot: true } : {}),
  };
}

/** A few bytes could become gigabytes. @throws SwitchboardError HS_UNSUPPORTED_MEDIA_TYPE */
function refuseCompressed({ headers }: RequestHead): void {
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return;
  throw new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", "The body has to be sent without Content-Encoding.");
}

function logRefused(log: DevinfoParts["log"], caller: string, refused: readonly RefusedDevinfo[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const [reason] = first.messages;
  log.debug(
    { caller, refused: refused.length, repositoryId: first.repositoryId, id: first.id, reason },
    "Some development information was refused",
  );
}
