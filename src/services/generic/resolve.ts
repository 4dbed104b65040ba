import type { Resolution, ResolveInput, ServiceContext } from "../../core/service.js";
import type { GenericConfig } from "./schema.js";
import { checkName, hookTarget } from "./target.js";

/** `!connect webhook builds`: a hook of that name, made if the room has none. */
export async function resolveHook({ typed, remoteName }: ResolveInput, context: ServiceContext<GenericConfig>): Promise<Resolution> {
  if (remoteName !== undefined) {
    return { kind: "refused", reason: "A webhook has a name and no remote: type it as in `!connect webhook builds`." };
  }
  const name = typed.trim();
  try {
    checkName(name);
  } catch (error) {
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
  return { kind: "found", target: hookTarget(name, {}, context) };
}
