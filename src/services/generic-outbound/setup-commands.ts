import type { Connection } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { ServiceContext, SetupAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { joinMarkdown, markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { connected, emptyList, listLead } from "./messages.js";
import { outboundTarget, renewToken, requireKey } from "./outbound-target.js";
import { checkAddress } from "./resolve.js";
import type { OutboundConfig } from "./schema.js";
import { checkName, nameOf, readAddress } from "./outbound-state.js";
import { removeToken } from "./tokens.js";

type Values = Readonly<Record<string, string | undefined>>;
type Context = ServiceContext<OutboundConfig>;

/** Hookshot's command for outbound webhooks (reference 3.2), and ours for looking after them. */
export function createSetupCommands(renderer: MarkdownRenderer): readonly SetupCommand<OutboundConfig>[] {
  const name = { name: "name", required: true };
  return [
    {
      name: "outbound-hook",
      arguments: [name, { name: "url", required: true }],
      help: "Create an outbound webhook.",
      effect: "change",
      run: createWebhook,
    },
    {
      name: "outbound-hook list",
      arguments: [],
      help: "Show outbound webhooks currently configured.",
      effect: "read",
      run: async (_values, setup) => listWebhooks(await setup.connections(), renderer),
    },
    {
      name: "outbound-hook remove",
      arguments: [name],
      help: "Remove an outbound webhook from the room.",
      effect: "change",
      run: removeWebhook,
    },
    {
      name: "outbound-hook rotate",
      arguments: [name],
      help: "Give an outbound webhook a new secret token.",
      effect: "change",
      run: rotateToken,
    },
  ];
}

async function createWebhook({ name = "", url = "" }: Values, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  checkName(name);
  readAddress(url);
  checkAddress(url, context);
  requireKey(context);
  const { kind } = await setup.connect(outboundTarget(name, name, url, context));
  return { body: kind === "created" ? connected : `The outbound webhook ${name} is there already. Nothing was changed.` };
}

function listWebhooks(connections: readonly Connection[], renderer: MarkdownRenderer): SetupAnswer {
  const names = connections.map(nameOf).sort();
  if (names.length === 0) return { body: emptyList, html: renderer.block(markdown`${emptyList}`) };
  const items = names.map((name) => markdown` - ${name}`);
  const source = joinMarkdown([{ text: listLead, source: listLead }, ...items], "\n");
  // As Hookshot's lists: a blank line, then ` * ` before each item.
  return { body: [listLead, "", ...names.map((name) => ` * ${name}`)].join("\n"), html: renderer.block(source) };
}

/** The token goes last: as long as the connection stands, what is still to be sent is sent with it. */
async function removeWebhook({ name = "" }: Values, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  const named = await findWebhooks(name, setup);
  for (const connection of named) await setup.disconnect(connection, "disabled");
  await context.commit(named.flatMap((connection) => removeToken(connection, context)));
  return { body: `Removed outbound webhook ${name}` };
}

async function rotateToken({ name = "" }: Values, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  const [connection, another] = await findWebhooks(name, setup);
  if (connection === undefined || another !== undefined) {
    throw new ValidationError(`Several outbound webhooks are called "${name}". Remove one of them first.`);
  }
  requireKey(context);
  const privately = await renewToken(connection, context);
  return {
    body: `The outbound webhook ${name} has a new secret token; the old one is not sent any more. See admin room for it.`,
    privately,
  };
}

/** @throws ValidationError when there is none */
async function findWebhooks(name: string, setup: SetupOperations): Promise<readonly Connection[]> {
  const named = (await setup.connections()).filter((connection) => nameOf(connection) === name);
  if (named.length === 0) throw new ValidationError(`No outbound webhook by the name of "${name}" is configured.`);
  return named;
}
