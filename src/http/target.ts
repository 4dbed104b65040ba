/**
 * Splits a request target into path and query (without `?`). Clients may also send a whole URL, as to a proxy (RFC 9112, 3.2.2).
 */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const relative = target.startsWith("/") ? target : withoutOrigin(target);
  const cut = relative.indexOf("?");
  return cut === -1 ? { path: relative, search: "" } : { path: relative.slice(0, cut), search: relative.slice(cut + 1) };
}

function withoutOrigin(target: string): string {
  const rest = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}
