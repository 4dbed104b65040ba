import { NotFoundError, ValidationError } from "../../core/errors.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { WorkflowAnswer } from "./client-schema.js";
import { requireOwnLogin, type CommandSession } from "./commands-session.js";

/** Starts a workflow, in Hookshot's words (reference 3.3). */
export async function runWorkflow(session: CommandSession): Promise<Markdown> {
  requireOwnLogin(session);
  const { client, link, repository, call } = session;
  const inputs = readInputs(call.values["args"]);
  const workflow = chooseWorkflow(await client.workflows(link, repository), call.values["name"] ?? "");
  const ref = call.values["ref"]?.trim() || (await defaultRef(session));
  await call.begin();
  await client.startWorkflow(link, repository, workflow.id, { ref, inputs });
  return markdown`Workflow started.`;
}

/** By its name, or by its file's. */
function chooseWorkflow(workflows: readonly WorkflowAnswer[], typed: string): WorkflowAnswer {
  const wanted = typed.trim().toLowerCase();
  const byName = workflows.find(({ name }) => name.trim().toLowerCase() === wanted);
  const chosen = byName ?? workflows.find(({ path }) => path?.split("/").at(-1)?.toLowerCase() === wanted);
  if (chosen !== undefined) return chosen;
  const names = workflows.map(({ name }) => name.replaceAll("`", "'")).join(", ");
  const known = workflows.length === 0 ? "There are no workflows on this repository." : `The workflows on this repository are ${names}`;
  throw new NotFoundError(`Could not find a workflow by the name of "${typed.trim()}". ${known}`);
}

async function defaultRef({ client, link, repository }: CommandSession): Promise<string> {
  const branch = (await client.findRepository(link, repository))?.default_branch;
  if (branch) return branch;
  throw new NotFoundError("Could not determine default ref (maybe pass one in)");
}

/** `name=value,other=value`; a value may hold further equals signs, but no comma. */
function readInputs(typed: string | undefined): Readonly<Record<string, string>> {
  const pairs = wellFormed(typed ?? "")
    .split(",")
    .filter((pair) => pair.trim() !== "");
  const entries = pairs.map((pair): [string, string] => {
    const end = pair.indexOf("=");
    if (end <= 0) throw new ValidationError(`"${pair.trim()}" is no argument. Arguments are written \`name=value\`, separated by commas.`);
    return [pair.slice(0, end).trim(), pair.slice(end + 1).trim()];
  });
  return Object.fromEntries(entries);
}
