import { createHash } from "node:crypto";
import { ValidationError } from "../../src/core/errors.js";
import type { ConnectionKind, ConnectionTarget, Service } from "../../src/core/service.js";

export const hookType = "org.example.hooks.hook";
export const oldHookType = "com.example.old-hooks.hook";

/** Where the ids lie; not the type of the state, so that the two cannot be taken for each other. */
export const hookIdsType = "org.example.hooks.ids";

export function hookKey(secretId: string): string {
  return `hook ${createHash("sha256").update(secretId).digest("hex")}`;
}

/** A kind that is found by secret ids, may be static, and has rules for changes: a hook is set to end on a later day than today. */
const hook: ConnectionKind<unknown> = {
  id: "hook",
  title: "Hook",
  stateTypes: [hookType, oldHookType],
  stateSchema: {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 3 },
      ends: { type: "number" },
      commandPrefix: { type: "string", minLength: 2 },
    },
  },
  remoteKeys: () => ["every hook"],
  resourceKey: (_state, stateKey) => stateKey,
  describe: ({ name }) => ({ name: String(name) }),
  isNamed: () => false,
  render: () => ({ kind: "ignored", reason: "the tests render nothing" }),
  checkChange({ ends }, before, { now }) {
    if (typeof ends !== "number" || ends === before?.["ends"]) return;
    if (ends <= now()) throw new ValidationError("a hook must end later than now");
  },
  secretIds: {
    accountDataType: hookIdsType,
    create: (random) => `secret-${random.token(12)}`,
    routingKey: hookKey,
  },
  canBeStatic: true,
};

/** What a service of hooks has; the rest may be any service's. */
export const hookKinds: Pick<Service<unknown>, "id" | "title" | "kinds"> = { id: "hooks", title: "Hooks", kinds: [hook] };

export function hookTarget(stateKey = "builds", state: Readonly<Record<string, unknown>> = {}): ConnectionTarget {
  return { kindId: "hook", stateKey, state: { name: stateKey, ...state }, name: stateKey };
}
