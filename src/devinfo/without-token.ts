/** A path with its query as they were sent, without a token: some clients sign there. Such a token never counts, and is kept and shown nowhere. */
export function withoutToken(pathAndQuery: string): string {
  const start = pathAndQuery.indexOf("?");
  if (start < 0) return pathAndQuery;
  const [path, query] = [pathAndQuery.slice(0, start), pathAndQuery.slice(start + 1)];
  const kept = query.split("&").filter((pair) => !new URLSearchParams(pair).has("jwt"));
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}
