import type { Resolution, ResolveInput } from "../../core/service.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { channelKindId } from "./kind-channel.js";
import { stateSchema, type ChannelState } from "./schema.js";

/**
 * `!connect echo builds`: there is nobody to ask whether a channel exists, so every name that fits is one.
 * @returns the resolver; it compiles a schema, so it is made once
 */
export function createResolver(): (input: ResolveInput) => Promise<Resolution> {
  const validate = compileSchema<ChannelState>(stateSchema);
  return async ({ typed, remoteName }) => {
    if (remoteName !== undefined) return { kind: "refused", reason: "There is one echo only: type it as in `!connect echo builds`." };
    const checked = validate({ channel: typed });
    if (!checked.ok) return { kind: "refused", reason: `This is no name of a channel: ${describeProblems(checked.problems)}.` };
    return { kind: "found", target: { kindId: channelKindId, stateKey: typed, state: { channel: typed }, name: typed } };
  };
}
