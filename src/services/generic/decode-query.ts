/** A query may name this many values; more are left out. */
const mostValues = 1_000;
/** `a[b][c]` has two; further brackets stay a part of the last key. */
const mostBrackets = 5;
/** A larger number in brackets is a key and no position. */
const largestIndex = 20;

type Members = Map<string, Node>;
type Node = string | readonly string[] | { readonly members: Members; nextIndex: number; isList: boolean };

/** A form: names and values as they come, those of a repeated name as an array. */
export function decodeForm(text: string): unknown {
  const values = new Map<string, string | readonly string[]>();
  for (const [name, value] of valuesIn(text)) values.set(name, joined(values.get(name), value));
  return Object.fromEntries(values);
}

/** A query: `a[b]=1` is `{"a": {"b": "1"}}`, `a[]=1&a[]=2` and `a=1&a=2` are arrays (reference 2.16). */
export function decodeQuery(text: string): unknown {
  const root = createMembers();
  for (const [name, value] of valuesIn(text)) put(root, keysOf(name), value);
  return toValue({ ...root, isList: false });
}

function valuesIn(text: string): readonly (readonly [name: string, value: string])[] {
  return [...new URLSearchParams(text)].slice(0, mostValues);
}

function joined(known: string | readonly string[] | undefined, value: string): string | readonly string[] {
  return known === undefined ? value : [known, value].flat();
}

/** `a[b][]` as `a`, `b` and an empty one. */
function keysOf(name: string): readonly string[] {
  const open = name.indexOf("[");
  if (open <= 0) return [name];
  const keys: string[] = [];
  let rest = name.slice(open);
  for (let [part, key] = nextKey(rest); part !== undefined && keys.length < mostBrackets; [part, key] = nextKey(rest)) {
    keys.push(key ?? "");
    rest = rest.slice(part.length);
  }
  // A bracket that is never closed is a letter like any other.
  return keys.length === 0 ? [name] : [name.slice(0, open), ...keys, ...(rest === "" ? [] : [rest])];
}

function nextKey(rest: string): readonly [part?: string, key?: string] {
  const [part, key] = /^\[([^[\]]*)\]/.exec(rest) ?? [];
  return part === undefined || key === undefined ? [] : [part, key];
}

function createMembers(): Exclude<Node, string | readonly string[]> {
  return { members: new Map(), nextIndex: 0, isList: true };
}

function put(into: Exclude<Node, string | readonly string[]>, [key = "", ...rest]: readonly string[], value: string): void {
  const index = key === "" ? into.nextIndex : Number(key);
  const isIndex = key === "" || (/^\d+$/.test(key) && index <= largestIndex);
  if (isIndex) into.nextIndex = Math.max(into.nextIndex, index + 1);
  else into.isList = false;
  const name = isIndex ? String(index) : key;
  const known = into.members.get(name);
  if (known !== undefined && typeof known !== "string" && !isTexts(known)) {
    put(known, rest.length === 0 ? [""] : rest, value);
  } else if (rest.length === 0) {
    into.members.set(name, joined(known, value));
  } else {
    const inner = createMembers();
    into.members.set(name, inner);
    // What stood there by itself stays, under a number.
    for (const text of known === undefined ? [] : [known].flat()) put(inner, [""], text);
    put(inner, rest, value);
  }
}

function isTexts(node: Node): node is readonly string[] {
  return Array.isArray(node);
}

function toValue(node: Node): unknown {
  if (typeof node === "string" || isTexts(node)) return node;
  const entries = [...node.members].map(([key, inner]) => [key, toValue(inner)] as const);
  if (!node.isList) return Object.fromEntries(entries);
  return entries.sort(([left], [right]) => Number(left) - Number(right)).map(([, value]) => value);
}
