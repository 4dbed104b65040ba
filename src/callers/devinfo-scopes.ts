import type { DevinfoScope } from "./devinfo-callers.js";

/** From the least to the most: each includes those before it (Connect's "Scopes": WRITE includes READ, DELETE both). */
export const devinfoScopes: readonly DevinfoScope[] = ["READ", "WRITE", "DELETE"];

/** The scopes with those that they include. */
export function withIncluded(scopes: readonly DevinfoScope[]): ReadonlySet<DevinfoScope> {
  const most = Math.max(-1, ...scopes.map((scope) => devinfoScopes.indexOf(scope)));
  return new Set(devinfoScopes.slice(0, most + 1));
}

/** Each once, from the least to the most. */
export function inOrder(scopes: readonly DevinfoScope[]): readonly DevinfoScope[] {
  return devinfoScopes.filter((scope) => scopes.includes(scope));
}
