const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

export function isInt64(value: bigint): boolean {
  return value >= least && value <= greatest;
}

/** A whole number of 64 bits in figures; undefined for anything else. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return isInt64(value) ? value : undefined;
}
