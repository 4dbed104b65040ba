/** The provisioning API: the listener resource that serves it, and the scope that its tokens need. */
export const provisioningScope = "provisioning";

/** The scope of tokens that may read development information of issues; the operations of the Development Information API refuse them. */
export const devinfoScope = "devinfo";

/** Scopes of tokens: the names of the APIs that ask for one, which are those of their listener resources. */
export const apiScopes: readonly string[] = [
  provisioningScope,
  "connectors",
  "connectors:read",
  "findings",
  "git-integrations",
  "git-integrations:read",
  "xray-ticketing",
  devinfoScope,
];

/** Those of tokens that may be limited to registered remotes. */
export const limitedScopes: readonly string[] = ["findings"];
