import { NotFoundError, SwitchboardError } from "../core/errors.js";
import type { ProviderSummary } from "../core/ports/devinfo.js";
import type { ProviderRecord } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { EngineParts } from "./parts.js";

/** Providers that have data, by name. */
export async function listProviders({ store, providers }: EngineParts): Promise<readonly ProviderSummary[]> {
  const counted: ProviderSummary[] = [];
  for (const { name, number } of (await providers.all()).values()) {
    const repositories = await store.countRepositories(number);
    if (repositories > 0) counted.push({ provider: name, repositories });
  }
  return counted.sort((one, other) => (one.provider < other.provider ? -1 : 1));
}

/** All that a provider has is another one's from then on, its tombstones too. */
export async function renameProvider(parts: EngineParts, from: string, to: string): Promise<void> {
  await parts.turns.run([{ provider: from }, ...(from === to ? [] : [{ provider: to }])], async () => {
    const { store, providers } = parts;
    const provider = await withData(parts, from);
    const other = await providers.find(to);
    if (provider.number === other?.number) return;
    if (other !== undefined && (await store.hasRepositories(other.number))) {
      throw new SwitchboardError("HS_CONFLICTING_CONNECTION", `The provider ${to} has data of its own.`);
    }
    await change(parts, [
      // It may have tombstones.
      ...(other === undefined ? [] : store.unlinkProvider(other.number)),
      store.putProvider({ ...provider, name: to }),
    ]);
  });
}

export async function deleteProvider(parts: EngineParts, name: string): Promise<void> {
  await parts.turns.run([{ provider: name }], async () => {
    const { number } = await withData(parts, name);
    await change(parts, parts.store.unlinkProvider(number));
  });
}

async function withData({ store, providers }: EngineParts, name: string): Promise<ProviderRecord> {
  const provider = await providers.find(name);
  if (provider === undefined || !(await store.hasRepositories(provider.number)))
    throw new NotFoundError(`The provider ${name} has no data.`);
  return provider;
}

async function change({ commit, providers, cleaning }: EngineParts, changes: readonly StoreChange[]): Promise<void> {
  try {
    await commit(changes);
  } finally {
    // A batch that seems to fail may be stored all the same.
    providers.forget();
  }
  cleaning.wake();
}
