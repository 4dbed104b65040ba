import { ValidationError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { saidPayloadSchema, type SaidPayload } from "./schema.js";

export const saidEvent = "said";

/** The key under which a channel's events are routed. */
export function channelKey(channel: string): string {
  return `channel:${channel}`;
}

/** Reads a request's body. The function throws ValidationError when it is no payload of ours. */
export function createEventReader(): (body: Buffer) => RemoteEvent {
  const validate = compileSchema<SaidPayload>(saidPayloadSchema, { allErrors: false });
  return (body) => {
    const checked = validate(parseJson(body));
    if (!checked.ok) throw new ValidationError(`The payload does not fit: ${describeProblems(checked.problems)}`);
    return { name: saidEvent, routingKeys: [channelKey(checked.value.channel)], payload: checked.value };
  };
}

function parseJson(body: Buffer): unknown {
  try {
    // Not `any`: the schema checks it.
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch (cause) {
    throw new ValidationError("The body is no JSON.", { cause });
  }
}
