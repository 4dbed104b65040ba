import { parseArgs } from "node:util";
import { DemoFailure } from "./failure.js";

export interface DemoOptions {
  readonly isHelp: boolean;
  readonly isOnce: boolean;
  /** 0 takes any free port. */
  readonly homeserverPort: number;
  readonly webhookPort: number;
  readonly jiraPort: number;
  /** How long any one thing of the story may take to appear in the room. */
  readonly timeoutMs: number;
}

export const helpText = `Usage: npm run demo -- [options]

Plays one story on a real homeserver: a user invites the bot, types "!connect jira PLAY", and an issue made in a stand-in
for Jira becomes a message in the room. Then she logs in to the stand-in in a direct chat with the bot, and from the room
makes an issue of her own, assigns it and begins to work on it. Everything runs on loopback, with its data in a folder
that is removed at the end.

  --once                  play the story, take everything down, and exit 0 if every message arrived, else 1
  --homeserver-port <n>   port of the homeserver (default: a free one)
  --webhook-port <n>      port on which Switchboard takes webhooks and serves metrics (default: a free one)
  --jira-port <n>         port of the stand-in for Jira (default: a free one)
  --timeout <seconds>     how long each message may take to appear (default: 30)
  --help                  print this

Needs python3 (3.10 or later, with venv). The first start installs Synapse from PyPI into .scratch/, later ones find it there.
`;

/** @throws DemoFailure naming the option that is wrong */
export function readOptions(argv: readonly string[]): DemoOptions {
  const values = parse(argv);
  return {
    isHelp: values.help ?? false,
    isOnce: values.once ?? false,
    homeserverPort: readPort("--homeserver-port", values["homeserver-port"]),
    webhookPort: readPort("--webhook-port", values["webhook-port"]),
    jiraPort: readPort("--jira-port", values["jira-port"]),
    timeoutMs: 1_000 * readNumber("--timeout", values.timeout ?? "30", { from: 1, to: 3_600 }),
  };
}

interface Values {
  readonly help?: boolean;
  readonly once?: boolean;
  readonly "homeserver-port"?: string;
  readonly "webhook-port"?: string;
  readonly "jira-port"?: string;
  readonly timeout?: string;
}

function parse(argv: readonly string[]): Values {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = { once: flag, help: flag, "homeserver-port": text, "webhook-port": text, "jira-port": text, timeout: text };
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\. .*$/s, "") : String(error);
    throw new DemoFailure(`${reason}; npm run demo -- --help tells what there is.`, { cause: error });
  }
}

function readPort(option: string, text: string | undefined): number {
  return text === undefined ? 0 : readNumber(option, text, { from: 1, to: 65_535 });
}

function readNumber(option: string, text: string, { from, to }: { readonly from: number; readonly to: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to))
    throw new DemoFailure(`${option} is ${JSON.stringify(text)}; it must be a whole number from ${from} to ${to}.`);
  return value;
}
