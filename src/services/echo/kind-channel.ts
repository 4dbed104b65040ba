import type { ConnectionState } from "../../core/connection.js";
import { notice } from "../../core/message.js";
import type { Provisioned, ProvisionInput } from "../../core/provisioning.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ConnectionKind, Rendered } from "../../core/service.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { channelKey } from "./events.js";
import { saidText } from "./messages.js";
import { stateSchema, type ChannelState, type EchoConfig, type SaidPayload } from "./schema.js";

export const channelKindId = "channel";

/** "This room hears that channel." The state key is the channel's name. */
export function createChannelKind(renderer: MarkdownRenderer): ConnectionKind<EchoConfig> {
  return {
    id: channelKindId,
    title: "Echo channel",
    stateTypes: ["org.matrix.switchboard.echo.channel"],
    stateSchema,
    remoteKeys: (state) => [channelKey(channelState(state).channel)],
    resourceKey: (state) => channelState(state).channel,
    // Also called for state that did not fit the schema.
    describe: ({ channel }, stateKey) => ({ name: typeof channel === "string" && channel !== "" ? channel : stateKey }),
    isNamed: (state, stateKey, typed) => typed === stateKey || typed === channelState(state).channel,
    render: (event) => render(event, renderer),
    provisioning: { type: "EchoChannel", service: "echo", provision: provisionChannel },
  };
}

/** A program may connect what a person may: every name that fits is a channel. */
async function provisionChannel({ config }: ProvisionInput): Promise<Provisioned> {
  const { channel } = channelState(config);
  return { target: { kindId: channelKindId, stateKey: channel, state: config, name: channel } };
}

// State reaches a kind only after its schema let it through.
function channelState(state: ConnectionState): ChannelState {
  return state as unknown as ChannelState;
}

function render({ payload }: RemoteEvent, renderer: MarkdownRenderer): Rendered {
  // `parse` made it.
  const text = saidText(payload as SaidPayload);
  // Empty `m.mentions` say that the message pings nobody, whatever stands in it (Matrix spec v1.7, "User and room mentions").
  return { kind: "messages", messages: [notice(text.text, renderer.inline(text), { "m.mentions": {} })] };
}
