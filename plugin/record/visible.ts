/**
 * Text of an exchange, safe to show in a terminal: what could move the cursor, hide, or reorder what a person reads is
 * shown as its code point (`<U+001B>`). New lines and tabs stay; a carriage return stays in front of a new line only.
 */
export function visible(text: string): string {
  return text.replace(
    hidden,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}

/**
 * Controls (C0, C1, DEL), format characters (zero-width, bidi, tags), line and paragraph separators, private use,
 * unassigned, variation selectors, and half surrogate pairs.
 */
const hidden =
  /(?!\r\n|[\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
