/** Scopes of tokens: the names of the APIs that ask for one, which are those of their listener resources. */
export const apiScopes: readonly string[] = ["provisioning"];
