import { connectionId, type Connection } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { ServiceContext, SetupAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { joinMarkdown, markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { checkExpiry } from "./expiry.js";
import { isDue, markWarned } from "./expiry-notices.js";
import { createCareCommands } from "./care-commands.js";
import { hookIdsType } from "./hook-id.js";
import { hookState } from "./hook-state.js";
import { parseDuration } from "./limits.js";
import type { GenericConfig } from "./schema.js";
import { removeSigningSecret } from "./signing-secrets.js";
import { checkName, hookTarget } from "./target.js";

type Values = Readonly<Record<string, string | undefined>>;
type Context = ServiceContext<GenericConfig>;

const listLead = "Webhooks configured:";
const emptyList = "No webhooks configured";
const connected = "Room configured to bridge webhooks. See admin room for secret url.";

/** Hookshot's set-up commands for webhooks (reference 3.2), and ours for looking after them. */
export function createSetupCommands(renderer: MarkdownRenderer): readonly SetupCommand<GenericConfig>[] {
  return [
    {
      name: "webhook",
      arguments: [
        { name: "name", required: true },
        { name: "liveDuration", required: false },
      ],
      help: "Create an inbound webhook. The liveDuration must be specified as a duration string (e.g. 30d).",
      effect: "change",
      run: ({ name = "", liveDuration }, setup, context) => createHook(name, liveDuration, setup, context),
    },
    {
      name: "webhook list",
      arguments: [],
      help: "Show webhooks currently configured.",
      effect: "read",
      run: async (_values, setup) => listHooks(await setup.connections(), renderer),
    },
    {
      name: "webhook remove",
      arguments: [{ name: "name", required: true }],
      help: "Remove a webhook from the room.",
      effect: "change",
      run: (values, setup, context) => removeHook(values, setup, context, renderer),
    },
    ...createCareCommands(createHook),
  ];
}

async function createHook(name: string, liveDuration: string | undefined, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  const expiryMs = liveDuration === undefined ? undefined : expiryAfter(liveDuration, context.now());
  checkName(name);
  const settings = expiryMs === undefined ? {} : { expirationDate: new Date(expiryMs).toISOString() };
  checkExpiry(settings, undefined, context.config, context.now());
  const id = connectionId(setup.roomId, hookIdsType, name);
  // Whoever makes it for so short a time knows.
  const changes = expiryMs !== undefined && isDue(expiryMs - context.now()) ? [markWarned(context, id, expiryMs)] : [];
  const { kind } = await setup.connect(hookTarget(name, settings, context), changes);
  if (kind === "created" || expiryMs === undefined) return { body: connected };
  return { body: `The webhook ${name} is there already, and expires when it did. See admin room for secret url.` };
}

/** Later than this no date can be written with four digits for its year. */
const latestMs = Date.UTC(9999, 11, 31);

/** @throws ValidationError */
function expiryAfter(liveDuration: string, nowMs: number): number {
  const durationMs = parseDuration(liveDuration);
  if (durationMs === undefined || Math.abs(durationMs) > latestMs - nowMs) throw new ValidationError("Duration could not be parsed");
  return Math.trunc(nowMs + durationMs);
}

function listHooks(connections: readonly Connection[], renderer: MarkdownRenderer): SetupAnswer {
  const names = connections.map(({ state }) => hookState(state).name).sort();
  if (names.length === 0) return { body: emptyList, html: renderer.block(markdown`${emptyList}`) };
  const items = names.map((name) => markdown` - ${name}`);
  const source = joinMarkdown([{ text: listLead, source: listLead }, ...items], "\n");
  // Hookshot's body is the text form of its HTML: a blank line, then ` * ` before each item.
  return { body: [listLead, "", ...names.map((name) => ` * ${name}`)].join("\n"), html: renderer.block(source) };
}

async function removeHook(
  { name = "" }: Values,
  setup: SetupOperations,
  context: Context,
  renderer: MarkdownRenderer,
): Promise<SetupAnswer> {
  for (const connection of await findHooks(name, setup)) {
    await setup.disconnect(connection, "disabled");
    await context.commit(removeSigningSecret(context, connection));
  }
  return { body: `Removed webhook ${name}`, html: renderer.block(markdown`Removed webhook ${name}`) };
}

/** The room's hooks of that name. @throws ValidationError when there is none, in Hookshot's words */
async function findHooks(name: string, setup: SetupOperations): Promise<readonly Connection[]> {
  const named = (await setup.connections()).filter(({ state }) => hookState(state).name === name);
  if (named.length === 0) throw new ValidationError(`No webhook by the name of "${name}" is configured.`);
  return named;
}
