/**
 * The text with every half of a surrogate pair that stands alone replaced by U+FFFD. JSON can carry such halves (`"\ud800"`),
 * but they have no UTF-8 form: homeservers refuse an event that holds one, and `encodeURIComponent` throws.
 */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}
