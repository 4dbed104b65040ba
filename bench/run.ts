import { parseArgs } from "node:util";
import { benchDevinfo } from "./devinfo.js";
import { benchDevinfoLarge } from "./devinfo-large.js";
import { benchHookFunctions } from "./hook-functions.js";
import { benchStartUp } from "./start-up.js";
import { benchTransactions } from "./transactions.js";
import { benchWebhookToMessage } from "./webhook-to-message.js";

/*
 * npm run bench -- [--entities N] [scenario ...]: measures the built product (`npm run build` first). Load, homeserver and subject share this
 * machine over loopback, so figures mean something only beside others of the same run. `--entities` is how many the scenario `devinfo` stores.
 */

const { values, positionals: asked } = parseArgs({ options: { entities: { type: "string", default: "1000000" } }, allowPositionals: true });
const entities = Number(values.entities);

const scenarios: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  "webhook-to-message": benchWebhookToMessage,
  "start-up": benchStartUp,
  transactions: benchTransactions,
  "hook-functions": benchHookFunctions,
  devinfo: (print) => benchDevinfo(print, { entities }),
  "devinfo-large": benchDevinfoLarge,
};

const unknown = asked.filter((name) => !Object.hasOwn(scenarios, name));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(", ")}; there are ${Object.keys(scenarios).join(", ")}.`);
  process.exit(2);
}
if (!Number.isSafeInteger(entities) || entities < 20_000) {
  console.error("--entities takes a whole number, 20000 or more.");
  process.exit(2);
}
console.log(`Node ${process.version}`);
for (const [name, scenario] of Object.entries(scenarios)) {
  if (asked.length === 0 || asked.includes(name)) await scenario((line) => console.log(line));
}
