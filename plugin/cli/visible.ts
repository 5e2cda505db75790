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
 * Controls (C0, C1, DEL), format characters (bidi, tags), what is drawn as nothing (zero-width, fillers, variation
 * selectors), line and paragraph separators, private use, unassigned, and half surrogate pairs.
 */
const hidden = /(?!\r\n|[\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** As `visible`, for text that must stay on its line: new lines and tabs are shown too. */
export function visibleLine(text: string): string {
  return visible(text).replace(
    /[\r\n\t]/g,
    (character) => `<U+000${character.charCodeAt(0).toString(16).toUpperCase()}>`,
  );
}
