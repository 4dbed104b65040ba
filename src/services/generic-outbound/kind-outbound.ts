import type { ConnectionState } from "../../core/connection.js";
import type { Provisioning } from "../../core/provisioning.js";
import type { ConnectionKind } from "../../core/service.js";
import type { Clock } from "../../shared/clock.js";
import { createForward } from "./forward.js";
import { tellOfMissingToken } from "./missing-token.js";
import { stateSchema, type OutboundConfig } from "./schema.js";
import { outboundState, readAddress } from "./outbound-state.js";
import { findToken, stateType } from "./tokens.js";

export const outboundKindId = "outbound-hook";

/** "What is said in this room goes there." The state key is the webhook's name, or whatever somebody chose. */
export function createOutboundKind(clock: Clock, provisioning: Provisioning<OutboundConfig>): ConnectionKind<OutboundConfig> {
  return {
    id: outboundKindId,
    title: "Outbound webhook",
    stateTypes: [stateType],
    stateSchema,
    provisioning,
    // Nothing comes in through it.
    remoteKeys: () => [],
    resourceKey(state, stateKey) {
      readAddress(outboundState(state).url);
      return stateKey;
    },
    describe,
    isNamed: ({ name, url }, stateKey, typed) => typed === stateKey || typed === name || typed === url,
    render: () => ({ kind: "ignored", reason: "an outbound webhook says nothing in its room" }),
    async changed(connection, _before, context) {
      if ((await findToken(connection, context)) === undefined) await tellOfMissingToken(connection, context);
    },
    listener: {
      // What is encrypted would tell nobody anything.
      hears: ({ type }) => type !== "m.room.encrypted",
      forward: createForward(clock),
    },
  };
}

/** Only the target's host is shown: paths and queries of such addresses are often secret. Also called for state that was not loaded. */
function describe({ name, url }: ConnectionState, stateKey: string): { readonly name: string; readonly url?: string } {
  const address = typeof url === "string" && URL.canParse(url) ? { url: new URL(url).origin } : {};
  return { name: typeof name === "string" && name !== "" ? name : stateKey, ...address };
}
